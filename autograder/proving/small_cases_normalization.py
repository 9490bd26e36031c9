"""Small cases of activations and normalizations (see `small_cases`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.proving.small_cases import Names, Script, _copied, numbers, pair, whole


def draw_activation(rng: np.random.Generator) -> tuple:
    """Any number of axes; never 0, where two of the gradients are not defined; sometimes far out."""
    x = rng.standard_normal([whole(rng, 1, 4) for _ in range(whole(rng, 0, 4))]) * rng.choice([1.0, 1.0, 5.0, 400.0])
    if rng.random() < 0.2:
        x = np.where(rng.random(np.shape(x)) < 0.5, x, rng.choice([-1000.0, 1000.0]))
    return (np.asarray(np.where(x == 0, 1.0, x)),)


def draw_maxout(rng: np.random.Generator) -> tuple:
    n, d, m = (whole(rng, 1, 4) for _ in range(3))
    return numbers(rng, n, d), *(numbers(rng, *shape) for shape in ((d, m), (m,), (d, m), (m,)))


def draw_batchnorm(axes: int) -> Any:
    def draw(rng: np.random.Generator) -> tuple:
        n, d = whole(rng, 1, 5), whole(rng, 1, 4)
        x = shifted(rng, n, d, *(whole(rng, 1, 4) for _ in range(axes)))
        bn_param: dict[str, Any] = {"mode": str(rng.choice(["train", "train", "test"]))}
        if rng.random() < 0.5:
            bn_param["eps"] = float(rng.choice([1e-4, 1e-2, 0.5]))
        if rng.random() < 0.5:
            bn_param["momentum"] = float(rng.choice([0.0, 0.3, 0.8, 1.0]))
        if rng.random() < 0.6:
            bn_param["running_mean"], bn_param["running_var"] = rng.standard_normal(d), 3 * rng.random(d)
        return x, rng.standard_normal(d), rng.standard_normal(d), bn_param

    return draw


def shifted(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """With a mean and a spread of its own."""
    return rng.standard_normal(shape) * rng.choice([0.5, 1.0, 5.0]) + rng.choice([0.0, 3.0, -10.0])


def draw_layer(shapes: Any, grouped: bool = False) -> Any:
    """Of a normalization that does not care for the batch; `shapes` draws x's and gamma's."""

    def draw(rng: np.random.Generator) -> tuple:
        shape, d, groups = shapes(rng)
        param = {"eps": float(rng.choice([1e-4, 1e-2, 0.5]))} if rng.random() < 0.5 else {}
        between = (groups,) if grouped else ()
        return shifted(rng, *shape), rng.standard_normal(d), rng.standard_normal(d), *between, param

    return draw


def of_rows(rng: np.random.Generator) -> tuple:
    n, d = whole(rng, 1, 4), whole(rng, 1, 5)
    return (n, d), d, 1


def of_images(rng: np.random.Generator) -> tuple:
    groups = whole(rng, 1, 3)
    c = groups * whole(rng, 1, 3)
    return (whole(rng, 1, 3), c, whole(rng, 1, 4), whole(rng, 1, 4)), c, groups


def fold(names: Names, rng: np.random.Generator) -> Any:
    f, c = whole(rng, 1, 4), whole(rng, 1, 3)
    inputs = (rng.standard_normal((f, c, whole(rng, 1, 3), whole(rng, 1, 3))), *(rng.standard_normal((4, f))))
    eps = float(rng.choice([1e-5, 1e-3, 0.5]))
    return _copied(names["fold_batchnorm"](*inputs, 3 * rng.random(f), eps)), _copied(inputs)


def unknown_mode(script: Script, forward: str, axes: int) -> Script:
    """Also asked for a mode that there is not."""

    def both(names: Names, rng: np.random.Generator) -> Any:
        x, gamma, beta, bn_param = draw_batchnorm(axes)(rng)
        try:
            names[forward](
                x, gamma, beta, {**bn_param, "mode": str(rng.choice(["Train", "eval", "", "testing", "training"]))}
            )
            refused = False
        except ValueError:
            refused = True
        return refused, script(names, rng)

    return both


ROWS, IMAGES = draw_batchnorm(0), draw_batchnorm(2)
ALT = ("batchnorm_backward", "batchnorm_backward_alt")
NORMALIZATION: dict[str, Script] = {
    **{
        name: pair(f"{name}_forward", (f"{name}_backward",), draw_activation)
        for name in ("sigmoid", "tanh", "relu", "leaky_relu", "elu")
    },
    "maxout": pair("maxout_forward", ("maxout_backward",), draw_maxout),
    "batchnorm_forward": unknown_mode(pair("batchnorm_forward", (), ROWS), "batchnorm_forward", 0),
    **{name: pair("batchnorm_forward", (name,), ROWS) for name in ALT},
    "spatial_batchnorm_forward": unknown_mode(
        pair("spatial_batchnorm_forward", (), IMAGES), "spatial_batchnorm_forward", 2
    ),
    "spatial_batchnorm_backward": pair("spatial_batchnorm_forward", ("spatial_batchnorm_backward",), IMAGES),
    "layernorm_forward": pair("layernorm_forward", (), draw_layer(of_rows)),
    "layernorm_backward": pair("layernorm_forward", ("layernorm_backward",), draw_layer(of_rows)),
    "instancenorm_forward": pair("instancenorm_forward", (), draw_layer(of_images)),
    "spatial_groupnorm_forward": pair("spatial_groupnorm_forward", (), draw_layer(of_images, grouped=True)),
    "spatial_groupnorm_backward": pair(
        "spatial_groupnorm_forward", ("spatial_groupnorm_backward",), draw_layer(of_images, grouped=True)
    ),
    "fold_batchnorm": fold,
}
