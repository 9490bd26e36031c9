"""Mistakes in conv_output_size, conv_cost and receptive_field."""

from typing import Any

from autograder.mistakes import Base, Mistake

loops = Base("a1_convolution", "loops")
PADDED = ("test_size_padding", "test_size_together")
DILATED = ("test_size_dilation", "test_size_together")
STRIDED = ("test_size_stride", "test_size_uneven", "test_size_together")
SIZE = ("test_size_plain", "test_size_padding", "test_size_dilation", *STRIDED, "test_size_no_fit", "test_size_integer")
RESULT = "return (size + 2 * pad - covered) // stride + 1"
REFUSE = '    if covered > size + 2 * pad:\n        raise ValueError(f"a filter covering {covered} places does not fit into {size + 2 * pad}")\n'
COVERED = "covered = dilation * (kernel_size - 1) + 1"
SEVERAL = ("test_receptive_strides", "test_receptive_gaps")
STRIDED_FIELD = ("test_receptive_own_stride", "test_receptive_one_stride", *SEVERAL)
VALUES = ("test_receptive_stride_1", *STRIDED_FIELD, "test_receptive_integer")  # the last is not checked then
FIELD = (*VALUES, "test_receptive_no_layers")
GROW = "size = size + (kernel - 1) * step"
PARAMETERS = ("test_cost_parameters",)
MACS = ("test_cost_macs", "test_cost_macs_together")
WIDE = ("test_cost_output_shape_wide", "test_cost_macs_together")
STRIDED_COST = ("test_cost_output_shape_strided", "test_cost_macs_together")
SHAPE = (
    *("test_cost_output_shape", "test_cost_output_shape_strided", "test_cost_output_shape_wide"),
    "test_cost_output_shape_uneven",
)
W_OUT = "W_out = (W + 2 * pad - kernel_size) // stride + 1"
H_OUT = W_OUT.replace("W", "H")
COUNT_MACS = "macs = out_channels * H_out * W_out * weights"
WEIGHTS = "weights = C * kernel_size * kernel_size"
COUNT_BIASES = "    if bias:\n        parameters += out_channels\n"


def size(name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], **fields: Any) -> Mistake:
    return loops.mistake(name, "conv_output_size", hint, *changes, loses=loses, **fields)


def cost(name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], **fields: Any) -> Mistake:
    return loops.mistake(name, "conv_cost", hint, *changes, loses=loses, **fields)


def field(name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...]) -> Mistake:
    return loops.mistake(name, "receptive_field", hint, *changes, loses=loses)


ARITHMETIC = (
    size(
        "size without + 1",
        "the + 1 left out: n steps make n + 1 windows",
        (RESULT, RESULT.replace(" + 1", "")),
        loses=SIZE,
        idea="no + 1",
    ),
    size(
        "pad once",
        "the padding counted once: there are two ends",
        (RESULT, RESULT.replace("2 * ", "")),
        loses=PADDED,
        idea="padding once",
    ),
    size(
        "pad not counted",
        "the padding left out",
        (RESULT, RESULT.replace(" + 2 * pad", "")),
        loses=PADDED,
        idea="no padding",
    ),
    size(
        "size divided with /",
        "a division with /, which gives a float: use //",
        (RESULT, RESULT.replace("//", "/")),
        loses=("test_size_uneven", "test_size_integer"),
        idea="divided with /",
        number=3,
    ),
    size(
        "rounded to the nearest",
        "a size rounded to the nearest instead of down",
        (RESULT, "return round((size + 2 * pad - covered) / stride) + 1"),
        loses=("test_size_uneven",),
        idea="rounded to the nearest",
        number=3,
    ),
    size(
        "rounded up",
        "a size rounded up instead of down",
        (RESULT, "return -(-(size + 2 * pad - covered) // stride) + 1"),
        loses=("test_size_uneven",),
        idea="rounded up",
    ),
    size(
        "dilation not counted",
        "the dilation left out: K taps cover dilation * (K - 1) + 1 places",
        (COVERED, "covered = kernel_size"),
        loses=(*DILATED, "test_size_no_fit"),
        idea="undilated size",
    ),
    size(
        "dilated size d * K",
        "a dilated filter of dilation * K places: it covers dilation * (K - 1) + 1",
        (COVERED, "covered = dilation * kernel_size"),
        loses=DILATED,
        idea="d * K",
        number=16,
    ),
    size(
        "gaps of d",
        "dilation counted as the number of places left out: dilation 1 means no gaps",
        (COVERED, "covered = kernel_size + (kernel_size - 1) * dilation"),
        loses=SIZE,
        idea="dilation counted from 0",
    ),
    size(
        "stride not counted",
        "the stride left out",
        (RESULT, RESULT.replace("// stride ", "")),
        loses=STRIDED,
        idea="no stride",
    ),
    size(
        "no refusal",
        "a size where the filter does not fit: that is a ValueError",
        (REFUSE, ""),
        loses=("test_size_no_fit",),
    ),
    size(
        "zero for no fit",
        "a size of 0 where the filter does not fit: that is a ValueError",
        (REFUSE, "    if covered > size + 2 * pad:\n        return 0\n"),
        loses=("test_size_no_fit",),
    ),
    size(
        "refusal without a sentence",
        "a ValueError without a sentence",
        (REFUSE, "    if covered > size + 2 * pad:\n        raise ValueError\n"),
        loses=("test_size_no_fit",),
    ),
    size(
        "refusal by assert",
        "an assert where a ValueError is asked for",
        (REFUSE, "    assert covered <= size + 2 * pad\n"),
        loses=("test_size_no_fit",),
    ),
    size(
        "refusal without dilation",
        "a filter refused by its taps alone: with dilation it covers more",
        ("if covered > size", "if kernel_size > size"),
        loses=("test_size_no_fit",),
    ),
    size(
        "float size",
        "a float: int(...) or // gives an integer",
        (RESULT, f"return float({RESULT[7:]})"),
        loses=("test_size_integer",),
    ),
    size(
        "precedence of //",
        "a stride that divides only the filter: put the difference in brackets",
        (RESULT, "return size + 2 * pad - covered // stride + 1"),
        loses=STRIDED,
    ),
    size(
        "extent without + 1",
        "the + 1 left out of the places that a filter covers",
        (COVERED, "covered = dilation * (kernel_size - 1)"),
        loses=(
            *PADDED,
            "test_size_plain",
            "test_size_dilation",
            "test_size_uneven",
            "test_size_no_fit",
            "test_size_integer",
        ),
        idea="d * (K - 1)",
    ),
    size(
        "padding stretched",
        "the padding multiplied by the dilation: zeros have no gaps",
        (RESULT, RESULT.replace("2 * pad", "2 * pad * dilation")),
        loses=("test_size_together",),
    ),
    size(
        "large filters refused",
        "filters larger than the input refused: padding makes room",
        (REFUSE, REFUSE.replace("if covered > size + 2 * pad", "if kernel_size > size or covered > size + 2 * pad")),
        loses=("test_size_padding",),
        idea="large filters refused",
    ),
    size(
        "exact fit refused",
        "a filter refused that just fits: there is one place for it",
        (REFUSE, REFUSE.replace("covered > size", "covered >= size")),
        loses=("test_size_no_fit",),
    ),
    size(
        "refusal of another kind",
        "another exception where a ValueError is asked for",
        (REFUSE, REFUSE.replace("raise ValueError", "raise IndexError")),
        loses=("test_size_no_fit",),
    ),
    size(
        "refusal returned",
        "the sentence returned where the filter does not fit: raise it",
        (REFUSE, REFUSE.replace("raise ValueError(", "return (")),
        loses=("test_size_no_fit",),
    ),
    size(
        "pad of 1 by default",
        "a default pad of 1: it is 0 where nothing is said",
        ("pad=0", "pad=1"),
        loses=("test_size_plain", "test_size_stride", "test_size_uneven", "test_size_no_fit", "test_size_integer"),
    ),
    size(
        "16-bit size",
        "a size kept in 16 bits: they count to 32,767",
        (RESULT, f"return np.array({RESULT[7:]}).astype(np.int16)"),
        loses=("test_size_plain", "test_size_integer"),
    ),
    cost(
        "macs with bias",
        "the biases counted among the multiply-adds",
        (COUNT_MACS, COUNT_MACS.replace("weights", "(weights + bias)")),
        loses=MACS,
    ),
    cost(
        "biases always",
        "biases counted although bias is False",
        (COUNT_BIASES, "    parameters += out_channels\n"),
        loses=PARAMETERS,
    ),
    cost("biases never", "the biases left out: one for each filter", (COUNT_BIASES, ""), loses=PARAMETERS),
    cost(
        "one bias",
        "one bias for the whole layer: there is one for each filter",
        ("parameters += out_channels", "parameters += 1"),
        loses=PARAMETERS,
    ),
    cost(
        "bias counted for every channel",
        "a bias for every channel of every filter: there is one for each filter",
        ("parameters += out_channels", "parameters += out_channels * C"),
        loses=PARAMETERS,
    ),
    cost(
        "bias for every output",
        "a bias for every output: it is shared by all places",
        ("parameters += out_channels", "parameters += out_channels * H_out * W_out"),
        loses=PARAMETERS,
    ),
    cost("square image", "output width computed from the height", (W_OUT, "W_out = H_out"), loses=WIDE),
    cost(
        "channels last",
        "an output shape with the channels last: filters, rows, columns",
        ("(out_channels, H_out, W_out)", "(H_out, W_out, out_channels)"),
        loses=SHAPE,
    ),
    cost(
        "channels of the input",
        "the channels of the input in the output shape: there is one map for each filter",
        ("(out_channels, H_out, W_out)", "(C, H_out, W_out)"),
        loses=SHAPE,
    ),
    cost(
        "shape with batch",
        "an output shape with a batch axis: it is (F, H_out, W_out)",
        ("(out_channels, H_out, W_out)", "(1, out_channels, H_out, W_out)"),
        loses=SHAPE,
    ),
    cost(
        "filter not squared",
        "the kernel size counted once: a filter is K x K",
        (WEIGHTS, "weights = C * kernel_size"),
        loses=("test_cost_parameters", *MACS),
    ),
    cost(
        "channels not counted",
        "the input channels left out: a filter has C of them",
        (WEIGHTS, "weights = kernel_size * kernel_size"),
        loses=("test_cost_parameters", *MACS),
    ),
    cost(
        "macs without channels",
        "the input channels left out: a filter has C of them",
        (COUNT_MACS, COUNT_MACS.replace("weights", "kernel_size**2")),
        loses=MACS,
    ),
    cost(
        "macs over the input",
        "multiply-adds counted at every place of the input instead of the output",
        (COUNT_MACS, COUNT_MACS.replace("H_out * W_out", "H * W")),
        loses=MACS,
    ),
    cost(
        "macs doubled",
        "multiplications and additions counted apart: a multiply-add is one",
        (COUNT_MACS, COUNT_MACS.replace("= ", "= 2 * ")),
        loses=MACS,
    ),
    cost(
        "macs of one filter",
        "multiply-adds of one filter: there are out_channels of them",
        (COUNT_MACS, "macs = H_out * W_out * weights"),
        loses=MACS,
    ),
    cost(
        "cost without pad",
        "the padding left out of the output shape",
        (H_OUT, H_OUT.replace(" + 2 * pad", "")),
        (W_OUT, W_OUT.replace(" + 2 * pad", "")),
        loses=STRIDED_COST,
        idea="no padding",
    ),
    cost(
        "cost without stride",
        "the stride left out of the output shape",
        (H_OUT, H_OUT.replace("// stride ", "")),
        (W_OUT, W_OUT.replace("// stride ", "")),
        loses=(*STRIDED_COST, "test_cost_output_shape_uneven"),
        idea="no stride",
    ),
    cost(
        "cost with pad once",
        "the padding counted once in the output shape: there are two ends",
        (H_OUT, H_OUT.replace("2 * ", "")),
        (W_OUT, W_OUT.replace("2 * ", "")),
        loses=STRIDED_COST,
        idea="padding once",
    ),
    cost(
        "cost without + 1",
        "the + 1 left out of the output shape",
        (H_OUT, H_OUT.replace(" + 1", "")),
        (W_OUT, W_OUT.replace(" + 1", "")),
        loses=(*SHAPE, *MACS),
        idea="no + 1",
    ),
    cost(
        "cost rounded up",
        "an output shape rounded up instead of down",
        (H_OUT, "H_out = -(-(H + 2 * pad - kernel_size) // stride) + 1"),
        (W_OUT, "W_out = -(-(W + 2 * pad - kernel_size) // stride) + 1"),
        loses=("test_cost_output_shape_uneven",),
        idea="rounded up",
    ),
    cost(
        "rows and columns exchanged",
        "columns before rows in the output shape",
        ("(out_channels, H_out, W_out)", "(out_channels, W_out, H_out)"),
        loses=("test_cost_output_shape_wide",),
    ),
    cost(
        "shape without filters",
        "an output shape without the number of filters",
        ("(out_channels, H_out, W_out)", "(H_out, W_out)"),
        loses=SHAPE,
    ),
    cost(
        "macs of a square output",
        "output width computed from the height",
        (COUNT_MACS, COUNT_MACS.replace("H_out * W_out", "H_out * H_out")),
        loses=("test_cost_macs_together",),
    ),
    cost(
        "macs of one column",
        "multiply-adds without the columns of the output",
        (COUNT_MACS, COUNT_MACS.replace(" * W_out", "")),
        loses=MACS,
    ),
    cost(
        "parameters of one filter",
        "the weights of one filter: there are out_channels of them",
        ("parameters = out_channels * weights", "parameters = weights"),
        loses=PARAMETERS,
    ),
    cost(
        "another key",
        'an entry with a name of its own: the keys are "output_shape", "parameters" and "macs"',
        ('"parameters": parameters', '"params": parameters'),
        loses=PARAMETERS,
    ),
    cost(
        "float counts",
        "counts kept as floats: they are whole numbers",
        ("weights = C * kernel_size * kernel_size", "weights = C * kernel_size**2.0"),
        loses=("test_cost_integers",),
    ),
    cost(
        "float shape",
        "an output shape of floats: use //",
        (H_OUT, H_OUT.replace("//", "/")),
        (W_OUT, W_OUT.replace("//", "/")),
        loses=("test_cost_output_shape_uneven", "test_cost_integers"),
        idea="divided with /",
    ),
    field(
        "own stride counted",
        "a layer's own stride in its growth: only the strides before it count",
        (f"        {GROW}\n        step = step * stride\n", f"        step = step * stride\n        {GROW}\n"),
        loses=STRIDED_FIELD,
    ),
    field(
        "strides ignored",
        "strides left out: each layer grows by (K - 1) times the product of the strides before it",
        (" * step\n", "\n"),
        loses=(*SEVERAL, "test_receptive_one_stride"),
    ),
    field(
        "last stride only",
        "the stride of the layer before alone instead of the product of all before",
        ("step = step * stride", "step = stride"),
        loses=SEVERAL,
    ),
    field(
        "own stride only",
        "each layer's growth times its own stride instead of the product of the strides before it",
        ("(kernel - 1) * step", "(kernel - 1) * stride"),
        loses=STRIDED_FIELD,
    ),
    field(
        "strides added",
        "strides added instead of multiplied",
        ("step = step * stride", "step = step + stride - 1"),
        loses=SEVERAL,
    ),
    field(
        "kernels added",
        "kernel sizes added: each further layer adds K - 1",
        ("(kernel - 1) * step", "kernel * step"),
        loses=VALUES,
    ),
    field(
        "start at 0",
        "a start at 0: without layers a pixel sees itself, which is 1",
        ("size = 1", "size = 0"),
        loses=FIELD,
    ),
    field(
        "layers backwards",
        "the formula run from the last layer to the first",
        ("in layers:", "in layers[::-1]:"),
        loses=STRIDED_FIELD,
    ),
    field(
        "gaps not counted",
        "strides cut to the kernel size: with gaps the whole extent counts",
        ("step = step * stride", "step = step * min(stride, kernel)"),
        loses=("test_receptive_gaps",),
    ),
    field(
        "no layers refused",
        "a first layer taken for granted: there may be none",
        ("    size = 1\n", "    size = layers[0][0]\n"),
        ("in layers:", "in layers[1:]:"),
        ("step = 1\n", "step = layers[0][1]\n"),
        loses=("test_receptive_no_layers",),
    ),
    field(
        "no layers, no field",
        "0 where there are no layers: a pixel sees itself, which is 1",
        ("    size = 1\n", "    if not layers:\n        return 0\n    size = 1\n"),
        loses=("test_receptive_no_layers",),
    ),
    field(
        "first stride only",
        "the first layer's stride alone instead of the product of all before",
        ("step = step * stride", "step = layers[0][1]"),
        loses=SEVERAL,
    ),
    field(
        "last layer left out",
        "a loop that stops before the last layer",
        ("in layers:", "in layers[:-1]:"),
        loses=VALUES,
    ),
    field(
        "first kernel for all",
        "the first layer's kernel used for all layers",
        (GROW, "size = size + (layers[0][0] - 1) * step"),
        loses=VALUES,
    ),
    field(
        "kernels multiplied",
        "kernel sizes multiplied: each further layer adds K - 1",
        (GROW, "size = size * kernel"),
        loses=VALUES,
    ),
    field(
        "float field",
        "a float: np.prod of an empty list is 1.0",
        ("step = step * stride", "step = step * stride\n    size = size + np.prod([]) - 1"),
        loses=("test_receptive_integer",),
    ),
    field(
        "16-bit field",
        "a size kept in 16 bits: they count to 32,767",
        ("return size", "return np.array(size).astype(np.int16)"),
        loses=("test_receptive_strides",),
    ),
    field(
        "last stride counted in one-layer stacks",
        "a single layer's stride counted: only the layers after it feel it",
        ("    size = 1\n", "    if len(layers) == 1:\n        return layers[0][0] * layers[0][1]\n    size = 1\n"),
        loses=("test_receptive_own_stride",),
    ),
    field(
        "layers emptied",
        "layers taken out of the list: read it without changing it",
        ("for kernel, stride in layers:", "while layers:\n        kernel, stride = layers.pop(0)"),
        loses=("test_receptive_integer",),
    ),
    cost(
        "shape of the simplest case",
        "an output shape for square images without padding and with stride 1",
        ("(out_channels, H_out, W_out)", "(out_channels, H - kernel_size + 1, H - kernel_size + 1)"),
        loses=SHAPE[1:],
    ),
)
