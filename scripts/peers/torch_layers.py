"""PyTorch's side of `nightjar bench layers`: single convolutions, forward and with both gradients, best layout.

Usage: python torch_layers.py --layers "3,16,16,32;1,160,112,14" [--batch 128] [--threads 2] [--repeats 3]
A layer is kernel, channels in, channels out, size of the map. Prints one line of JSON.
"""
import argparse
import json
import time

import torch
import torch.nn.functional as F


def least(call, repeats):
    call(), call()
    start = time.perf_counter()
    call()
    inner = max(1, int(0.15 / (time.perf_counter() - start)))
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(inner):
            call()
        times.append((time.perf_counter() - start) / inner * 1e3)
    return min(times)


def measure(layer, batch, repeats, memory):
    kernel, inputs, outputs, size = layer
    x = torch.randn(batch, inputs, size, size).to(memory_format=memory).requires_grad_()
    w = torch.randn(outputs, inputs, kernel, kernel).to(memory_format=memory).requires_grad_()
    dy = torch.randn(batch, outputs, size, size).to(memory_format=memory)

    def forward():
        with torch.no_grad():
            F.conv2d(x, w, padding=kernel // 2)

    def both():
        x.grad = w.grad = None
        F.conv2d(x, w, padding=kernel // 2).backward(dy)

    return least(forward, repeats), least(both, repeats)


if __name__ == "__main__":
    cli = argparse.ArgumentParser()
    cli.add_argument("--layers", required=True)
    cli.add_argument("--batch", type=int, default=128)
    cli.add_argument("--threads", type=int, default=2)
    cli.add_argument("--repeats", type=int, default=3)
    args = cli.parse_args()
    torch.set_num_threads(args.threads)
    out = []
    for layer in args.layers.split(";"):
        found = [measure(tuple(map(int, layer.split(","))), args.batch, args.repeats, memory)
                 for memory in (torch.contiguous_format, torch.channels_last)]
        out.append({"forward_ms": min(f for f, _ in found), "gradients_ms": min(b for _, b in found)})
    print(json.dumps({"framework": f"torch {torch.__version__}", "batch": args.batch, "layers": out}))
