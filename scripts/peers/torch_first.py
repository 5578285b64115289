"""How long PyTorch takes from the start of the process to the end of the first training step.

Usage: python torch_first.py --model resnet32 [--batch 128] [--threads 2]
Robust log loss and SGD with momentum, as in peer_torch.py. Prints one line of JSON.
"""
import argparse
import json
import os

import torch

import peer_torch as peers


def seconds_since_start():
    fields = open("/proc/self/stat").read().rsplit(")", 1)[1].split()
    return float(open("/proc/uptime").read().split()[0]) - int(fields[19]) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    cli = argparse.ArgumentParser()
    cli.add_argument("--model", default="mlp")
    cli.add_argument("--batch", type=int, default=128)
    cli.add_argument("--threads", type=int, default=2)
    args = cli.parse_args()
    torch.set_num_threads(args.threads)
    make, shape = peers.MODELS[args.model]
    model, x, y = make(), torch.randn(args.batch, *shape), torch.randint(0, 10, (args.batch,))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    loss = peers.rll(model(x), y)
    loss.backward()
    optimizer.step()
    loss.item()
    print(json.dumps({"framework": f"torch {torch.__version__}", "first_ms": seconds_since_start() * 1e3}))
