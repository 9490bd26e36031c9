"""The contract: every question of the course, and how its functions are called.

One line a function: the names of its arguments (they stand in "called ... with") and of its results. A result named
`cache` is the student's own business: nobody looks into it, it is only passed back.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

COURSE: dict[str, dict[str, tuple[str, ...]]] = {
    "a1_convolution": {
        "conv_output_size": ("conv_output_size(size, kernel_size, stride, pad, dilation) -> size",),
        "conv_cost": ("conv_cost(input_shape, out_channels, kernel_size, stride, pad, bias) -> cost",),
        "receptive_field": ("receptive_field(layers) -> size",),
        "cross_correlate2d": ("cross_correlate2d(x, k) -> y",),
        "convolve2d": ("convolve2d(x, k) -> y",),
        "conv_forward_naive": ("conv_forward_naive(x, w, b, conv_param) -> out, cache",),
        "conv_backward_naive": ("conv_backward_naive(dout, cache) -> dx, dw, db",),
        "dilated_conv_forward": ("dilated_conv_forward(x, w, b, conv_param) -> out, cache",),
        "conv1x1_forward": ("conv1x1_forward(x, w, b) -> out",),
        "conv1d_forward": ("conv1d_forward(x, w, b, conv_param) -> out",),
        "conv3d_forward": ("conv3d_forward(x, w, b, conv_param) -> out",),
    },
    "a2_fast_layers": {
        "conv_forward_fast": ("conv_forward_fast(x, w, b, conv_param) -> out, cache",),
        "conv_backward_fast": ("conv_backward_fast(dout, cache) -> dx, dw, db",),
        "max_pool_forward_naive": ("max_pool_forward_naive(x, pool_param) -> out, cache",),
        "max_pool_backward_naive": ("max_pool_backward_naive(dout, cache) -> dx",),
        "max_pool_forward_fast": ("max_pool_forward_fast(x, pool_param) -> out, cache",),
        "max_pool_backward_fast": ("max_pool_backward_fast(dout, cache) -> dx",),
        "avg_pool_forward": ("avg_pool_forward(x, pool_param) -> out, cache",),
        "avg_pool_backward": ("avg_pool_backward(dout, cache) -> dx",),
    },
    "a3_normalization": {
        "sigmoid": (
            "sigmoid_forward(x) -> out, cache",
            "sigmoid_backward(dout, cache) -> dx",
        ),
        "tanh": (
            "tanh_forward(x) -> out, cache",
            "tanh_backward(dout, cache) -> dx",
        ),
        "relu": (
            "relu_forward(x) -> out, cache",
            "relu_backward(dout, cache) -> dx",
        ),
        "leaky_relu": (
            "leaky_relu_forward(x) -> out, cache",
            "leaky_relu_backward(dout, cache) -> dx",
        ),
        "elu": (
            "elu_forward(x) -> out, cache",
            "elu_backward(dout, cache) -> dx",
        ),
        "maxout": (
            "maxout_forward(x, w1, b1, w2, b2) -> out, cache",
            "maxout_backward(dout, cache) -> dx, dw1, db1, dw2, db2",
        ),
        "batchnorm_forward": ("batchnorm_forward(x, gamma, beta, bn_param) -> out, cache",),
        "batchnorm_backward": ("batchnorm_backward(dout, cache) -> dx, dgamma, dbeta",),
        "batchnorm_backward_alt": ("batchnorm_backward_alt(dout, cache) -> dx, dgamma, dbeta",),
        "spatial_batchnorm_forward": ("spatial_batchnorm_forward(x, gamma, beta, bn_param) -> out, cache",),
        "spatial_batchnorm_backward": ("spatial_batchnorm_backward(dout, cache) -> dx, dgamma, dbeta",),
        "layernorm_forward": ("layernorm_forward(x, gamma, beta, ln_param) -> out, cache",),
        "layernorm_backward": ("layernorm_backward(dout, cache) -> dx, dgamma, dbeta",),
        "instancenorm_forward": ("instancenorm_forward(x, gamma, beta, in_param) -> out, cache",),
        "spatial_groupnorm_forward": ("spatial_groupnorm_forward(x, gamma, beta, G, gn_param) -> out, cache",),
        "spatial_groupnorm_backward": ("spatial_groupnorm_backward(dout, cache) -> dx, dgamma, dbeta",),
        "fold_batchnorm": ("fold_batchnorm(w, b, gamma, beta, running_mean, running_var, eps) -> w_folded, b_folded",),
    },
    "a4_lenet": {
        "standardize": ("standardize(train, *others) -> arrays",),
        "lenet": ("LeNet(in_channels, image_size, num_classes) -> model",),
        "layer_summary": ("layer_summary(model, input_shape) -> rows",),
        "train_epoch": ("train_epoch(model, loader, optimizer, device) -> loss",),
        "evaluate": ("evaluate(model, loader, device) -> accuracy",),
        "overfit": ("overfit(model, images, labels) -> accuracy",),
        "cifar10_accuracy": (),
        "convnet": ("ConvNet() -> model",),
    },
}

# Helpers that run beside the student's code and tell of objects that stay there (`probes`).
PROBES: dict[str, str] = {
    line.split("(")[0]: line
    for line in (
        "probe_make(source) -> model",
        "probe_attribute(model, name) -> value",
        "probe_parameters(model) -> arrays",
        "probe_buffers(model) -> arrays",
        "probe_gradients(model) -> arrays",
        "probe_modes(model) -> modes",
        "probe_set_mode(model, training, name) -> nothing",
        "probe_hooks(model) -> count",
        "probe_load(model, arrays) -> nothing",
        "probe_forward(model, x) -> out",
        "probe_backward(model, x, labels) -> loss",
        "probe_tensor(array) -> tensor",
        "probe_loader(images, labels, batch_size) -> loader",
        "probe_batches(images, labels, batch_size) -> loader",
        "probe_optimizer(model, name) -> optimizer",
        "probe_describe(model, shape, training) -> description",
    )
}
RUN_THE_MODEL = ("probe_forward", "probe_backward", "probe_describe")  # what a student knows as a call
OBJECTS = {"model", "loader", "optimizer"}  # they change, and they can't be copied


# Questions that ask for the same function twice, written in two ways: neither is answered by calling the other.
TWINS = (
    ("max_pool_forward_naive", "max_pool_forward_fast"),
    ("max_pool_backward_naive", "max_pool_backward_fast"),
    ("batchnorm_backward", "batchnorm_backward_alt"),
)


@dataclass(frozen=True)
class Signature:
    """How one graded function is called: the names of its arguments and of its results."""

    name: str
    parameters: tuple[str, ...]
    results: tuple[str, ...]

    @property
    def kept(self) -> tuple[int, ...]:
        """Positions of the results that stay with the student's code (`cache`)."""
        return tuple(i for i, result in enumerate(self.results) if result == "cache")

    @property
    def stateful(self) -> bool:
        """Whether it makes or changes objects, so that calling it again is not the same."""
        return bool(OBJECTS & {*self.parameters, *self.results})

    @property
    def spoken(self) -> str:
        """What a student knows it as; empty for a probe that only asks."""
        if self.name in PROBES:
            return "the model" if self.name in RUN_THE_MODEL else ""
        return self.name

    @classmethod
    def parse(cls, line: str) -> Signature:
        call, results = line.split(" -> ")
        name, parameters = call.rstrip(")").split("(")
        return cls(name, tuple(parameters.split(", ")) if parameters else (), tuple(results.split(", ")))


SIGNATURES = {
    signature.name: signature
    for questions in COURSE.values()
    for lines in questions.values()
    for signature in map(Signature.parse, lines)
} | {name: Signature.parse(line) for name, line in PROBES.items()}


def graded_names(assignment: str) -> list[str]:
    """Names of all graded functions and classes of an assignment, in the notebook's order."""
    return [name for lines in COURSE[assignment].values() for name in names_of(lines)]


@cache
def names_of(lines: tuple[str, ...]) -> tuple[str, ...]:
    """The names of the functions and classes that one question asks for."""
    return tuple(Signature.parse(line).name for line in lines)


def question_of(function: str) -> str:
    """The question that asks for a function or class; empty if none does."""
    return QUESTIONS.get(function, "")


def partners_of(function: str) -> set[str]:
    """The graded functions that share a cache with this one: the forward pass and every backward pass of a layer."""
    layer, direction, _ = function.partition("_forward") if "_forward" in function else function.partition("_backward")
    if not direction:
        return set()
    kind = function.removeprefix(layer).replace(direction, "", 1)
    kind = "" if kind == "_alt" else kind
    return {
        name
        for name in QUESTIONS
        if name in (f"{layer}_forward{kind}", f"{layer}_backward{kind}", f"{layer}_backward_alt{kind}")
    } - {function}


def are_twins(one: str, other: str) -> bool:
    """Whether two questions ask for the same function."""
    return (one, other) in TWINS or (other, one) in TWINS


def assignment_of(question: str) -> str:
    """The assignment that asks a question; `KeyError` with a sentence if none does."""
    for assignment, questions in COURSE.items():
        if question in questions:
            return assignment
    raise KeyError(f"There is no question named {question!r}. The questions are: {', '.join(all_questions())}.")


def all_questions() -> list[str]:
    """Names of all questions of the course, in teaching order."""
    return [question for questions in COURSE.values() for question in questions]


QUESTIONS = {
    name: question for questions in COURSE.values() for question, lines in questions.items() for name in names_of(lines)
}
