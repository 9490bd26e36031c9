"""Layers as attributes, one hook a module, the loops as the documentation of PyTorch has them."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from cnnlab.variations import VARIATIONS


class LeNet(nn.Module):
    def __init__(self, in_channels=3, image_size=VARIATIONS["image_size"], num_classes=10):
        super().__init__()
        side = image_size // 2 // 2
        first, second = VARIATIONS["lenet_channels"]
        self.conv1 = nn.Conv2d(in_channels, first, kernel_size=5, stride=1, padding=2)
        self.relu1 = nn.ReLU()
        self.pool1 = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(first, second, kernel_size=5, stride=1, padding=2)
        self.relu2 = nn.ReLU()
        self.pool2 = nn.MaxPool2d(2, 2)
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(second * side * side, 500)
        self.relu3 = nn.ReLU()
        self.fc2 = nn.Linear(500, num_classes)

    def forward(self, x):
        x = self.conv1(x)
        x = self.relu1(x)
        x = self.pool1(x)
        x = self.conv2(x)
        x = self.relu2(x)
        x = self.pool2(x)
        x = self.flatten(x)
        x = self.fc1(x)
        x = self.relu3(x)
        logits = self.fc2(x)
        return logits


def layer_summary(model, input_shape):
    rows = []
    handles = []
    modes = [(module, module.training) for module in model.modules()]

    def make_hook(name):
        def hook(module, inputs, output):
            shape = tuple(output.shape[1:])
            count = sum(parameter.numel() for parameter in module.parameters())
            rows.append((name, shape, count))

        return hook

    for name, module in model.named_modules():
        if len(list(module.children())) == 0:
            handles.append(module.register_forward_hook(make_hook(name)))
    model.eval()
    with torch.no_grad():
        model(torch.zeros(1, *input_shape))
    for handle in handles:
        handle.remove()
    for module, mode in modes:
        module.training = mode
    return rows


def train_epoch(model, loader, optimizer, device="cpu"):
    model.train()
    total = 0.0
    count = 0
    for images, labels in loader:
        images = images.to(device)
        labels = labels.to(device)
        optimizer.zero_grad()
        logits = model(images)
        loss = F.cross_entropy(logits, labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * images.shape[0]
        count += images.shape[0]
    return total / count


def evaluate(model, loader, device="cpu"):
    mode = model.training
    model.eval()
    right = 0
    count = 0
    with torch.no_grad():
        for images, labels in loader:
            images = images.to(device)
            labels = labels.to(device)
            logits = model(images)
            predicted = logits.argmax(dim=1)
            right += (predicted == labels).sum().item()
            count += labels.shape[0]
    model.train(mode)
    return right / count


def standardize(train, *others):
    mean = np.mean(train, axis=(0, 2, 3), keepdims=True)
    std = np.std(train, axis=(0, 2, 3), keepdims=True)
    result = [(train - mean) / std]
    for images in others:
        result.append((images - mean) / std)
    return tuple(result)


def overfit(model, images, labels):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    accuracy = 0.0
    for step in range(200):
        model.train()
        loss = F.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        model.eval()
        with torch.no_grad():
            accuracy = (model(images).argmax(dim=1) == labels).float().mean().item()
        if accuracy == 1.0:
            break
    return accuracy


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 32, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(32)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(64)
        self.conv3 = nn.Conv2d(64, 128, 3, padding=1)
        self.bn3 = nn.BatchNorm2d(128)
        self.fc = nn.Linear(128, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 2)
        x = F.max_pool2d(F.relu(self.bn2(self.conv2(x))), 2)
        x = F.relu(self.bn3(self.conv3(x)))
        x = x.mean(dim=(2, 3))
        return self.fc(x)
