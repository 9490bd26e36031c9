"""Mistakes in conv_backward_naive, or in the cache that it starts from."""

from typing import Any

from autograder.mistakes import Base, Mistake
from autograder.mistakes.a1_convolution.layer_forward import WINDOW

loops = Base("a1_convolution", "loops")
vectorized = Base("a1_convolution", "vectorized")
strided = Base("a1_convolution", "strided")
TOGETHER = "test_backward_together"
DB = ("test_backward_db",)
DW_STRIDE = ("test_backward_dw_stride", TOGETHER)
DX_STRIDE = ("test_backward_dx_stride", TOGETHER)
DW = ("test_backward_dw", "test_backward_dw_shapes", "test_backward_dw_padding", *DW_STRIDE)
DX = ("test_backward_dx", "test_backward_dx_shapes", "test_backward_dx_padding", *DX_STRIDE)
SHAPES = ("test_backward_dw_shapes", "test_backward_dx_shapes", TOGETHER)
PADDING = ("test_backward_dw_padding", "test_backward_dx_padding")
GATED = ("test_backward_manners", "test_backward_repeated")  # not checked where neither dw nor dx is right
ALL = (*DB, *DW, *DX[:-1], *GATED)
CROP = "dx_pad[:, :, pad : pad + H, pad : pad + W]"
SUM_DB = "db = np.sum(dout, axis=(0, 2, 3))"
ADD_DW = "dw[f] += window * dout[n, f, i, j]"
ADD_DX = "dx_pad[n, :, top : top + HH, left : left + WW] += w[f] * dout[n, f, i, j]"
LOOPS = """    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    top = i * stride
                    left = j * stride
                    window = x_pad[n, :, top : top + HH, left : left + WW]
                    dw[f] += window * dout[n, f, i, j]
                    dx_pad[n, :, top : top + HH, left : left + WW] += w[f] * dout[n, f, i, j]
"""
SPREAD = """    spread = np.zeros((N, F, Hp + HH - 1, Wp + WW - 1), dout.dtype)
    spread[:, :, HH - 1 : HH - 1 + s * dout.shape[2] : s, WW - 1 : WW - 1 + s * dout.shape[3] : s] = dout
"""
NARROW = """    spread = np.zeros((N, F, s * (dout.shape[2] - 1) + 1, s * (dout.shape[3] - 1) + 1), dout.dtype)
    spread[:, :, ::s, ::s] = dout
    spread = np.pad(spread, ((0, 0), (0, 0), (HH - 1 - pad,) * 2, (WW - 1 - pad,) * 2))
"""
PIXEL_BY_PIXEL = """    for n, c, row, column in np.ndindex(x_pad.shape):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    for p in range(HH):
                        for q in range(WW):
                            here = np.zeros_like(x_pad)
                            here[n, c, row, column] = 1
                            hit = np.zeros_like(x_pad)
                            hit[n, c, i * stride + p, j * stride + q] = 1
                            mask = np.logical_and(here == 1, hit == 1).astype(float)
                            dx_pad += mask * w[f, c, p, q] * dout[n, f, i, j]
                            dw[f, c, p, q] += np.sum(mask * x_pad) * dout[n, f, i, j]
"""
TAPS_BY_INPUT_SIZE = """    for p in range(HH):
        for q in range(WW):
            part = x_pad[:, :, p : p + H * stride : stride, q : q + W * stride : stride]
            dw[:, :, p, q] = np.einsum("nfij,ncij->fc", dout, part)
    for n in range(N):
        for f in range(F):
            for i in range(H_out):
                for j in range(W_out):
                    top = i * stride
                    left = j * stride
                    dx_pad[n, :, top : top + HH, left : left + WW] += w[f] * dout[n, f, i, j]
"""


def backward(
    name: str, hint: str, *changes: tuple[str, ...], loses: tuple[str, ...], base: Base = loops, **fields: Any
) -> Mistake:
    return base.mistake(name, "conv_backward_naive", hint, *changes, loses=loses, **fields)


BACKWARD = (
    backward(
        "crop with minus pad",
        "the padding cropped with pad:-pad, which is empty when pad is 0",
        (CROP, "dx_pad[:, :, pad:-pad, pad:-pad]"),
        loses=("test_backward_dx_padding",),
        number=17,
    ),
    backward(
        "crop of 1 always",
        "the padding cropped with 1:-1 whatever pad is",
        (CROP, "dx_pad[:, :, 1:-1, 1:-1]"),
        loses=("test_backward_dx_padding",),
        number=18,
    ),
    backward(
        "padding not cropped",
        "dx with its padding still around it",
        (CROP, "dx_pad"),
        loses=("test_backward_dx_padding",),
    ),
    backward(
        "crop too short",
        "the crop pad:H, pad:W, which ends too early: it is pad:pad + H, pad:pad + W",
        (CROP, "dx_pad[:, :, pad:H, pad:W]"),
        loses=("test_backward_dx_padding",),
    ),
    backward("dx left at zero", "dx left at its initial zeros", (ADD_DX, "pass"), loses=DX, number=25),
    backward("dw left at zero", "dw left at its initial zeros", (ADD_DW, "pass"), loses=DW, number=25),
    backward(
        "dx without stride",
        "dx added at i and j instead of i * stride and j * stride",
        (ADD_DX, "dx_pad[n, :, i : i + HH, j : j + WW] += w[f] * dout[n, f, i, j]"),
        loses=DX_STRIDE,
        idea="windows without stride",
        number=19,
    ),
    backward(
        "dw without stride",
        "dw from windows at i and j instead of i * stride and j * stride",
        (f"window = {WINDOW}", "window = x_pad[n, :, i : i + HH, j : j + WW]"),
        loses=DW_STRIDE,
        idea="windows without stride",
    ),
    backward(
        "filter sides swapped in dw",
        "HH and WW swapped in the window for dw",
        (f"window = {WINDOW}", "window = x_pad[n, :, top : top + WW, left : left + HH]"),
        loses=SHAPES,
        number=20,
    ),
    backward(
        "dx overwritten",
        "dx assigned with = where windows overlap: add with +=",
        (ADD_DX, ADD_DX.replace("+=", "=")),
        loses=DX,
        number=21,
    ),
    backward(
        "dw overwritten",
        "dw assigned with =, so that only the last window counts: add with +=",
        (ADD_DW, ADD_DW.replace("+=", "=")),
        loses=DW,
        number=21,
    ),
    backward(
        "db over images averaged",
        "db averaged over the batch instead of summed",
        (SUM_DB, f"{SUM_DB} / N"),
        loses=DB,
        number=22,
    ),
    backward(
        "db averaged",
        "db averaged over everything instead of summed",
        (SUM_DB, SUM_DB.replace("sum", "mean")),
        loses=DB,
        number=22,
    ),
    backward(
        "db by image",
        "db summed over filters instead of images: it is one number for each filter",
        (SUM_DB, "db = np.sum(dout, axis=(1, 2, 3))"),
        loses=DB,
        number=22,
    ),
    backward(
        "db by column",
        "db summed over the first three axes: it is one number for each filter",
        (SUM_DB, "db = np.sum(dout, axis=(0, 1, 2))"),
        loses=DB,
        number=22,
    ),
    backward(
        "db not flat", "db of shape (F, 1) instead of (F,)", (SUM_DB, f"{SUM_DB}.reshape(F, 1)"), loses=DB, number=22
    ),
    backward(
        "crop of nothing put into dx",
        "the padding cropped with pad:-pad, which is empty when pad is 0",
        (f"dx = {CROP}", "dx = np.zeros_like(x)\n    dx[:] = dx_pad[:, :, pad:-pad, pad:-pad]"),
        loses=("test_backward_dx_padding",),
        number=17,
    ),
    backward(
        "crop as large as dout",
        "the crop pad:pad + H_out, pad:pad + W_out: dx is as large as x",
        (CROP, "dx_pad[:, :, pad : pad + H_out, pad : pad + W_out]"),
        loses=("test_backward_dx_shapes", "test_backward_dx_padding", *DX_STRIDE),
    ),
    backward(
        "crop with H and W exchanged",
        "H and W exchanged in the crop of dx",
        (CROP, "dx_pad[:, :, pad : pad + W, pad : pad + H]"),
        loses=("test_backward_dx_shapes", TOGETHER),
    ),
    backward(
        "db with kept axes",
        "db of shape (1, F, 1, 1) instead of (F,)",
        (SUM_DB, "db = np.sum(dout, axis=(0, 2, 3), keepdims=True)"),
        loses=DB,
        number=22,
    ),
    backward(
        "db of all filters",
        "db summed over the filters, too: it is one number for each filter",
        (SUM_DB, "db = np.sum(dout)"),
        loses=DB,
        number=22,
    ),
    backward(
        "db for each image",
        "db for each image: sum over them, too",
        (SUM_DB, "db = np.sum(dout, axis=(2, 3))"),
        loses=DB,
        number=22,
    ),
    backward("db left at zero", "db left at its initial zeros", (SUM_DB, "db = np.zeros_like(b)"), loses=DB, number=25),
    backward(
        "filter sides swapped in dx",
        "HH and WW swapped in the window for dx",
        (ADD_DX, "dx_pad[n, :, top : top + WW, left : left + HH] += w[f] * dout[n, f, i, j]"),
        loses=SHAPES,
        number=20,
    ),
    backward(
        "loops exchanged",
        "loops over W_out rows and H_out columns",
        ("for i in range(H_out)", "for i in range(W_out)"),
        ("for j in range(W_out)", "for j in range(H_out)"),
        loses=SHAPES,
    ),
    backward(
        "no stride in the windows",
        "windows that start at i and j instead of i * stride and j * stride",
        ("top = i * stride", "top = i"),
        ("left = j * stride", "left = j"),
        loses=("test_backward_dw_stride", *DX_STRIDE),
        idea="windows without stride",
        also=(
            "dx added at i and j instead of i * stride and j * stride",
            "dw from windows at i and j instead of i * stride and j * stride",
        ),
    ),
    backward(
        "pad of 1 always, on the way back",
        "padding of 1 whatever conv_param says",
        ('conv_param["pad"]', "1"),
        loses=(*PADDING, TOGETHER),
        number=1,
    ),
    backward(
        "no padding on the way back",
        "the padding left out",
        ('conv_param["pad"]', "0"),
        loses=PADDING,
        idea="no padding",
    ),
    backward(
        "last places without dx",
        "a dx that is too small where the stride does not divide evenly: the last places get 0",
        (
            "Hp, Wp = cache.padded_shape[2:]",
            "Hp, Wp = (s * (n - 1) + k for n, k in zip(dout.shape[2:], (HH, WW)))",
        ),
        base=strided,
        loses=(TOGETHER,),
    ),
    backward(
        "K - 1 - pad zeros around dout",
        "dx by a correlation with K - 1 - pad zeros around dout: that can be less than none, and a stride may leave a rest",
        (SPREAD, NARROW),
        ("    dx = dx[:, :, pad : Hp - pad, pad : Wp - pad]\n", ""),
        base=strided,
        loses=(*PADDING, TOGETHER),
    ),
    backward(
        "dx of all images in the first",
        "the gradients of all images added to the first one",
        (ADD_DX, ADD_DX.replace("[n, :", "[0, :", 1)),
        loses=DX,
    ),
    backward(
        "dw of all filters",
        "dw += in the place of dw[f] +=: every filter gets the sum over all",
        (ADD_DW, ADD_DW.replace("dw[f]", "dw")),
        loses=DW,
    ),
    backward(
        "dx from x",
        "dx from x instead of from the filters",
        (ADD_DX, ADD_DX.replace("w[f]", "window")),
        loses=DX,
    ),
    backward(
        "dw from w",
        "dw from the filters instead of from x",
        (ADD_DW, ADD_DW.replace("window", "w[f]")),
        loses=DW,
    ),
    backward(
        "filters flipped in the loops",
        "dx with the filters turned the wrong way: loops hand back w[f] as it is, a correlation takes it flipped",
        (ADD_DX, ADD_DX.replace("w[f]", "w[f, :, ::-1, ::-1]")),
        loses=DX,
        number=23,
    ),
    backward(
        "no dx",
        "None for a gradient that is not computed yet",
        ("return dx, dw, db", "return None, dw, db"),
        loses=DX,
        number=25,
    ),
    backward(
        "cache unpacked otherwise",
        "a cache unpacked into other parts than the forward pass put in",
        ("x, w, b, conv_param = cache", "x, w, b, stride, conv_param = cache"),
        loses=ALL,
    ),
    backward(
        "integer gradients",
        "a gradient array of integers, which takes no fractions",
        ("dx_pad = np.zeros_like(x_pad)", "dx_pad = np.zeros(x_pad.shape, dtype=int)"),
        loses=ALL,
        number=15,
    ),
    backward(
        "dw averaged",
        "dw averaged over the batch instead of summed",
        ("return dx, dw, db", "return dx, dw / N, db"),
        loses=DW,
    ),
    backward(
        "dx averaged", "dx divided by the number of images", ("return dx, dw, db", "return dx / N, dw, db"), loses=DX
    ),
    backward(
        "dx with unflipped filters",
        "dx with the filters turned the wrong way: loops hand back w[f] as it is, a correlation takes it flipped",
        ("cache.w[:, :, ::-1, ::-1]", "cache.w"),
        base=strided,
        loses=DX,
        number=23,
    ),
    backward(
        "dw windows of the input's size",
        "dw from windows as large as the input: they have H_out x W_out entries",
        (LOOPS, TAPS_BY_INPUT_SIZE),
        loses=(*SHAPES, *PADDING, "test_backward_dw_stride", "test_backward_dx_stride"),
        number=24,
    ),
    backward(
        "dw from x without padding",
        "dw from windows of x without its padding",
        (f"window = {WINDOW}", f"window = {WINDOW.replace('x_pad', 'x')}"),
        (ADD_DW, "dw[f, :, : window.shape[1], : window.shape[2]] += window * dout[n, f, i, j]"),
        loses=("test_backward_dw_padding",),
    ),
    backward(
        "dw of the last image",
        "dw set back to zero for every image: only the last one counts",
        ("        for f in range(F):", "        dw = np.zeros_like(w)\n        for f in range(F):"),
        loses=DW,
    ),
    backward(
        "overlaps lost",
        "dx[index] += with index arrays, which adds only once where windows overlap: np.add.at adds every time",
        ("np.add.at(dx_pad, (slice(None), *index), dcols)", "dx_pad[(slice(None), *index)] += dcols"),
        base=vectorized,
        loses=DX,
        number=29,
    ),
    backward(
        "columns in another order",
        "columns ordered by place, then channel, on the way back and by channel, then place, on the way there",
        (
            "dcols = np.matmul(w.reshape(F, -1).T, dout_cols)",
            "dcols = np.matmul(w.transpose(0, 2, 3, 1).reshape(F, -1).T, dout_cols)",
        ),
        base=vectorized,
        loses=DX,
        number=30,
    ),
    backward(
        "w cached in another shape",
        "w cached transposed and reshaped without turning it back",
        ("conv_forward_naive", '"w": w,', '"w": w.reshape(F, -1).T, "shape": w.shape,'),
        ("F = w.shape[0]", "F = w.shape[1]"),
        (".reshape(w.shape)", '.reshape(cache["shape"])'),
        base=vectorized,
        loses=DX,
        number=14,
    ),
    backward(
        "x cached without its padding",
        "x cached as x[:, :, pad:-pad, pad:-pad], which is empty when pad is 0",
        (
            "conv_forward_naive",
            "cache = (x, w, b, conv_param)",
            "cache = (x_pad[:, :, pad:-pad, pad:-pad], w, b, conv_param)",
        ),
        (
            "_, _, H_out, W_out = dout.shape",
            "H_out = 1 + (H + 2 * pad - HH) // stride\n    W_out = 1 + (W + 2 * pad - WW) // stride",
        ),
        (SUM_DB, "db = np.zeros(F)"),
        (ADD_DW, f"db[f] += dout[n, f, i, j]\n                    {ADD_DW}"),
        loses=(*PADDING, TOGETHER),
        number=13,
    ),
    backward(
        "x from the cache overwritten",
        "the cached x used as the memory for dx: a second call starts from something else",
        ("conv_forward_naive", "cache = (x, w, b, conv_param)", "cache = (x_pad, w, b, conv_param, x.shape)"),
        ("x, w, b, conv_param = cache", "x_pad, w, b, conv_param, x_shape = cache"),
        ("N, C, H, W = x.shape", "N, C, H, W = x_shape"),
        (
            '    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")\n    dx_pad = np.zeros_like(x_pad)\n',
            "    dx_pad = x_pad\n",
        ),
        (f"    {SUM_DB}\n", f"    {SUM_DB}\n    x_pad = x_pad.copy()\n    dx_pad[...] = 0\n"),
        loses=("test_backward_repeated",),
        number=27,
    ),
    backward(
        "dout changed",
        "dout itself changed while summing: work on a copy",
        (f"    {SUM_DB}\n", ""),
        (
            f"    dx = {CROP}",
            f"    for n in range(1, N):\n        dout[0] += dout[n]\n    db = np.sum(dout[0], axis=(1, 2))\n    dx = {CROP}",
        ),
        loses=("test_backward_manners",),
        number=27,
    ),
    backward(
        "one cache for all calls",
        "one cache shared by all calls: another forward overwrites it",
        (
            "conv_forward_naive",
            "cache = (x, w, b, conv_param)\n",
            "conv_forward_naive.cache = cache = [x, w, b, conv_param]\n",
        ),
        ("x, w, b, conv_param = cache", "x, w, b, conv_param = conv_forward_naive.cache"),
        loses=("test_backward_repeated",),
    ),
    backward(
        "float32 gradient",
        "a gradient array of float32: gradients keep the dtype of the inputs",
        ("dx_pad = np.zeros_like(x_pad)", "dx_pad = np.zeros(x_pad.shape, dtype=np.float32)"),
        loses=(TOGETHER,),
        number=28,
    ),
    backward(
        "gradients in another order",
        "gradients in the order dw, db, dx: dx comes first",
        ("return dx, dw, db", "return dw, db, dx"),
        loses=ALL,
    ),
    backward(
        "pixel by pixel",
        "a mask over the whole image for every pixel, window and tap: add each window's share instead",
        (LOOPS, PIXEL_BY_PIXEL),
        loses=ALL,
        number=26,
        slow=True,
    ),
    backward(
        "dw for the simplest case only",
        "dw for the simplest case only: stride 1, no padding, no more channels than filters",
        (
            ADD_DW,
            "for c in range(min(C, F)):\n"
            "                        part = x[n, c, i : i + HH, j : j + WW]\n"
            "                        dw[f, c, : part.shape[0], : part.shape[1]] += part * dout[n, f, i, j]",
        ),
        loses=DW[1:],
    ),
)
