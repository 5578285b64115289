"""Prints the numbers that InitializerTests.swift expects, from the formulas of the papers and a reference generator.

    python3 Tests/Golden/initializers.py
"""

import contextlib
import io
import math

with contextlib.redirect_stdout(io.StringIO()):
    from random_stream import normal, stream, uniform

key = stream(7, "parameter/layers.1.weight")
fan_in, fan_out = 4, 3  # a weight of shape (4, 3)


def symmetric(bound):
    return [bound * (2 * uniform(key, e) - 1) for e in range(3)]


def bell(deviation):
    return [deviation * normal(key, e) for e in range(3)]


print("standard", symmetric(1 / math.sqrt(fan_in)))
print("uniform(-1, 3)", [-1 + 4 * uniform(key, e) for e in range(3)])
print("normal(1, 0.5)", [1 + z for z in bell(0.5)])
print("kaiming_uniform", symmetric(math.sqrt(6 / fan_in)))
print("kaiming_uniform slope 0.5 fan_out", symmetric(math.sqrt(6 / (1.25 * fan_out))))
print("kaiming_normal", bell(math.sqrt(2 / fan_in)))
print("xavier_uniform gain 2", symmetric(2 * math.sqrt(6 / (fan_in + fan_out))))
print("xavier_normal", bell(math.sqrt(2 / (fan_in + fan_out))))
