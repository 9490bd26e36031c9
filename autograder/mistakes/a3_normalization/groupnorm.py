"""Mistakes in group normalization."""

from autograder.mistakes.a3_normalization.layernorm import axes, mistake

GROUP = ("test_group_forward", "test_group_extremes", "test_group_eps", "test_group_inputs")
GROUP_SCALES, GROUP_MANNERS = ("test_group_scales",), ("test_group_manners",)
GROUP_DX = ("test_group_dx", "test_group_dx_extremes")
GROUP_BACKWARD = (*GROUP_SCALES, *GROUP_DX, *GROUP_MANNERS)
ROOT = "std = np.sqrt(var + eps)"
GROUPED = "x.reshape(N, G, C // G, H, W)"
GROUP_MEAN, GROUP_VAR = (
    "np.mean(groups, axis=(2, 3, 4), keepdims=True)",
    "np.var(groups, axis=(2, 3, 4), keepdims=True)",
)
GROUP_AFFINE = "gamma.reshape(1, C, 1, 1) * x_hat + beta.reshape(1, C, 1, 1)"
GROUP_FORMULA = "(m * dx_hat - total - x_hat * product) / (m * std)"
GROUP_DGAMMA = "dgamma = np.sum(dout * x_hat, axis=(0, 2, 3))"
SUMS = ("np.sum(dx_hat, axis=(2, 3, 4), keepdims=True)", "np.sum(dx_hat * x_hat, axis=(2, 3, 4), keepdims=True)")


GROUPS = (
    mistake(
        "spatial_groupnorm_forward",
        "groups over the batch",
        "statistics over the images too: each image has its own",
        axes(GROUP_MEAN, "axis=(0, 2, 3, 4)"),
        axes(GROUP_VAR, "axis=(0, 2, 3, 4)"),
        loses=(*GROUP, *GROUP_BACKWARD),
        number=71,
    ),
    mistake(
        "spatial_groupnorm_forward",
        "all groups together",
        "one mean and variance for all groups of an image: each group has its own",
        axes(GROUP_MEAN, "axis=(1, 2, 3, 4)"),
        axes(GROUP_VAR, "axis=(1, 2, 3, 4)"),
        loses=(*GROUP, *GROUP_BACKWARD),
        number=71,
    ),
    mistake(
        "spatial_groupnorm_forward",
        "each pixel of a group",
        "statistics of each pixel over a group's channels: rows and columns belong to the average",
        axes(GROUP_MEAN, "axis=2"),
        axes(GROUP_VAR, "axis=2"),
        loses=(*GROUP, *GROUP_BACKWARD),
        number=71,
    ),
    mistake(
        "spatial_groupnorm_forward",
        "each channel of a group",
        "statistics of each channel (as in instancenorm): take the whole group",
        axes(GROUP_MEAN, "axis=(3, 4)"),
        axes(GROUP_VAR, "axis=(3, 4)"),
        loses=(*GROUP, *GROUP_BACKWARD),
        number=71,
    ),
    mistake(
        "spatial_groupnorm_forward",
        "gamma with an axis too many",
        "gamma and beta with an axis too many, which the output then has too",
        (GROUP_AFFINE, "gamma.reshape(1, 1, C, 1, 1) * x_hat + beta.reshape(1, 1, C, 1, 1)"),
        loses=GROUP,
        number=72,
    ),
    mistake(
        "spatial_groupnorm_forward",
        "group axis squeezed away",
        "a squeeze() that drops the group axis where G is 1",
        (GROUP_MEAN, "np.mean(groups, axis=(2, 3, 4)).squeeze()[:, :, None, None, None]"),
        loses=("test_group_extremes", "test_group_scales", "test_group_dx_extremes", "test_group_manners"),
        number=73,
    ),
    mistake(
        "spatial_groupnorm_forward",
        "groups of distant channels",
        "groups of channels that are G apart: a group's channels are neighbours",
        (GROUPED, "x.reshape(N, C // G, G, H, W)"),
        axes(GROUP_MEAN, "axis=(1, 3, 4)"),
        axes(GROUP_VAR, "axis=(1, 3, 4)"),
        loses=("test_group_forward", "test_group_extremes", "test_group_eps", "test_group_inputs", *GROUP_BACKWARD),
        number=74,
    ),
    mistake(
        "spatial_groupnorm_forward",
        "groups of G channels",
        "groups of G channels each: there are G groups of C / G",
        (GROUPED, "x.reshape(N, C // G, G, H, W)"),
        loses=(*GROUP, *GROUP_BACKWARD),
        number=74,
    ),
    mistake(
        "spatial_groupnorm_forward",
        "groupnorm eps ignored",
        "eps of 1e-5 whatever gn_param says",
        ('gn_param.get("eps", 1e-5)', "1e-5"),
        loses=("test_group_eps", "test_group_dx", *GROUP_MANNERS),
        number=53,
    ),
    mistake(
        "spatial_groupnorm_forward",
        "groupnorm eps must be given",
        "an eps that must be given: it defaults to 1e-5",
        ('gn_param.get("eps", 1e-5)', 'gn_param["eps"]'),
        loses=("test_group_extremes", "test_group_eps", *GROUP_BACKWARD),
    ),
    mistake(
        "spatial_groupnorm_forward",
        "groupnorm eps outside",
        "sqrt(var) + eps: eps stands inside the root",
        (ROOT, "std = np.sqrt(var) + eps"),
        loses=(*GROUP, *GROUP_BACKWARD),
        number=51,
    ),
    mistake(
        "spatial_groupnorm_forward",
        "groupnorm unbiased",
        "a variance divided by one less than there are values: divide by their number",
        (GROUP_VAR, "np.var(groups, axis=(2, 3, 4), keepdims=True, ddof=1)"),
        loses=(*GROUP, *GROUP_BACKWARD),
        number=54,
    ),
    mistake(
        "spatial_groupnorm_forward",
        "groupnorm without beta",
        "beta left out",
        (GROUP_AFFINE, "gamma.reshape(1, C, 1, 1) * x_hat"),
        loses=GROUP,
    ),
    mistake(
        "spatial_groupnorm_forward",
        "output left in groups",
        "an output still divided into groups: reshape it to (N, C, H, W)",
        ("return out, cache", "return out.reshape(N, G, C // G, H, W), cache"),
        loses=GROUP,
    ),
    mistake(
        "spatial_groupnorm_backward",
        "group dgamma of the output",
        "dgamma with the output instead of x_hat",
        (GROUP_DGAMMA, "dgamma = np.sum(dout * x_hat * gamma.reshape(1, C, 1, 1), axis=(0, 2, 3))"),
        loses=(*GROUP_SCALES, *GROUP_MANNERS),
        number=61,
    ),
    mistake(
        "spatial_groupnorm_backward",
        "group gradients of shape (1, C, 1, 1)",
        "dgamma and dbeta of shape (1, C, 1, 1): they are (C,)",
        ("return dx, dgamma, dbeta", "return dx, dgamma.reshape(1, C, 1, 1), dbeta.reshape(1, C, 1, 1)"),
        loses=(*GROUP_SCALES, *GROUP_MANNERS),
        number=57,
    ),
    mistake(
        "spatial_groupnorm_backward",
        "group pixels not counted",
        "channels counted only: a group has C / G * H * W values",
        ("m = C // G * H * W", "m = C // G"),
        loses=(*GROUP_DX, *GROUP_MANNERS),
    ),
    mistake(
        "spatial_groupnorm_backward",
        "all channels counted",
        "C * H * W for the number of values: a group has C / G * H * W",
        ("m = C // G * H * W", "m = C * H * W"),
        loses=(*GROUP_DX, *GROUP_MANNERS),
    ),
    mistake(
        "spatial_groupnorm_backward",
        "group gamma left out of dx",
        "gamma left out of dx",
        ("(dout * gamma.reshape(1, C, 1, 1))", "dout"),
        loses=(*GROUP_DX, *GROUP_MANNERS),
        number=63,
    ),
    mistake(
        "spatial_groupnorm_backward",
        "group gamma pulled out",
        "gamma pulled out of the sums: it differs within a group",
        ("(dout * gamma.reshape(1, C, 1, 1))", "dout"),
        ("dx = dx.reshape(N, C, H, W)", "dx = dx.reshape(N, C, H, W) * gamma.reshape(1, C, 1, 1)"),
        loses=(*GROUP_DX, *GROUP_MANNERS),
    ),
    mistake(
        "spatial_groupnorm_backward",
        "group sums over the batch",
        "sums over the images too: each image has its own",
        axes(SUMS[0], "axis=(0, 2, 3, 4)"),
        axes(SUMS[1], "axis=(0, 2, 3, 4)"),
        loses=(*GROUP_DX, *GROUP_MANNERS),
    ),
    mistake(
        "spatial_groupnorm_backward",
        "group mean path missing",
        "the path through the mean left out of dx",
        (GROUP_FORMULA, GROUP_FORMULA.replace(" - total", "")),
        loses=(*GROUP_DX, *GROUP_MANNERS),
        number=59,
    ),
    mistake(
        "spatial_groupnorm_backward",
        "group variance path missing",
        "the path through the variance left out of dx",
        (GROUP_FORMULA, GROUP_FORMULA.replace(" - x_hat * product", "")),
        loses=(*GROUP_DX, *GROUP_MANNERS),
        number=59,
    ),
    mistake(
        "spatial_groupnorm_backward",
        "dx left in groups",
        "a dx still divided into groups: reshape it to (N, C, H, W)",
        ("dx = dx.reshape(N, C, H, W)", "pass"),
        loses=(*GROUP_DX, *GROUP_MANNERS),
    ),
)
