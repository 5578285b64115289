"""How far PyTorch's own float32 gradients of a first step are from its float64 ones, relative to the largest entry of
each parameter's gradient: the worst parameter, for some seeds, with images channels first and last.

Usage: python torch_gradients.py [--seeds 1,2,3,4]

Where a rectifier's input rounds to the other side of zero, a whole path of the gradient goes or comes: deep networks of
rectifiers miss 1e-4 by two orders of magnitude, on every framework.
"""
import argparse
import copy

import torch

import peer_torch as peers
import torch.nn.functional as F


def gradients(model, x, y, dtype, last):
    model, x = copy.deepcopy(model).to(dtype), x.to(dtype)
    if last and x.dim() == 4:
        model, x = model.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    F.cross_entropy(model(x), y).backward()
    return [p.grad.double() for p in model.parameters()]


def distance(exact, single):
    largest = exact.abs().max()
    # A bias before a batch norm has no gradient but noise.
    return float((exact - single).abs().max() / largest) if largest > 1e-12 else 0.0


if __name__ == "__main__":
    cli = argparse.ArgumentParser()
    cli.add_argument("--seeds", default="1,2,3,4")
    args = cli.parse_args()
    for name, (make, shape) in peers.MODELS.items():
        worst = []
        for seed in map(int, args.seeds.split(",")):
            torch.manual_seed(seed)
            model, x, y = make(), torch.rand(8, *shape) * 2 - 1, torch.randint(0, 10, (8,))
            for last in (False, True):
                pairs = zip(gradients(model, x, y, torch.float64, last), gradients(model, x, y, torch.float32, last))
                worst.append(max(distance(*pair) for pair in pairs))
        print(f"{name:16}", " ".join(f"{w:.1e}" for w in worst), flush=True)
