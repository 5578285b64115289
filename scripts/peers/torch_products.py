"""PyTorch's side of `nightjar bench products`: the three products of a dense layer, one thread.

Usage: python torch_products.py --layers "784,512;512,10" [--batches 128,500] [--repeats 5]
A layer is inputs, outputs. Prints one line of JSON: for each batch and layer GFLOP/s of x w, of dy w' and of x' dy.
"""
import argparse
import json
import time

import torch


def best(call, flops, repeats):
    call(), call()
    start = time.perf_counter()
    call()
    inner = max(1, int(0.05 / (time.perf_counter() - start)))
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(inner):
            call()
        times.append((time.perf_counter() - start) / inner)
    return flops / min(times) / 1e9


if __name__ == "__main__":
    cli = argparse.ArgumentParser()
    cli.add_argument("--layers", required=True)
    cli.add_argument("--batches", default="128")
    cli.add_argument("--repeats", type=int, default=5)
    args = cli.parse_args()
    torch.set_num_threads(1)
    out = []
    with torch.no_grad():
        for m in map(int, args.batches.split(",")):
            for k, n in (map(int, layer.split(",")) for layer in args.layers.split(";")):
                x, w, dy = torch.randn(m, k), torch.randn(k, n), torch.randn(m, n)
                y, dx, dw = torch.empty(m, n), torch.empty(m, k), torch.empty(k, n)
                flops = 2 * m * k * n
                out.append([best(lambda: torch.mm(x, w, out=y), flops, args.repeats),
                            best(lambda: torch.mm(dy, w.t(), out=dx), flops, args.repeats),
                            best(lambda: torch.mm(x.t(), dy, out=dw), flops, args.repeats)])
    print(json.dumps({"framework": f"torch {torch.__version__}", "products": out}))
