"""Writes lua/tests/data/torch_names.lua: the public names of PyTorch that people type, by the kind of object that they are
looked for on here.

    pip install torch numpy
    python3 Tests/Golden/torch_names.py

lua/tests/elsewhere.lua asks each object for each name and holds every message to saying what to write here.
"""
import pathlib
import re

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.utils.data
from torch.optim import lr_scheduler

# What is not typed: parts of the machinery, back ends, storage formats, tracing.
INNER = re.compile(
    r"^_|^T_|Type$|^has_|qparams|^fbgemm|^sym_|^quantized_|_nesting$|_stats|_elemt|_reduce$|_compress|^segment|^native_"
    r"|^dump_|^call_super|^profile_|_raw$|Hook$|^grouped_mm|^scaled_|^unify|_qint|^jagged|^merge_|_fbgemm|^choose"
    r"|^get_file|^parse_|^lift|dispatch|_param_|^assert_|^handle_|^batch_norm_|^spmm$|^dsmm$|^hsmm$|^saddmm$")


def public(names):
    return sorted(n for n in set(names) if not INNER.search(n) and re.fullmatch(r"[A-Za-z]\w*", n))


def classes(module, base):
    return [n for n in dir(module) if isinstance(getattr(module, n), type) and issubclass(getattr(module, n), base)]


functions = [n for n in dir(torch) if callable(getattr(torch, n)) and n[0].islower()
             and type(getattr(torch, n)).__name__ in ("builtin_function_or_method", "function")
             and (hasattr(torch.Tensor, n) or getattr(torch, n) in torch.overrides.get_testing_overrides())]
layers = classes(nn, nn.Module)
functional = [n for n in dir(F) if type(getattr(F, n)).__name__ in ("builtin_function_or_method", "function")]
schedulers = [n for n in dir(lr_scheduler) if isinstance(getattr(lr_scheduler, n), type) and n.endswith("LR")] + [
    "ChainedScheduler", "CosineAnnealingWarmRestarts", "ReduceLROnPlateau"]
KINDS = {
    "tensor": public(dir(torch.Tensor)),
    "nj": public(functions),
    "nj.nn": public(layers + functional + [n for n in dir(nn.init) if n.endswith("_")]),
    "nj.losses": public([n for n in layers if n.endswith("Loss")] + [n for n in functional if "loss" in n]),
    "nj.optim": public(classes(torch.optim, torch.optim.Optimizer) + schedulers),
    "nj.schedules": public(schedulers),
    "nj.data": public(n for n in torch.utils.data.__all__ if n[0].isupper() and "Pipe" not in n and "Chunk" not in n),
    "layer": public(dir(nn.Module)),
    "loss": public(dir(nn.Module)),
    "optimizer": public(dir(torch.optim.Optimizer)),
    "schedule": public(dir(lr_scheduler.LRScheduler)),
    "data set": ["batch_size", "collate_fn", "dataset", "drop_last", "num_workers", "pin_memory", "sampler"],
    "trainer": public(dir(nn.Module)),
}


def wrapped(names):
    lines, line = [], "   "
    for name in names:
        if len(line) + 1 + len(name) > 118:
            lines.append(line)
            line = "   "
        line += " " + name
    return "\n".join(lines + [line])


root = pathlib.Path(__file__).resolve().parents[2]
with open(root / "lua/tests/data/torch_names.lua", "w") as out:
    out.write(f"-- Names of PyTorch {torch.__version__}. Made by Tests/Golden/torch_names.py: do not edit.\nreturn {{\n")
    for kind, names in KINDS.items():
        out.write(f'  ["{kind}"] = [[\n{wrapped(names)}\n  ]],\n')
    out.write("}\n")
