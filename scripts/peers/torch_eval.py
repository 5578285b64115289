"""PyTorch's side of `nightjar bench eval`: the forward pass in evaluation mode over one batch, and the predictions.

Usage: python torch_eval.py --model resnet32 [--batch 500] [--threads 2]
       [--layout best|nchw|nhwc] [--repeats 5] [--json]

The models are those of peer_torch.py. Timed as peer_torch.py times a step: a repeat takes about 0.7 s, and the least and the median are shown.
"""
import argparse
import json
import resource
import time

import torch

import peer_torch as peers


def measure(args, nhwc):
    torch.manual_seed(0)
    make, shape = peers.MODELS[args.model]
    model, x = make().eval(), torch.randn(args.batch, *shape)
    if nhwc:
        model, x = model.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)

    def once():
        return model(x).argmax(1).numpy()

    with torch.inference_mode():
        once(), once()
        start = time.perf_counter()
        once()
        inner = max(1, int(0.7 / (time.perf_counter() - start)))
        times = []
        for _ in range(args.repeats):
            start = time.perf_counter()
            for _ in range(inner):
                once()
            times.append((time.perf_counter() - start) / inner * 1e3)
    times.sort()
    return {"min_ms": times[0], "median_ms": times[len(times) // 2], "layout": "nhwc" if nhwc else "nchw"}


if __name__ == "__main__":
    cli = argparse.ArgumentParser()
    cli.add_argument("--model", default="mlp")
    cli.add_argument("--batch", type=int, default=500)
    cli.add_argument("--threads", type=int, default=2)
    cli.add_argument("--layout", choices=["best", "nchw", "nhwc"], default="best")
    cli.add_argument("--repeats", type=int, default=5)
    cli.add_argument("--json", action="store_true")
    args = cli.parse_args()
    torch.set_num_threads(args.threads)
    layouts = {"best": [False, True], "nchw": [False], "nhwc": [True]}[args.layout]
    if args.model == "mlp":
        layouts = [False]
    result = min((measure(args, nhwc) for nhwc in layouts), key=lambda r: r["min_ms"])
    result.update(model=args.model, batch=args.batch, threads=args.threads, framework=f"torch {torch.__version__}",
                  work="eval", peak_rss_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(json.dumps(result) if args.json else
          f"{result['framework']} eval {args.model} batch {args.batch}: {result['min_ms']:.2f} ms min, "
          f"{result['median_ms']:.2f} ms median, peak {result['peak_rss_mib']:.0f} MiB")
