"""Networks written down a second time in PyTorch, and what they give for weights and images of a formula: golden.lua.

Weights are those of the n-th parameter in order: sines of their position in Nightjar's layout (convolutions are height,
width, inputs, outputs; dense layers inputs, outputs), so that no file of weights is needed. Batch norm is in training
mode, so that its statistics count.

Usage: python golden.py        Needs: pip install torch
"""
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
HERE = pathlib.Path(__file__).resolve().parent


def sines(count, offset):
    """Sines of squares: neighbours have little to do with each other, so that sums over them do not cancel."""
    place = torch.arange(count, dtype=torch.float64) % 9973
    return torch.sin(0.013 * place * place + offset)


def fill(model):
    for number, (name, weight) in enumerate(model.named_parameters(), 1):
        values = sines(weight.numel(), number)
        shape = list(weight.shape)
        if weight.dim() == 4:
            out, inputs, height, width = shape
            values = values.reshape(height, width, inputs, out).permute(3, 2, 0, 1) * 1.5 / (inputs * height * width) ** 0.5
        elif weight.dim() == 2:
            values = values.reshape(shape[1], shape[0]).t() * 1.5 / shape[1] ** 0.5
        elif name.endswith("weight"):
            values = 1 + 0.1 * values
        else:
            values = 0.1 * values
        with torch.no_grad():
            weight.copy_(values)


class Flatten(nn.Module):
    """In the order height, width, channels."""

    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


class Mean(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


def unit(inputs, outputs, kernel=3, stride=1, padding=None, bias=True):
    padding = kernel // 2 if padding is None else padding
    return [nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=bias), nn.BatchNorm2d(outputs), nn.ReLU()]


def small_cnn(channels, extent, widths, hidden):
    layers, inputs = [], channels
    for block in widths:
        for outputs in block:
            layers += unit(inputs, outputs)
            inputs = outputs
        layers.append(nn.MaxPool2d(2))
        extent //= 2
    layers += [Flatten(), nn.Linear(extent * extent * inputs, hidden), nn.BatchNorm1d(hidden), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(hidden, 10))


def cnn9():
    layers, inputs = [], 3
    for block, widths in enumerate([(128, 128, 128), (256, 256, 256), (512, 256, 128)]):
        for outputs in widths:
            conv, norm, _ = unit(inputs, outputs, padding=0 if block == 2 else 1)
            layers += [conv, norm, nn.LeakyReLU(0.01)]
            inputs = outputs
        if block < 2:
            layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers, Mean(), nn.Linear(128, 10))


def alexnet():
    layers, inputs = [], 3
    for _ in range(2):
        layers += [nn.Conv2d(inputs, 64, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2, 1),
                   nn.LocalResponseNorm(9, alpha=0.001, beta=0.75, k=1)]
        inputs = 64
    return nn.Sequential(*layers, Flatten(), nn.Linear(7 * 7 * 64, 384), nn.ReLU(), nn.Linear(384, 192), nn.ReLU(),
                         nn.Linear(192, 10))


def vgg(widths):
    layers, inputs = [], 3
    for width in widths:
        layers += [nn.MaxPool2d(2)] if width == "M" else unit(inputs, width)
        inputs = inputs if width == "M" else width
    return nn.Sequential(*layers, Mean(), nn.Linear(512, 10))


class Block(nn.Module):
    def __init__(self, inputs, width, stride, is_bottleneck):
        super().__init__()
        outputs = 4 * width if is_bottleneck else width
        if is_bottleneck:
            layers = unit(inputs, width, 1, bias=False) + unit(width, width, 3, stride, bias=False) \
                + unit(width, outputs, 1, bias=False)
        else:
            layers = unit(inputs, width, 3, stride, bias=False) + unit(width, outputs, bias=False)
        self.body = nn.Sequential(*layers[:-1])
        self.around = nn.Sequential(*unit(inputs, outputs, 1, stride, bias=False)[:-1]) \
            if stride != 1 or inputs != outputs else nn.Identity()

    def forward(self, x):
        return F.relu(self.body(x) + self.around(x))


def resnet(blocks, channels, is_bottleneck, is_small):
    layers = unit(channels, 64, 3 if is_small else 7, 1 if is_small else 2, bias=False)
    layers += [] if is_small else [nn.MaxPool2d(3, 2, 1)]
    inputs = 64
    for stage, count in enumerate(blocks):
        for number in range(count):
            layers.append(Block(inputs, 64 << stage, 2 if stage and not number else 1, is_bottleneck))
            inputs = (64 << stage) * (4 if is_bottleneck else 1)
    return nn.Sequential(*layers, Mean(), nn.Linear(inputs, 10))


class PreActBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn2, self.conv2 = nn.BatchNorm2d(outputs), nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        if stride != 1 or inputs != outputs:
            self.around = nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x):
        active = F.relu(self.bn1(x))
        around = self.around(active) if hasattr(self, "around") else x
        return self.conv2(F.relu(self.bn2(self.conv1(active)))) + around


def preact(widths, count, first, is_normed):
    layers, inputs = [nn.Conv2d(3, first, 3, 1, 1, bias=False)], first
    for stage, outputs in enumerate(widths):
        for number in range(count):
            layers.append(PreActBlock(inputs, outputs, 2 if stage and not number else 1))
            inputs = outputs
    layers += [nn.BatchNorm2d(inputs), nn.ReLU()] if is_normed else []
    return nn.Sequential(*layers, Mean(), nn.Linear(inputs, 10))


class Join(nn.Module):
    def __init__(self, *branches):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], 1)


def inception(edge, *head):
    def module(inputs, ones, threes):
        return Join(nn.Sequential(*unit(inputs, ones, 1)), nn.Sequential(*unit(inputs, threes)))

    def down(inputs, outputs):
        return Join(nn.Sequential(*unit(inputs, outputs, 3, 2, edge)), nn.MaxPool2d(3, 2, edge))

    return nn.Sequential(
        *unit(3, 96, 3, 1, edge), module(96, 32, 32), module(64, 32, 48), down(80, 80), module(160, 112, 48),
        module(160, 96, 64), module(160, 80, 80), module(160, 48, 96), down(144, 96), module(240, 176, 160),
        module(336, 176, 160), *head)


models = [
    ("cnn4", "", (28, 1), small_cnn(1, 28, [[32], [64]], 128)),
    ("cnn6", "", (32, 3), small_cnn(3, 32, [[64, 64], [128, 128]], 256)),
    ("cnn8", "", (32, 3), small_cnn(3, 32, [[64, 64], [128, 128], [196, 196]], 256)),
    ("cnn9", "dropout = 0", (32, 3), cnn9()),
    ("alexnet_small", "", (28, 3), alexnet()),
    ("vgg11", "", (32, 3), vgg([64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"])),
    ("vgg16", "", (32, 3), vgg([64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"])),
    ("resnet18", "", (28, 1), resnet([2, 2, 2, 2], 1, False, False)),
    ("resnet18", 'stem = "cifar", channels = 3', (32, 3), resnet([2, 2, 2, 2], 3, False, True)),
    ("resnet34", "", (32, 3), resnet([3, 4, 6, 3], 3, False, True)),
    ("resnet50", "", (32, 3), resnet([3, 4, 6, 3], 3, True, True)),
    ("resnet50", 'stem = "imagenet"', (64, 3), resnet([3, 4, 6, 3], 3, True, False)),
    ("preact_resnet18", "", (32, 3), preact([64, 128, 256, 512], 2, 64, False)),
    ("preact_resnet18", "final_norm = true", (32, 3), preact([64, 128, 256, 512], 2, 64, True)),
    ("wrn28", "k = 1", (32, 3), preact([16, 32, 64], 4, 16, True)),
    ("wrn28", "k = 2", (32, 3), preact([32, 64, 128], 4, 16, True)),
    ("inception_lite", "", (28, 3), inception(1, Mean(), nn.Linear(336, 10))),
    ("inception_lite_public", "", (32, 3), inception(0, nn.AvgPool2d(3), Flatten(), nn.Linear(1344, 10))),
]

lines = ["-- Made by golden.py beside this file.", "return {"]
for name, parameters, (extent, channels), model in models:
    fill(model)
    model.train()
    images = sines(3 * extent * extent * channels, 0.5).reshape(3, extent, extent, channels).permute(0, 3, 1, 2)
    with torch.no_grad():
        logits = model(images)
    count = sum(p.numel() for p in model.parameters())
    lines.append(f'  {{ name = "{name}", parameters = {{ {parameters} }}, extent = {extent},')
    lines.append(f"    channels = {channels}, count = {count}, logits = {{")
    for row in logits:
        numbers = [format(v, ".12g") for v in row.tolist()]
        lines.append("    { " + ", ".join(numbers[:5]) + ",")
        lines.append("      " + ", ".join(numbers[5:]) + " },")
    lines.append("  } },")
lines.append("}")
(HERE / "golden.lua").write_text("\n".join(lines) + "\n")
