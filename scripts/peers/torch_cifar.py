"""PyTorch's side of the training check: ResNet-32 for two epochs on the first 20,000 images of CIFAR-10.

Usage: python torch_cifar.py --data FOLDER [--seeds 1,2,3] [--epochs 2] [--threads 2]
Nightjar's side: nightjar run lua/experiments/cifar_two_epochs.lua --data-dir FOLDER --seeds 1,2,3 [--exact-conv]

Both: batch 128 in a new order each epoch, cross-entropy, SGD with momentum 0.9 and weight decay 1e-4 on every
parameter, rate 0.1, no augmentation, inputs normalised by channel, the whole test set of 10,000. Weights start as the
layers have them by default, which is the same on both sides.
"""
import argparse
import gzip
import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

import peer_torch as peers

MEAN = np.array([0.4914, 0.4822, 0.4465], np.float32)[:, None, None]
DEVIATION = np.array([0.2470, 0.2435, 0.2616], np.float32)[:, None, None]


def read(folder, names):
    images, labels = [], []
    for name in names:
        path = next(p for p in (folder / name, folder / (name + ".gz")) if p.exists())
        data = (gzip.open(path) if path.suffix == ".gz" else open(path, "rb")).read()
        rows = np.frombuffer(data, np.uint8).reshape(-1, 3073)
        labels.append(rows[:, 0].astype(np.int64))
        images.append(rows[:, 1:].reshape(-1, 3, 32, 32))
    return np.concatenate(images), np.concatenate(labels)


def tensor(images):
    x = torch.from_numpy((images.astype(np.float32) / 255 - MEAN) / DEVIATION)
    return x.to(memory_format=torch.channels_last)


if __name__ == "__main__":
    cli = argparse.ArgumentParser()
    cli.add_argument("--data", required=True, type=pathlib.Path)
    cli.add_argument("--seeds", default="1,2,3")
    cli.add_argument("--epochs", type=int, default=2)
    cli.add_argument("--samples", type=int, default=20_000)
    cli.add_argument("--threads", type=int, default=2)
    args = cli.parse_args()
    torch.set_num_threads(args.threads)
    folder = args.data if (args.data / "test_batch.bin").exists() or not (args.data / "cifar10").exists() \
        else args.data / "cifar10"
    images, labels = read(folder, [f"data_batch_{i}.bin" for i in range(1, 6)
                                   if any((folder / f"data_batch_{i}.bin{e}").exists() for e in ("", ".gz"))])
    train_x, train_y = tensor(images[:args.samples]), torch.from_numpy(labels[:args.samples])
    images, labels = read(folder, ["test_batch.bin"])
    test_x, test_y = tensor(images), torch.from_numpy(labels)
    for seed in map(int, args.seeds.split(",")):
        torch.manual_seed(seed)
        model = peers.resnet32().to(memory_format=torch.channels_last)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-4)
        for epoch in range(args.epochs):
            model.train()
            for rows in torch.randperm(len(train_y)).split(128):
                optimizer.zero_grad()
                F.cross_entropy(model(train_x[rows].contiguous(memory_format=torch.channels_last)),
                                train_y[rows]).backward()
                optimizer.step()
        model.eval()
        with torch.inference_mode():
            hits = sum((model(x).argmax(1) == y).sum().item() for x, y in zip(test_x.split(500), test_y.split(500)))
        print(json.dumps({"framework": f"torch {torch.__version__}", "seed": seed, "epochs": args.epochs,
                          "samples": len(train_y), "test_accuracy": 100 * hits / len(test_y)}), flush=True)
