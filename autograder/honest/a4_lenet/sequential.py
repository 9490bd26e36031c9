"""Everything in nn.Sequential, pooling before ReLU; a summary by forward on a deep copy; SGD in small batches."""

import copy

import numpy as np
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

from cnnlab.variations import VARIATIONS


def conv_block(inputs, outputs):
    return nn.Sequential(nn.Conv2d(inputs, outputs, 5, padding="same"), nn.MaxPool2d((2, 2)), nn.ReLU(inplace=True))


class LeNet(nn.Module):
    def __init__(self, in_channels=3, image_size=VARIATIONS["image_size"], num_classes=10):
        super(LeNet, self).__init__()
        c1, c2 = VARIATIONS["lenet_channels"]
        self.features = nn.Sequential(conv_block(in_channels, c1), conv_block(c1, c2))
        with torch.no_grad():
            flat = self.features(torch.zeros(1, in_channels, image_size, image_size)).numel()
        self.classifier = nn.Sequential(nn.Linear(flat, 500), nn.ReLU(inplace=True), nn.Linear(500, num_classes))
        self.apply(self.start)

    @staticmethod
    def start(module):
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            nn.init.zeros_(module.bias)

    def forward(self, x):
        x = self.features(x)
        return self.classifier(torch.flatten(x, start_dim=1))


def layer_summary(model, input_shape):
    twin = copy.deepcopy(model).eval()
    names = {module: name for name, module in twin.named_modules()}
    rows = []

    def hook(module, args, output):
        rows.append([names[module], list(output.shape)[1:], sum(p.nelement() for p in module.parameters())])

    for module in names:
        if next(module.children(), None) is None:
            module.register_forward_hook(hook)
    with torch.inference_mode():
        twin(torch.randn((2,) + tuple(input_shape)))
    return rows


criterion = nn.CrossEntropyLoss(reduction="sum")


def train_epoch(model, loader, optimizer, device="cpu"):
    model.train(True)
    losses = []
    n = 0
    for batch in loader:
        x, y = (part.to(device) for part in batch)
        loss = criterion(model(x), y) / len(x)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.detach() * len(x))
        n += len(x)
    return float(sum(losses)) / n


@torch.inference_mode()
def evaluate(model, loader, device="cpu"):
    modes = {module: module.training for module in model.modules()}
    model.eval()
    hits = [model(x.to(device)).max(1).indices.cpu() == y.cpu() for x, y in loader]
    for module, mode in modes.items():
        module.training = mode
    return torch.cat(hits).double().mean().item()


def standardize(train, *others):
    channels = np.moveaxis(train, 1, 0).reshape(train.shape[1], -1)
    mu, sigma = channels.mean(1)[:, None, None], channels.std(1)[:, None, None]
    return [(np.asarray(images) - mu) / sigma for images in (train,) + others]


def overfit(model, images, labels):
    loader = DataLoader(TensorDataset(images, labels), batch_size=25, shuffle=True)
    check = DataLoader(TensorDataset(images, labels), batch_size=50)
    optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    for epoch in range(100):
        train_epoch(model, loader, optimizer)
        if evaluate(model, check) == 1:
            return 1.0
    return evaluate(model, check)


class ConvNet(nn.Sequential):
    def __init__(self):
        layers, inputs = [], 3
        for outputs in (32, 64, 128):
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]
            layers += [nn.MaxPool2d(2)]
            inputs = outputs
        super().__init__(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10))
