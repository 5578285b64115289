#!/usr/bin/env python3
"""What sharing a training among processes costs, as a model, beside what was measured; see docs/scaling.md.

    scripts/scaling-model.py                      the table of docs/scaling.md
    scripts/scaling-model.py --latency 2e-6 --bandwidth 12e9 --step 0.9 --whole 0.02 --network resnet18

A step takes

    whole + split * ceil(shards / processes) / shards + early + max(0, late - hidden)

where `split` is the time of all shards on one process, `whole` what every process does for itself (new weights), `early`
the exchanges that shards wait for (statistics of batch norm, forward and backward), and `late` those of gradients, of which
as much is hidden as the backward pass still has to do when the first of them is ready.

An exchange of few bytes takes log2(processes) messages of all of them; one of many bytes 2 log2(processes) messages
and 2 (processes - 1) / processes times its bytes.
"""
import argparse
import math

SMALL = 1 << 15
# Batch norms (channels of each), bytes of gradients, and the share of the backward pass that is left when the first
# gradients are ready: all but the last layer's.
NETWORKS = {
    "resnet32": dict(norms=[16] * 11 + [32] * 10 + [64] * 10, parameters=464_154),
    "resnet18": dict(norms=[64] * 5 + [128] * 5 + [256] * 5 + [512] * 5, parameters=11_173_962),
}
BACKWARD = 2 / 3


def exchange(size, processes, latency, bandwidth):
    """Seconds of one exchange among so many processes."""
    if processes == 1:
        return 0.0
    rounds = math.log2(processes)
    if size < SMALL:
        return rounds * (latency + size / bandwidth)
    return 2 * rounds * latency + 2 * (processes - 1) / processes * size / bandwidth


def step(network, processes, shards, split, whole, latency, bandwidth):
    """Seconds of a step, and of its parts."""
    shape = NETWORKS[network]
    own = math.ceil(shards / processes)
    compute = split * own / shards
    # Mean and spread of each channel forward; backward two sums of each, as float32.
    early = sum(exchange(16 * c, processes, latency, bandwidth) + exchange(8 * c, processes, latency, bandwidth)
                for c in shape["norms"])
    layers = len(shape["norms"]) + 1
    late = layers * exchange(4 * shape["parameters"] / layers, processes, latency, bandwidth)
    hidden = BACKWARD * compute * (layers - 1) / layers
    return whole + compute + early + max(0.0, late - hidden), compute, early, late


def bytes_a_step(network, processes):
    """What each process sends in a step."""
    shape = NETWORKS[network]
    if processes == 1:
        return 0
    norms = sum(24 * c for c in shape["norms"]) * math.log2(processes)
    return norms + 2 * (processes - 1) / processes * 4 * shape["parameters"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", choices=sorted(NETWORKS), action="append")
    parser.add_argument("--split", type=float, help="seconds of all shards of a step on one process")
    parser.add_argument("--whole", type=float, default=0.0, help="seconds of a step that every process spends itself")
    parser.add_argument("--shards", type=int, default=128)
    parser.add_argument("--latency", type=float, default=2e-6, help="seconds of a message (default: InfiniBand)")
    parser.add_argument("--bandwidth", type=float, default=12e9, help="bytes a second, each way")
    parser.add_argument("--processes", default="1,2,4,8,16,32,64,128")
    options = parser.parse_args()
    for network in options.network or sorted(NETWORKS):
        if options.split is None:
            parser.error("--split: measure a step first, as docs/scaling.md says")
        alone = None
        print(f"{network}: {options.shards} shards, {options.latency * 1e6:g} us, {options.bandwidth / 1e9:g} GB/s")
        print("processes  step (ms)  computing  early  late  MB sent  speed-up  efficiency")
        for processes in (int(text) for text in options.processes.split(",")):
            if processes > options.shards:
                continue
            total, compute, early, late = step(
                network, processes, options.shards, options.split, options.whole, options.latency, options.bandwidth)
            alone = alone or total * processes
            print(f"{processes:9d}  {total * 1e3:9.2f}  {compute * 1e3:9.2f}  {early * 1e3:5.2f}  {late * 1e3:4.2f}"
                  f"  {bytes_a_step(network, processes) / 1e6:7.2f}  {alone / total:8.2f}"
                  f"  {alone / total / processes:10.2f}")


if __name__ == "__main__":
    main()
