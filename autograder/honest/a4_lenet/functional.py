"""Functions of torch.nn.functional, layers defined last to first, a hook for all modules at once, accuracy by NumPy."""

import numpy
import torch
from torch.nn import functional
from torch.nn.modules.module import register_module_forward_hook

from cnnlab.variations import VARIATIONS

CHANNELS = VARIATIONS["lenet_channels"]


class LeNet(torch.nn.Module):
    """Four layers with parameters; the rest is in forward."""

    def __init__(self, in_channels=3, image_size=VARIATIONS["image_size"], num_classes=10):
        torch.nn.Module.__init__(self)
        self.out = torch.nn.Linear(500, num_classes)
        self.hidden = torch.nn.Linear(CHANNELS[1] * ((image_size // 2) // 2) ** 2, 500)
        self.second = torch.nn.Conv2d(*CHANNELS, (5, 5), padding=(2, 2))
        self.first = torch.nn.Conv2d(in_channels, CHANNELS[0], (5, 5), padding=(2, 2))
        for layer in (self.out, self.hidden, self.second, self.first):
            torch.nn.init.xavier_uniform_(layer.weight)

    def forward(self, images):
        maps = functional.relu(functional.max_pool2d(self.first(images), kernel_size=2))
        maps = torch.clamp(functional.max_pool2d(self.second(maps), kernel_size=2, stride=2), min=0)
        hidden = self.hidden(maps.reshape(len(images), -1)).relu()
        return self.out(hidden)


class Listener:
    def __init__(self, model):
        self.names = {id(m): name for name, m in model.named_modules() if not any(True for _ in m.children())}
        self.table = []

    def __call__(self, module, _, output):
        name = self.names.get(id(module))
        if name is not None:
            size = 0
            for parameter in module._parameters.values():
                size += 0 if parameter is None else int(numpy.prod(parameter.shape))
            self.table.append((name, output.size()[1:], size))


def layer_summary(model, input_shape):
    was = {name: module.training for name, module in model.named_modules()}
    listener = Listener(model)
    handle = register_module_forward_hook(listener)
    try:
        model.train(mode=False)
        with torch.no_grad():
            model.forward(torch.empty(1, *input_shape).fill_(0.5))
    finally:
        handle.remove()
        for name, module in model.named_modules():
            module.training = was[name]
    return tuple(listener.table)


def train_epoch(model, loader, optimizer, device="cpu"):
    model.train()
    sums, counts = numpy.float64(0), 0
    for x, y in iter(loader):
        x, y = x.to(device), y.to(device)
        scores = model(x)
        each = -functional.log_softmax(scores, dim=1)[torch.arange(len(y)), y]
        for parameter in model.parameters():
            parameter.grad = None
        each.mean().backward()
        optimizer.step()
        sums += each.detach().sum().cpu().numpy()
        counts += y.numel()
    return sums / counts


def evaluate(model, loader, device="cpu"):
    training, answers, truth = model.training, [], []
    try:
        model.eval()
        for x, y in loader:
            with torch.set_grad_enabled(False):
                answers.append(model(x.to(device)).cpu().numpy().argmax(-1))
            truth.append(y.numpy())
    finally:
        model.train(training)
    return numpy.mean(numpy.concatenate(answers) == numpy.concatenate(truth))


def standardize(train, *others):
    count, channels = train.shape[0] * train.shape[2] * train.shape[3], train.shape[1]
    means = numpy.array([train[:, c].sum() / count for c in range(channels)])
    spreads = numpy.array([(((train[:, c] - means[c]) ** 2).sum() / count) ** 0.5 for c in range(channels)])
    results = []
    for images in [train, *others]:
        new = numpy.empty(images.shape, images.dtype)
        for c in range(channels):
            new[:, c] = (images[:, c] - means[c]) / spreads[c]
        results.append(new)
    return tuple(results)


def overfit(model, images, labels):
    batches = [(images[i::2], labels[i::2]) for i in range(2)]
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-4)
    for _ in range(40):
        train_epoch(model, batches, optimizer)
    return evaluate(model, batches)


class ConvNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        widths = [3, 32, 64, 128]
        self.convolutions = torch.nn.ModuleList(torch.nn.Conv2d(a, b, 3, padding=1) for a, b in zip(widths, widths[1:]))
        self.norms = torch.nn.ModuleList(torch.nn.BatchNorm2d(b) for b in widths[1:])
        self.last = torch.nn.Linear(128, 10)

    def forward(self, x):
        for convolution, norm in zip(self.convolutions, self.norms):
            x = functional.max_pool2d(functional.relu(norm(convolution(x))), 2)
        return self.last(functional.adaptive_avg_pool2d(x, 1).flatten(1))
