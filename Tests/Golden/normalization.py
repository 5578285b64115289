"""Writes normalization.json: layers of normalisation with gradients and running statistics, in float64, by PyTorch.

    pip install torch
    python3 Tests/Golden/normalization.py

Each case goes through its inputs one after the other in training mode, and then through the first one in evaluation
mode. Channels are last in the file; PyTorch gets them in the second place. Gradients are those of sum(output * seed).
"""

import json
import pathlib

import torch

torch.set_default_dtype(torch.float64)
generator = torch.Generator().manual_seed(11)


def draw(*shape):
    return torch.randn(*shape, generator=generator).float().double()


def flat(tensor):
    return [float(f"{value:.15g}") for value in tensor.detach().flatten().tolist()]


def case(name, layer, shape, count=1, offset=0.0, channels_last=False):
    """`channels_last`: PyTorch normalises the last dimension as well."""
    move = (lambda t: t) if channels_last or len(shape) == 2 else (lambda t: t.movedim(-1, 1))
    back = (lambda t: t) if channels_last or len(shape) == 2 else (lambda t: t.movedim(1, -1))
    parameters = {name: value for name, value in layer.named_parameters()}
    with torch.no_grad():
        for value in parameters.values():
            value.copy_(draw(*value.shape))
    steps = []
    for _ in range(count):
        x, seed = (draw(*shape) * 2 + offset).requires_grad_(), draw(*shape)
        layer.zero_grad()
        output = back(layer(move(x)))
        (output * seed).sum().backward()
        step = {"input": flat(x), "seed": flat(seed), "output": flat(output), "input_gradient": flat(x.grad)}
        for name_, value in parameters.items():
            step[name_ + "_gradient"] = flat(value.grad)
        for name_, value in layer.named_buffers():
            if name_.startswith("running"):
                step[name_] = flat(value)
        steps.append(step)
    layer.eval()
    first = torch.tensor(steps[0]["input"]).reshape(shape)
    return {
        "name": name, "shape": list(shape), "steps": steps, "evaluated": flat(back(layer(move(first)))),
        "parameters": {name_: flat(value) for name_, value in parameters.items()},
    }


cases = [
    case("batch_norm", torch.nn.BatchNorm2d(3), (4, 2, 3, 3), count=3),
    case("batch_norm", torch.nn.BatchNorm1d(4), (6, 4), count=2, offset=3.0),
    case("batch_norm momentum 0.3 eps 0.01 plain", torch.nn.BatchNorm1d(2, momentum=0.3, eps=0.01, affine=False),
         (5, 2), count=2),
    case("layer_norm", torch.nn.LayerNorm(5), (3, 2, 5), channels_last=True),
    case("layer_norm", torch.nn.LayerNorm(4), (3, 4), offset=100.0),
    case("group_norm 2", torch.nn.GroupNorm(2, 4), (3, 2, 2, 4)),
    case("group_norm 3", torch.nn.GroupNorm(3, 3), (2, 5, 3)),
    case("group_norm 2", torch.nn.GroupNorm(2, 6), (4, 6)),
    case("rms_norm", torch.nn.RMSNorm(5, eps=1e-5), (3, 5)),
]
path = pathlib.Path(__file__).with_name("normalization.json")
path.write_text(json.dumps(cases, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n")
