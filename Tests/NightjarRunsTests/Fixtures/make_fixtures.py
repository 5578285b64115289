"""Makes the fixtures of this folder. Needs numpy, scipy, safetensors:

    python3 make_fixtures.py
"""
import hashlib
import json
import pathlib

import numpy as np
from safetensors.numpy import save_file
from scipy import stats

here = pathlib.Path(__file__).parent
rng = np.random.default_rng(20210721)

statistics = {"critical": [], "within": [], "samples": [], "paired": [], "sha256": []}
for level in (0.5, 0.9, 0.95, 0.99, 0.999):
    for degrees in (1, 2, 3, 4, 5, 9, 10, 29, 100, 1001):
        statistics["critical"].append([level, degrees, stats.t.ppf(0.5 + level / 2, degrees)])
for degrees in (1, 2, 3, 4, 7, 8, 50):
    for t in (0.0, 0.1, 1.0, 2.5, 12.0):
        statistics["within"].append([t, degrees, stats.t.cdf(t, degrees) - stats.t.cdf(-t, degrees)])
for count in (2, 3, 5, 12):
    values = rng.normal(90, 3, count)
    low, high = stats.t.interval(0.95, count - 1, values.mean(), stats.sem(values))
    statistics["samples"].append(
        {"values": values.tolist(), "mean": values.mean(), "sd": values.std(ddof=1), "low": low, "high": high})
for count in (2, 3, 5, 12):
    ours = rng.normal(96, 1, count)
    base = rng.normal(95, 1, count)
    test = stats.ttest_rel(ours, base)
    interval = test.confidence_interval(0.95)
    statistics["paired"].append(
        {"ours": ours.tolist(), "base": base.tolist(), "p": test.pvalue, "low": interval.low, "high": interval.high})
for length in (0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 1000):
    text = "".join(chr(97 + i % 26) for i in range(length))
    statistics["sha256"].append([length, hashlib.sha256(text.encode()).hexdigest()])
(here / "statistics.json").write_text(json.dumps(statistics, indent=1) + "\n")

save_file(
    {
        "layers.1.weight": np.arange(6, dtype=np.float32).reshape(2, 3) / 4,
        "layers.1.bias": np.array([-1.5, 2.5], dtype=np.float64),
        "steps": np.array(7, dtype=np.int32),
        "mask": np.array([True, False, True]),
        "pixels": np.array([[0, 255]], dtype=np.uint8),
        "empty": np.zeros((0, 4), dtype=np.float32),
    },
    here / "python.safetensors",
    metadata={"made_by": "safetensors for Python", "note": "quotes \" and ü"},
)
