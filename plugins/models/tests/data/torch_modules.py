#!/usr/bin/env python3
"""Makes torch_modules.lua: what small networks answer in PyTorch, their modules written by hand as the public code of the
papers has them, or as plugins/models/README.md names them where there is none. Weights are made by a formula of each
tensor's number in the order of names, as in torch_outputs.py, so that both sides have the same.

    pip install torch numpy
    python3 torch_modules.py
"""
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from torch_outputs import values

torch.set_default_dtype(torch.float64)


class Unit(nn.Module):
    """As in the code of SCE (Wang et al. 2019) and APL (Ma et al. 2020)."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.out_conv = nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU())

    def forward(self, x):
        return self.out_conv(x)


class SmallCNN(nn.Module):
    def __init__(self, channels, extent, blocks, hidden):
        super().__init__()
        inputs, self.blocks = channels, len(blocks)
        for number, widths in enumerate(blocks, 1):
            units = []
            for outputs in widths:
                units.append(Unit(inputs, outputs))
                inputs = outputs
            setattr(self, f"block{number}", nn.Sequential(*units, nn.MaxPool2d(2, 2)))
            extent //= 2
        self.fc1 = nn.Sequential(nn.Linear(extent * extent * inputs, hidden), nn.BatchNorm1d(hidden), nn.ReLU())
        self.fc2 = nn.Linear(hidden, 10)

    def forward(self, x):
        for number in range(1, self.blocks + 1):
            x = getattr(self, f"block{number}")(x)
        return self.fc2(self.fc1(x.flatten(1)))


class CNN9(nn.Module):
    """As in the code of Co-teaching (Han et al. 2018); dropout does nothing in evaluation."""

    def __init__(self):
        super().__init__()
        inputs = 3
        for number, outputs in enumerate((128, 128, 128, 256, 256, 256, 512, 256, 128), 1):
            setattr(self, f"c{number}", nn.Conv2d(inputs, outputs, 3, padding=1 if number < 7 else 0))
            setattr(self, f"bn{number}", nn.BatchNorm2d(outputs))
            inputs = outputs
        self.l_c1 = nn.Linear(128, 10)

    def forward(self, x):
        for number in range(1, 10):
            x = F.leaky_relu(getattr(self, f"bn{number}")(getattr(self, f"c{number}")(x)), 0.01)
            x = F.max_pool2d(x, 2) if number in (3, 6) else x
        return self.l_c1(x.mean((2, 3)))


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 5, padding=2), nn.Conv2d(32, 64, 5, padding=2)
        self.fc1, self.fc2 = nn.Linear(7 * 7 * 64, 512), nn.Linear(512, 10)

    def forward(self, x):
        for conv in (self.conv1, self.conv2):
            x = F.max_pool2d(F.relu(conv(x)), 2)
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


class AlexNet(nn.Module):
    """Zhang et al. 2017, appendix A."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 64, 5, padding=2), nn.Conv2d(64, 64, 5, padding=2)
        self.fc1, self.fc2, self.fc3 = nn.Linear(7 * 7 * 64, 384), nn.Linear(384, 192), nn.Linear(192, 10)

    def forward(self, x):
        for conv in (self.conv1, self.conv2):
            x = F.max_pool2d(F.relu(conv(x)), 3, 2, 1)
            x = F.local_response_norm(x, 9, alpha=0.001, beta=0.75, k=1)
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x.flatten(1))))))


def unit(inputs, outputs, kernel, stride, padding):
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, stride, padding), nn.BatchNorm2d(outputs), nn.ReLU())


class Inception(nn.Module):
    def __init__(self, inputs, ones, threes):
        super().__init__()
        self.one, self.three = unit(inputs, ones, 1, 1, 0), unit(inputs, threes, 3, 1, 1)

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x)], 1)


class Down(nn.Module):
    def __init__(self, inputs, outputs, edge):
        super().__init__()
        self.down, self.pool = unit(inputs, outputs, 3, 2, edge), nn.MaxPool2d(3, 2, edge)

    def forward(self, x):
        return torch.cat([self.down(x), self.pool(x)], 1)


class SmallInception(nn.Module):
    """Zhang et al. 2017, figure 3; with edge 0 and 2x2 maps left, the variant of Patel and Sastry's code."""

    def __init__(self, edge):
        super().__init__()
        self.stem = unit(3, 96, 3, 1, edge)
        self.blocks = nn.Sequential(
            Inception(96, 32, 32), Inception(64, 32, 48), Down(80, 80, edge), Inception(160, 112, 48),
            Inception(160, 96, 64), Inception(160, 80, 80), Inception(160, 48, 96), Down(144, 96, edge),
            Inception(240, 176, 160), Inception(336, 176, 160))
        self.edge, self.fc = edge, nn.Linear(336 if edge else 4 * 336, 10)

    def forward(self, x):
        x = self.blocks(self.stem(x))
        return self.fc(x.mean((2, 3)) if self.edge else F.avg_pool2d(x, 3).flatten(1))


class Basic(nn.Module):
    """As in akamaster/pytorch_resnet_cifar10, shortcuts of option A."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
        self.stride, self.more = stride, outputs - inputs

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.more:
            x = F.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, self.more // 2, self.more // 2))
        return F.relu(y + x)


class CIFARResNet(nn.Module):
    def __init__(self, blocks):
        super().__init__()
        self.conv1, self.bn1, inputs = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), 16
        for stage, outputs in enumerate((16, 32, 64), 1):
            layers = []
            for number in range(blocks):
                layers.append(Basic(inputs, outputs, 2 if stage > 1 and not number else 1))
                inputs = outputs
            setattr(self, f"layer{stage}", nn.Sequential(*layers))
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.linear(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


def mlp(dropout):
    layers, inputs = [nn.Flatten()], 784
    for width in (32, 16):
        layers += [nn.Linear(inputs, width), nn.ReLU()] + ([nn.Dropout(dropout)] if dropout else [])
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, 10))


MODELS = [
    ("mlp", "inputs = 784, hidden = { 32, 16 }", (28, 28, 1), mlp(0)),
    ("mlp", "inputs = 784, hidden = { 32, 16 }, dropout = 0.5", (28, 28, 1), mlp(0.5)),
    ("lenet", "", (28, 28, 1), LeNet()),
    ("cnn4", "", (28, 28, 1), SmallCNN(1, 28, [[32], [64]], 128)),
    ("cnn6", "", (32, 32, 3), SmallCNN(3, 32, [[64, 64], [128, 128]], 256)),
    ("cnn8", "", (32, 32, 3), SmallCNN(3, 32, [[64, 64], [128, 128], [196, 196]], 256)),
    ("cnn9", "", (32, 32, 3), CNN9()),
    ("alexnet_small", "", (28, 28, 3), AlexNet()),
    ("inception_lite", "", (28, 28, 3), SmallInception(1)),
    ("inception_lite_public", "", (32, 32, 3), SmallInception(0)),
    ("resnet20", "", (32, 32, 3), CIFARResNet(3)),
    ("resnet32", "", (32, 32, 3), CIFARResNet(5)),
    ("resnet44", "", (32, 32, 3), CIFARResNet(7)),
    ("resnet56", "", (32, 32, 3), CIFARResNet(9)),
]

if __name__ == "__main__":
    lines = ["-- Made by torch_modules.py.", "return {"]
    for name, parameters, (height, width, channels), model in MODELS:
        names = sorted(key for key in model.state_dict() if not key.endswith("num_batches_tracked"))
        state = {key: torch.tensor(values(key, tuple(model.state_dict()[key].shape), place))
                 for place, key in enumerate(names, 1)}
        model.load_state_dict(state, strict=False)
        model.eval()
        count = 2 * channels * height * width
        images = ((torch.arange(count) * 7919.0) % 10007 / 10007 - 0.5).reshape(2, channels, height, width)
        with torch.no_grad():
            logits = model(images)
        assert torch.isfinite(logits).all()
        total = sum(p.numel() for p in model.parameters())
        lines.append(f'  {{ name = "{name}", parameters = {{ {parameters} }}, shape = {{ {height}, {width}, {channels} }},'
                     .replace("{  }", "{}"))
        lines.append(f"    count = {len(names)}, weights = {total},")
        for row in logits:
            texts = [f"{v:.9g}" for v in row.tolist()]
            lines.append("    { " + ", ".join(texts[:5]) + ",\n      " + ", ".join(texts[5:]) + " },")
        lines.append("  },")
    lines.append("}")
    (Path(__file__).parent / "torch_modules.lua").write_text("\n".join(lines) + "\n")
