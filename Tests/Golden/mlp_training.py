"""Writes mlp_training.json: twenty steps of SGD with momentum on a small network, in float64, by PyTorch.

    pip install torch numpy
    python3 Tests/Golden/mlp_training.py

Three batches of eight samples in turn; inputs are exact in float32. Weights are written as [inputs, outputs].
"""

import json
import pathlib

import torch

torch.manual_seed(3)
torch.set_default_dtype(torch.float64)
model = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.ReLU(), torch.nn.Linear(5, 7), torch.nn.Tanh(),
                            torch.nn.Linear(7, 4))
inputs = torch.randn(24, 6).float().double()
labels = torch.randint(0, 4, (24,))
settings = {"learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.01}


def weights():
    out = {}
    for position, layer in enumerate(model, start=1):
        if isinstance(layer, torch.nn.Linear):
            out[f"layers.{position}.weight"] = layer.weight.detach().T.flatten().tolist()
            out[f"layers.{position}.bias"] = layer.bias.detach().tolist()
    return out


before = weights()
optimizer = torch.optim.SGD(model.parameters(), lr=settings["learning_rate"], momentum=settings["momentum"],
                            weight_decay=settings["weight_decay"])
losses = []
for step in range(20):
    rows = slice(8 * (step % 3), 8 * (step % 3) + 8)
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(inputs[rows]), labels[rows])
    loss.backward()
    optimizer.step()
    losses.append(loss.item())

pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps({
    "made_with": f"torch {torch.__version__}",
    "settings": settings,
    "inputs": inputs.flatten().tolist(),
    "labels": labels.tolist(),
    "weights_before": before,
    "losses": losses,
    "weights_after": weights(),
}, indent=1))
