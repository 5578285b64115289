"""Memorization and influence of made-up masks, by loops in NumPy, as golden.lua beside this file.

Usage: python golden.py        Needs: pip install numpy
"""
import pathlib
import textwrap

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
MODELS, SAMPLES, TESTS, LEAST, KEEP = 14, 9, 5, 5, 3
rng = np.random.default_rng(11)
members = (rng.random((MODELS, SAMPLES)) < 0.55).astype(int)
members[:, 3] = 1  # never left out
right = (rng.random((MODELS, SAMPLES)) < 0.4 + 0.4 * members).astype(int)
right_test = (rng.random((MODELS, TESTS)) < 0.3 + 0.5 * members[:, :TESTS]).astype(int)


def difference(i, column):
    has = members[:, i] == 1
    if has.sum() < LEAST or (~has).sum() < LEAST:
        return np.nan, np.nan
    p, q = column[has].mean(), column[~has].mean()
    return p - q, np.sqrt(p * (1 - p) / has.sum() + q * (1 - q) / (~has).sum())


mem = np.array([difference(i, right[:, i]) for i in range(SAMPLES)])
infl = np.array([[difference(i, right_test[:, j])[0] for i in range(SAMPLES)] for j in range(TESTS)])
consistency = [right[members[:, i] == 0, i].mean() if (members[:, i] == 0).sum() >= LEAST else np.nan
               for i in range(SAMPLES)]
best = -np.sort(-np.where(np.isnan(infl), -2, infl), axis=1)[:, :KEEP]


def lua(value):
    if isinstance(value, (list, tuple, np.ndarray)):
        return "{ " + ", ".join(lua(v) for v in value) + " }"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    # What is not known is false: nan is not equal to itself.
    return "false" if np.isnan(value) else format(float(value), ".17g")


out = {"members": members, "right": right, "right_test": right_test, "memorization": mem[:, 0], "error": mem[:, 1],
       "consistency": consistency, "influence": infl, "best": best,
       "influence_error": [[difference(i, right_test[:, j])[1] for i in range(SAMPLES)] for j in range(TESTS)]}
lines = ["-- Made by golden.py beside this file.", "return {"]
for key, value in out.items():
    lines += textwrap.wrap(f"  {key} = {lua(value)},", 118, subsequent_indent="    ", break_long_words=False,
                           break_on_hyphens=False)
(HERE / "golden.lua").write_text("\n".join(lines + ["}"]) + "\n")
