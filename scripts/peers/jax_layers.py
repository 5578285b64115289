"""JAX's side of `nightjar bench layers`: single convolutions in NHWC, compiled, forward and with both gradients.

Usage: python jax_layers.py --layers "3,16,16,32;1,160,112,14" [--batch 128] [--repeats 3]
A layer is kernel, channels in, channels out, size of the map. Prints one line of JSON. JAX takes all cores.
"""
import argparse
import json
import time

import jax
import numpy as np


def least(call, repeats):
    call()
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


def conv(x, w):
    return jax.lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))


@jax.jit
def both(x, w, dy):
    y, back = jax.vjp(conv, x, w)
    return y, *back(dy)


if __name__ == "__main__":
    cli = argparse.ArgumentParser()
    cli.add_argument("--layers", required=True)
    cli.add_argument("--batch", type=int, default=128)
    cli.add_argument("--threads", type=int, default=2)
    cli.add_argument("--repeats", type=int, default=3)
    args = cli.parse_args()
    forward = jax.jit(conv)
    random = np.random.RandomState(0)
    out = []
    for layer in args.layers.split(";"):
        k, i, o, s = map(int, layer.split(","))
        x, w, dy = (jax.numpy.asarray(random.randn(*shape), "float32")
                    for shape in ((args.batch, s, s, i), (k, k, i, o), (args.batch, s, s, o)))
        out.append({"forward_ms": least(lambda: forward(x, w).block_until_ready(), args.repeats),
                    "gradients_ms": least(lambda: jax.block_until_ready(both(x, w, dy)), args.repeats)})
    print(json.dumps({"framework": f"jax {jax.__version__}", "batch": args.batch, "layers": out}))
