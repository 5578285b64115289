"""Noise worked out a second time, as golden.lua beside this file, and files of labels.

Written from the papers and from the description of random streams (Tests/Golden/random_stream.py), with NumPy and SciPy;
random matrices come from cleanlab's own code, its draws exchanged for those of a stream. Nothing here comes from
Nightjar.

Usage: python golden.py        Needs: pip install numpy scipy cleanlab
"""
import contextlib
import io
import math
import pathlib
import pickle
import sys
import zipfile

import numpy as np
import scipy.ndimage
from cleanlab.benchmarking import noise_generation as cleanlab

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[3] / "Tests" / "Golden"))
with contextlib.redirect_stdout(io.StringIO()):
    import random_stream as rs


def derive(key, part):
    """The stream of a part, as stream:derive has it."""
    return rs.stream(key, part)


def uniforms(key, count, start=0):
    return np.array([rs.uniform(key, start + i) for i in range(count)])


def normals(key, count):
    return np.array([rs.normal(key, i) for i in range(count)])


def permutation(key, count, number=1):
    return rs.permutation(rs.stream(key, "permutation", number), count)


def lua(value):
    if isinstance(value, (list, tuple, np.ndarray)):
        return "{ " + ", ".join(lua(v) for v in value) + " }"
    return str(int(value)) if isinstance(value, (int, np.integer)) else format(float(value), ".17g")


SEED, CLASSES = 0, 10
LABELS = NOISE = None


def choose(truth, rate, count, is_open=lambda _: True):
    """Positions by the conventions iid, exact and exact_per_class."""
    if count == "iid":
        draws = uniforms(derive(NOISE, "choose"), len(truth))
        return [i for i in range(len(truth)) if draws[i] < rate and is_open(truth[i])]
    chosen = []
    parts = {}
    for i, label in enumerate(truth):
        if is_open(label):
            parts.setdefault(1 if count == "exact" else label + 1, []).append(i)
    for part in sorted(parts):
        order = permutation(derive(NOISE, f"choose {part}"), len(parts[part]))
        chosen += [parts[part][j] for j in order[:math.floor(rate * len(parts[part]) + 0.5)]]
    return chosen


def uniform_noise(truth, rate, count, convention):
    draws, noisy = uniforms(derive(NOISE, "class"), len(truth)), list(truth)
    for i in choose(truth, rate, count):
        if convention == "include":
            noisy[i] = int(draws[i] * CLASSES)
        else:
            other = int(draws[i] * (CLASSES - 1))
            noisy[i] = other + (other >= truth[i])
    return noisy


def mapped(truth, rate, count, targets):
    noisy = list(truth)
    for i in choose(truth, rate, count, lambda label: label in targets):
        noisy[i] = targets[truth[i]]
    return noisy


NOISE = rs.stream(SEED, "noise")
truth = [i % CLASSES for i in range(100)]
flips = [(i + 1, new + 1) for i, (old, new) in enumerate(zip(truth, uniform_noise(truth, 0.4, "iid", "exclude")))
         if old != new]
out = {"first_flips": flips[:20]}

CIFAR = {9: 1, 2: 0, 4: 7, 3: 5, 5: 3}
MNIST = {7: 1, 2: 7, 3: 8, 5: 6, 6: 5}
for name, noisy in {
    "uniform_exact": uniform_noise(truth, 0.4, "exact", "exclude"),
    "uniform_exact_per_class": uniform_noise(truth, 0.4, "exact_per_class", "exclude"),
    "random_labels": uniform_noise(truth, 1, "iid", "include"),
    "rand_y": uniform_noise(truth, 0.5, "iid", "include"),
    "pair_flip": mapped(truth, 0.45, "iid", {k: (k + 1) % CLASSES for k in range(CLASSES)}),
    "asym_cifar10": mapped(truth, 0.4, "iid", CIFAR),
    "asym_cifar10_per_class": mapped(truth, 0.4, "exact_per_class", CIFAR),
    "asym_mnist": mapped(truth, 0.4, "iid", MNIST),
}.items():
    out[name] = [label + 1 for label in noisy]


# ---- Noise of samples ------------------------------------------------------------------------------------------------

def instance(x, truth, classes, rate, deviation, shared, divisor=1.0):
    count, size = x.shape
    rates, tries = np.full(count, np.nan), 0
    while np.isnan(rates).any():
        tries += 1
        drawn = rate + deviation * normals(derive(NOISE, f"rate {tries}"), count)
        fits = np.isnan(rates) & (drawn >= 0) & (drawn <= 1)
        rates[fits] = drawn[fits]
    draws, noisy = uniforms(derive(NOISE, "label"), count), []
    for i in range(count):
        key = derive(NOISE, "projection " + ("of all" if shared else str(truth[i] + 1)))
        a = x[i] @ normals(key, size * classes).reshape(size, classes) / divisor
        a[truth[i]] = -np.inf
        p = np.exp(a - a.max())
        p = rates[i] * p / p.sum()
        p[truth[i]] = 1 - rates[i]
        noisy.append(int((np.cumsum(p)[:-1] <= draws[i]).sum()) + 1)
    return noisy


x = np.array([[math.sin(1.0 + 1.7 * i + 0.9 * j * (i + 1)) for j in range(5)] for i in range(60)]).astype(np.float32)
x = x.astype(float)
small = [(i * 7 + i // 3) % 4 for i in range(60)]
out["features"] = x
out["small"] = [label + 1 for label in small]
out["instance"] = instance(x, small, 4, 0.4, 0.1, False)
out["instance_shared"] = instance(x, small, 4, 0.4, 0.1, True)
standard = (x - x.mean(0)) / x.std(0)
out["instance_standardised"] = instance(standard, small, 4, 0.05, 0.3, False, 2 * math.sqrt(5))

means = np.array([x[np.array(small) == k].mean(0) for k in range(4)])
scores = -((x[:, None, :] - means[None]) ** 2).sum(-1)
others = scores.copy()
others[np.arange(60), small] = -np.inf
margins = scores[np.arange(60), small] - others.max(1)
noisy = list(small)
for i in np.argsort(margins, kind="stable")[:18]:
    noisy[i] = int(others[i].argmax())
out["margin"] = [label + 1 for label in noisy]


# ---- cleanlab's matrices ---------------------------------------------------------------------------------------------

class Stream:
    """Stands in for numpy.random inside cleanlab."""

    def __init__(self, seed):
        self.key, self.position, self.permutations = rs.stream(seed, "random transition"), 0, 0

    def seed(self, _):
        pass

    def uniform(self, count):
        drawn = uniforms(self.key, count, self.position)
        self.position += count
        return drawn

    def dirichlet(self, ones):
        drawn = -np.log(1 - self.uniform(len(ones)))
        return drawn / drawn.sum()

    def rand(self):
        return self.uniform(1)[0]

    def choice(self, values, count, replace):
        assert not replace
        self.permutations += 1
        order = permutation(self.key, len(values), self.permutations)
        return [values[i] for i in order[:count]]


class Patched:
    def __init__(self, stream):
        self.random = stream

    def __getattr__(self, name):
        return getattr(np, name)


out["transitions"] = []
for settings in [
    dict(K=4, trace=2.6, seed=0),
    dict(K=5, trace=3.0, seed=3, frac_zero_noise_rates=0.4),
    dict(K=3, trace=2.0, seed=1, max_trace_prob=0.8, min_trace_prob=0.5),
    dict(K=6, trace=3.0, seed=2, max_noise_rate=0.2, min_trace_prob=0.3, max_trace_prob=0.7),
    dict(K=4, trace=1.2, seed=5, valid_noise_matrix=True),
    dict(K=2, trace=1.5, seed=4),
    dict(K=2, trace=1.5, seed=4, frac_zero_noise_rates=0.5),
]:
    classes = settings["K"]
    cleanlab.np = Patched(Stream(settings["seed"]))
    matrix = cleanlab.generate_noise_matrix_from_trace(py=np.full(classes, 1 / classes), **settings)
    cleanlab.np = np
    labels = np.arange(37 * classes) % classes
    given = cleanlab.generate_noisy_labels(labels, matrix)
    counts = np.array([[((labels == i) & (given == j)).sum() for j in range(classes)] for i in range(classes)])
    names = {"trace": "trace", "seed": "matrix_seed", "frac_zero_noise_rates": "zero_share",
             "max_trace_prob": "max_diagonal", "min_trace_prob": "min_diagonal", "max_noise_rate": "max_rate",
             "valid_noise_matrix": "learnable"}
    text = ", ".join(f"{names[k]} = {str(v).lower()}" for k, v in settings.items() if k != "K")
    out["transitions"].append(f"{{ parameters = {{ {text} }}, classes = {classes},\n      rows = {lua(matrix.T)},\n"
                              f"      counts = {lua(counts)} }}")


# ---- Noise of inputs -------------------------------------------------------------------------------------------------

INPUT = rs.stream(SEED, "input noise")
images = np.array([[[[math.cos(0.3 + 2.1 * n + 0.7 * y + 1.3 * c * (k + 1)) * (k + 1) for k in range(2)]
                     for c in range(3)] for y in range(4)] for n in range(5)]).astype(np.float32).astype(float)
size = images[0].size
out["images"] = images.ravel()
mean, deviation = images.mean((0, 1, 2)), images.std((0, 1, 2))


def gaussian(key):
    return mean + deviation * normals(key, images.size).reshape(images.shape)


flat = images.reshape(5, size)
out["shuffled_pixels"] = flat[:, permutation(INPUT, size)].ravel()
order = np.argsort(uniforms(INPUT, images.size).reshape(5, size), axis=1, kind="stable")
out["random_pixels"] = np.take_along_axis(flat, order, 1).ravel()
out["gaussian"] = gaussian(INPUT).ravel()
out["additive_gaussian"] = (images + 0.25 * deviation * normals(INPUT, images.size).reshape(images.shape)).ravel()
chosen = uniforms(derive(INPUT, "choose"), 5) < 0.5
out["rand_x"] = np.where(chosen[:, None, None, None], gaussian(derive(INPUT, "images")), images).ravel()
out["chosen"] = [int(c) for c in chosen]
draws = uniforms(INPUT, images.size // 2).reshape(5, 4, 3, 1)
value = np.where(draws < 0.3 * 0.4, images.max((0, 1, 2)), images.min((0, 1, 2)))
out["salt"] = np.where(draws < 0.3, value, images).ravel()


def blurred(array):
    options = dict(sigma=0.8, mode="constant", truncate=20)
    for axis in (1, 2):
        array = scipy.ndimage.gaussian_filter1d(array, axis=axis, **options)
    return array


# SciPy darkens towards the edges; divided by what ones become there, rows of weights sum to 1 again.
out["blur"] = (blurred(images) / blurred(np.ones_like(images))).ravel()
other = np.arange(3 * size, dtype=float).reshape((3,) + images.shape[1:])
key = derive(INPUT, "image")
picks = [rs.below(key, 3, i) for i in range(5)]
out["open_set"] = np.where(chosen[:, None, None, None], other[picks], images).ravel()


# ---- Labels that people gave, as files have them: counted from 0 ------------------------------------------------------

GIVEN, CLEAN = [0, 2, 2, 1, 1, 2, 0, 1], [0, 1, 2, 0, 1, 2, 0, 1]
np.save(HERE / "people-given.npy", np.array(GIVEN))
np.save(HERE / "people-clean.npy", np.array(CLEAN))
np.savez(HERE / "people.npz", worst=np.array(GIVEN), clean=np.array(CLEAN))
# As torch.save writes a dictionary of arrays.
with zipfile.ZipFile(HERE / "people.pt", "w") as archive:
    labels = {"clean_label": np.array(CLEAN), "worse_label": np.array(GIVEN)}
    for name, content in ("data.pkl", pickle.dumps(labels, 2)), ("version", b"3\n"):
        archive.writestr(zipfile.ZipInfo("people/" + name, (1980, 1, 1, 0, 0, 0)), content)

lines = ["-- Made by golden.py beside this file.", "return {"]
for name, value in out.items():
    if name == "transitions":
        lines.append("  transitions = {")
        lines += [f"    {entry}," for entry in value]
        lines.append("  },")
    else:
        lines.append(f"  {name} = {lua(value)},")
lines.append("}")


def wrapped(line, width=118):
    """Long lines broken at commas."""
    while len(line) > width:
        at = line.rfind(", ", 0, width) + 1
        yield line[:at]
        line = "    " + line[at + 1:]
    yield line


text = "\n".join(piece for line in "\n".join(lines).split("\n") for piece in wrapped(line))
(HERE / "golden.lua").write_text(text + "\n")
