"""A student's ConvNet as data: described, rebuilt and run without its code; and descriptions that are forged."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from cnnlab.networks import network
from cnnlab.networks.network import run, survey
from cnnlab.networks.operations import NetworkError
from cnnlab.networks.tracing import describe

MEAN, STD = np.array([0.5, 0.4, 0.3], np.float32), np.array([0.25, 0.2, 0.3], np.float32)
torch.set_num_threads(1)


def block(inputs, outputs):
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(True))


class Sequential(nn.Sequential):
    def __init__(self):
        head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.3), nn.Linear(8, 10)]
        super().__init__(block(3, 8), nn.MaxPool2d(2), block(8, 8), nn.AvgPool2d(2), *head)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.head = block(3, 6), block(6, 6), nn.Linear(6, 10)
        self.short = nn.Conv2d(6, 6, 1)

    def forward(self, x):
        x = self.first(x)
        y = self.second(x) + self.short(x)
        y += x
        return self.head(F.relu(y).mean([2, 3]))


class Concatenated(nn.Module):
    def __init__(self):
        super().__init__()
        self.narrow, self.wide = nn.Conv2d(3, 4, 1), nn.Conv2d(3, 5, 5, padding="same")
        self.norm, self.head = nn.BatchNorm2d(12), nn.Linear(12, 10)

    def forward(self, x):
        x = torch.cat([self.narrow(x), self.wide(x), F.max_pool2d(x, 3, 1, 1)], dim=1)
        return self.head(self.norm(x).amax(dim=(2, 3)))


class Functional(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(8, 3, 3, 3) * 0.2)
        self.scale = nn.Parameter(torch.ones(1, 8, 1, 1))
        self.register_buffer("shift", torch.randn(8, 1, 1))
        self.norm, self.head = nn.BatchNorm2d(8), nn.Linear(8 * 4 * 4, 10)

    def forward(self, x):
        weight = self.weight - self.weight.mean((1, 2, 3), keepdim=True)  # weight standardization
        x = F.leaky_relu(self.norm(F.conv2d(x, weight, stride=2, padding=1)), 0.1) * self.scale + self.shift
        x = F.adaptive_avg_pool2d(torch.tanh(x), (4, 4))
        return self.head(x.view(x.size(0), -1))


class Depthwise(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.deep, self.point = nn.Conv2d(3, 8, 3, 2), nn.Conv2d(8, 8, 3, groups=8), nn.Conv2d(8, 16, 1)
        self.norms = nn.ModuleList([nn.BatchNorm2d(8), nn.BatchNorm2d(8), nn.GroupNorm(4, 16), nn.InstanceNorm2d(16)])
        self.head = nn.Conv2d(16, 10, 1)

    def forward(self, x):
        for layer, norm in zip([self.stem, self.deep, self.point], self.norms):
            x = F.hardswish(norm(layer(x)))
        return self.head(self.norms[3](x)).flatten(2).mean(-1)


class Loop(nn.Module):
    def __init__(self):
        super().__init__()
        widths = [3, 4, 6, 8]
        self.layers = nn.ModuleList(nn.Conv2d(a, b, 3, padding=1) for a, b in zip(widths, widths[1:]))
        self.norms = nn.ModuleDict({str(n): nn.BatchNorm2d(n) for n in widths[1:]})
        self.head = nn.Linear(8 * 16, 10)

    def forward(self, images):
        x = images
        for layer in self.layers:
            x = F.max_pool2d(F.gelu(self.norms[str(layer.out_channels)](layer(x))), kernel_size=2)
            if x.shape[-1] < 4:
                raise ValueError("too small")
        return self.head(x.reshape(len(x), -1))


class Shared(nn.Module):
    """One module called twice, and one number of the batch taken from the input."""

    def __init__(self):
        super().__init__()
        self.stem, self.body, self.pool = block(3, 8), block(8, 8), nn.MaxPool2d(2)
        self.head = nn.Sequential(nn.LayerNorm(8), nn.Linear(8, 10), nn.LogSoftmax(dim=1))

    def forward(self, x):
        n, _, h, w = x.shape
        x = self.body(self.pool(self.body(self.pool(self.stem(x)))))
        return self.head(x.permute(0, 2, 3, 1).reshape(n, h * w // 16, 8).max(1).values)


class SqueezeExcite(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.down, self.up, self.head = block(3, 8), nn.Linear(8, 2), nn.Linear(2, 8), nn.Linear(8, 10)

    def forward(self, x):
        x = self.stem(x)
        gate = torch.sigmoid(self.up(F.relu(self.down(x.mean((2, 3))))))
        x = x * gate[:, :, None, None]
        return self.head(x.flatten(2).mean(dim=2)) / 2


class Mobile(nn.Module):
    """Padded shortcuts, halves of channels, shuffling: what small published networks do."""

    def __init__(self):
        super().__init__()
        self.stem, self.left, self.norm, self.head = block(3, 8), nn.Conv2d(4, 4, 3, padding=1), nn.BatchNorm2d(8), None
        self.head = nn.Linear(16, 10)

    def forward(self, x):
        a, b = self.stem(x).chunk(2, dim=1)
        x = torch.channel_shuffle(self.norm(torch.cat((self.left(a), b), 1)), 2)
        x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 4, 4))
        return self.head(F.silu(x, inplace=True).sum(dim=(-1, -2)) * (1 / 256))


class UpDown(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.Sequential(block(3, 4), nn.MaxPool2d(4), block(4, 4))
        self.up, self.back = nn.Upsample(scale_factor=2, mode="bilinear"), nn.ConvTranspose2d(4, 4, 2, stride=2)
        self.prelu, self.head = nn.PReLU(4), nn.Linear(64, 10)

    def forward(self, x):
        x = self.down(x)
        x = self.prelu(self.up(x) - self.back(x)).clamp(min=-1, max=1)
        return self.head(F.pixel_unshuffle(F.avg_pool2d(x, 4), 2).to(x.device).contiguous().view(-1, 64))


class Flipped(nn.Module):
    """Averages an image and its mirror image, with logits that are scaled by a learned number."""

    def __init__(self):
        super().__init__()
        self.body, self.temperature = Sequential(), nn.Parameter(torch.tensor(2.0))

    def forward(self, x):
        both = torch.stack([self.body(x), self.body(torch.flip(x, dims=[3]))])
        return self.temperature * both.mean(0)


class Odd(nn.Module):
    """Layers in a subclass of their own, hooks, `__call__` of functions, a branch on the mode."""

    class Norm(nn.BatchNorm2d):
        def forward(self, x):
            return super().forward(x) if self.training else super().forward(x).neg().neg()

    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.act, self.head = nn.Conv2d(3, 8, 5, 3), self.Norm(8), nn.ELU(), nn.LazyLinear(10)
        self.drop = nn.Dropout2d(0.5)
        self.conv.register_forward_hook(lambda module, args, out: out * 0.5)

    def forward(self, x):
        x = self.drop(self.act(self.norm(self.conv(x))))
        if self.training:
            x = x + torch.randn_like(x)
        return self.head(torch.flatten(x, 1))


HONEST = [Sequential, Residual, Concatenated, Functional, Depthwise, Loop, Shared, SqueezeExcite, Mobile, UpDown]
HONEST += [Flipped, Odd]


def trained(make):
    """A model with statistics and weights that are not the first ones."""
    torch.manual_seed(1)
    model = make()
    with torch.no_grad():
        for _ in range(2):
            model.train()(torch.randn(8, 3, 32, 32))
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model


def state_of(model):
    return {name: tensor.numpy() for name, tensor in model.state_dict().items()}


@pytest.mark.parametrize("make", HONEST)
def test_rebuilt_gives_the_same(make):
    model = trained(make)
    modes = [module.training for module in model.modules()]
    description = describe(model)
    assert [module.training for module in model.modules()] == modes
    images = np.random.default_rng(0).integers(0, 256, (network.BATCH + 7, 3, 32, 32), dtype=np.uint8)
    out = run(description, state_of(model), images, MEAN, STD)
    scaled = (images / np.float32(255) - MEAN[:, None, None]) / STD[:, None, None]
    with torch.no_grad():
        expected = model.eval()(torch.from_numpy(scaled)).numpy()
    np.testing.assert_allclose(out, expected, rtol=1e-4, atol=1e-4)
    found = survey(description)
    buffers = sum(buffer.numel() for name, buffer in model.named_buffers() if name.split(".")[-1] == "shift")
    assert found["parameters"] == sum(p.numel() for p in model.parameters()) + buffers
    assert found["batchnorms"] >= 1


def test_counts():
    found = survey(
        describe(nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.MaxPool2d(32), nn.Flatten(), nn.Linear(4, 10)))
    )
    assert (found["parameters"], found["batchnorms"]) == (3 * 4 * 9 + 4 + 50, 0)
    assert found["macs"] == 4 * 27 * 1024 + 40


class Custom(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.head, self.function = nn.Linear(3, 10), function

    def forward(self, x):
        return self.function(self.head(x.mean((2, 3))), x)


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (lambda out, x: torch.fft.fft(x).real[:, 0, 0, :10], "uses fft_fft, which the grader can't rebuild"),
        (lambda out, x: out + torch.arange(10.0), "uses arange"),
        (lambda out, x: out * CONSTANT, "of shape (10,) that is not in its state_dict"),
        (lambda out, x: (out, x), "must return one tensor; it returned tuple"),
        (lambda out, x: out.double(), "uses double"),
        (lambda out, x: torch.einsum("ni,nj->nj", out, out), "uses einsum"),
        (lambda out, x: out.argmax(1), "uses argmax"),
    ],
)
def test_what_can_not_be_described(function, sentence):
    with pytest.raises(NetworkError) as caught:
        describe(Custom(function))
    assert sentence in str(caught.value)


CONSTANT = torch.ones(10)


def test_no_module():
    with pytest.raises(NetworkError, match="must be an nn.Module; it is a list"):
        describe([nn.Linear(3, 10)])


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(3072, 100)), "has 307,300 parameters; at most 300,000"),
        (nn.Sequential(nn.Flatten(), nn.Linear(3072, 9)), "maps (N, 3, 32, 32) to (N, 9); it must be (N, 10)"),
        (nn.Sequential(nn.Flatten(0), nn.Unflatten(0, (1, -1)), nn.Flatten(0)), "can't rebuild"),
        (nn.Sequential(*[nn.Conv2d(3, 3, 3, padding=1)] * 1001), "has more than 1000 steps"),
        (nn.Sequential(nn.Conv2d(3, 64, 3), *[nn.Conv2d(64, 64, 3, padding=1)] * 16), "takes too long"),
        (nn.Sequential(nn.MaxPool2d(32), nn.Conv2d(3, 11_000, 1), nn.BatchNorm2d(11_000)), "22,000 running statistics"),
    ],
)
def test_too_much(model, sentence):
    with pytest.raises(NetworkError) as caught:
        survey(describe(model.eval()))
    assert sentence in str(caught.value)


def test_large_results_take_no_memory():
    steps = [{"op": "interpolate", "args": [{"step": n}], "kwargs": {"scale_factor": 8}} for n in range(3)]
    with pytest.raises(NetworkError, match=r"step 2 \(interpolate\) has more than 1,048,576 numbers for each image"):
        survey({"tensors": {}, "steps": steps, "output": {"step": 3}})


def change(*path, to):
    """A description with one entry replaced."""

    def apply(description):
        *where, last = path
        for key in where:
            description = description[key]
        description[last] = to

    return apply


FIRST = ("steps", 0, "args")


@pytest.mark.parametrize(
    ("forge", "sentence"),
    [
        (change("more", to=1), "has other entries"),
        (change("steps", to={}), "entries of wrong types"),
        (change("tensors", "0.0.weight", to=[8, -3, 3, 3]), "a tensor of an impossible shape"),
        (change("tensors", "0.0.weight", to="many"), "a tensor of no shape"),
        (change("tensors", "0.0.weight", to=[8, 4, 3, 3]), "can't be run, step 1 (conv2d)"),
        (change("tensors", "0.0.weight", to=[1 << 24] * 8), "parameters; at most 300,000"),
        (change("steps", 0, "op", to="load"), "has the operation 'load', which is not one of those allowed"),
        (change("steps", 0, "op", to=["conv2d"]), "not one of those allowed"),
        (change("steps", 0, to=[]), "a step of other entries"),
        (change("steps", 0, "kwargs", to={"out": {"step": 0}}), "with arguments that the grader doesn't know"),
        (change(*FIRST, 0, to={"step": 7}), "uses a result before it is there"),
        (change(*FIRST, 0, to={"step": -1}), "uses a result before it is there"),
        (change(*FIRST, 0, to={"tensor": "secret"}), "reads a tensor 'secret' that it does not name"),
        (change(*FIRST, 0, to={"file": "/etc/passwd"}), "uses a result before it is there"),
        (change(*FIRST, 0, to=[[[[[[[1]]]]]]]), "nests its arguments too deeply"),
        (change(*FIRST, 0, to=(1, 2)), "an argument of an unknown kind"),
        (change(*FIRST, 3, to=[0, 0]), "can't be given stride = 0"),
        (change(*FIRST, 4, to=1 << 40), "can't be given padding = 1099511627776"),
        (change(*FIRST, 4, to="../secret"), "can't be given padding = '../secret'"),
        (change(*FIRST, 6, to=2), "can't be run, step 1 (conv2d)"),
        (change("output", to={"step": 1}), "to (N, 8, 32, 32); it must be (N, 10)"),
        (change("output", to=5), "has no output"),
    ],
)
def test_forged_descriptions(forge, sentence):
    description = copy.deepcopy(DESCRIPTION)
    forge(description)
    with pytest.raises(NetworkError) as caught:
        survey(description)
    assert sentence in str(caught.value)


DESCRIPTION = describe(trained(Sequential))


def test_weights_that_do_not_fit():
    weights = state_of(trained(Sequential))
    images = np.zeros((1, 3, 32, 32), np.uint8)
    weights["0.0.weight"] = weights["0.0.weight"][:4]
    with pytest.raises(NetworkError, match=r"no tensor 0.0.weight of shape \(8, 3, 3, 3\)"):
        run(DESCRIPTION, weights, images, MEAN, STD)
