"""Prints the numbers that DigitsTests.swift expects: facts of the table, and its split by the rule of TestSplit.swift.

    python3 Tests/Golden/digits.py        (from the root of the checkout; NumPy is needed)
"""

import contextlib
import io
from pathlib import Path

import numpy

here = Path(__file__).resolve().parent
with contextlib.redirect_stdout(io.StringIO()):
    random = {}
    exec((here / "random_stream.py").read_text(), random)

table = numpy.genfromtxt(here.parents[1] / "plugins/digits/digits.csv.gz", delimiter=",")
labels = table[:, 64].astype(int)
counts = [int(count) for count in numpy.bincount(labels)]
print("samples", len(table), "sum of values", table[:, :64].sum(), "classes", counts)

per_mille, seed = 200, 0
quotas = [count * per_mille // 1000 for count in counts]
by_remainder = sorted(range(10), key=lambda label: (-(counts[label] * per_mille % 1000), label))
for label in by_remainder[: -(-len(labels) * per_mille // 1000) - sum(quotas)]:
    quotas[label] += 1

stream, test = random["absorb"](random["absorb"](seed, random["fnv1a"]("split")), random["mix"](random["GOLDEN"])), []
for label, quota in enumerate(quotas):
    members = numpy.flatnonzero(labels == label)
    key = random["absorb"](stream, random["mix"]((label + random["GOLDEN"]) & random["M64"]))
    test += [int(members[place]) for place in random["permutation"](key, len(members))[:quota]]
test.sort()
print("test", len(test), "classes", quotas, "first", test[:8], "last", test[-4:], "sum", sum(test))
