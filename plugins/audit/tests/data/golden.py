"""What cleanlab, scikit-learn and SciPy say of made-up probabilities and losses, as golden.lua beside this file.

Usage: python golden.py        Needs: pip install "cleanlab==2.9.0" scikit-learn scipy
"""
import pathlib
import textwrap

import numpy as np
from cleanlab.count import compute_confident_joint, estimate_joint, estimate_latent, get_confident_thresholds
from cleanlab.filter import find_label_issues
from cleanlab.internal.util import round_preserving_sum
from cleanlab.rank import get_label_quality_scores
from scipy.special import gammaln
from scipy.stats import beta, spearmanr
from sklearn.mixture import GaussianMixture

HERE = pathlib.Path(__file__).resolve().parent


def lua(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {lua(v)}" for k, v in value.items()) + " }"
    if isinstance(value, (list, tuple, np.ndarray)):
        return "{ " + ", ".join(lua(v) for v in value) + " }"
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    return str(int(value)) if isinstance(value, (int, np.integer)) else format(float(value), ".17g")


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def case(seed, n, k, wrong, sharpness, missing=None):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, k, n)
    given = np.where(rng.random(n) < wrong, rng.integers(0, k, n), truth)
    if missing is not None:
        given[given == missing] = (missing + 1) % k
    # Nine digits, so that this file and Lua read the same numbers.
    p = np.round(softmax(rng.normal(size=(n, k)) + sharpness * np.eye(k)[truth]), 9)
    p[:, -1] = 1 - p[:, :-1].sum(1)
    joint = compute_confident_joint(given, p)
    counts = compute_confident_joint(given, p, calibrate=False)
    _, noise, _ = estimate_latent(joint, given)
    return {
        "labels": given, "probabilities": p, "counts": counts, "joint": joint, "matrix": noise.T,
        "thresholds": get_confident_thresholds(given, p), "rate": 1 - np.trace(estimate_joint(given, p)),
        "issues": {
            name: find_label_issues(given, p, filter_by=filter_by, n_jobs=1).astype(int)
            for name, filter_by in {"off_diagonal": "confident_learning", "by_class": "prune_by_class",
                                    "by_noise_rate": "prune_by_noise_rate", "both": "both"}.items()
        },
        # cleanlab's scores are low where a label is suspicious.
        "quality": {
            name: get_label_quality_scores(given, p, method=method, adjust_pred_probs=False)
            for name, method in {"self_confidence": "self_confidence", "normalized_margin": "normalized_margin",
                                 "weighted_entropy": "confidence_weighted_entropy"}.items()
        },
    }


def gaussian(losses, steps, tolerance, floor):
    x = ((losses - losses.min()) / (losses.max() - losses.min())).reshape(-1, 1)
    model = GaussianMixture(2, max_iter=steps, tol=tolerance, reg_covar=floor, weights_init=[0.5, 0.5],
                            means_init=[[0.0], [1.0]], precisions_init=[[[1 / x.var()]], [[1 / x.var()]]])
    posterior = model.fit(x).predict_proba(x)
    return posterior[:, model.means_.argmax()]


def beta_mixture(losses, steps):
    low, high = np.percentile(losses, 5), np.percentile(losses, 95)
    x = np.clip(np.clip((losses - low) / (high - low), 0, 1), 1e-4, 1 - 1e-4)
    a, b, w = np.array([1.0, 2.0]), np.array([2.0, 1.0]), np.array([0.5, 0.5])

    def shares():
        like = np.array([w[k] * beta.pdf(x, a[k], b[k]) for k in range(2)])
        return like / like.sum(0)

    for _ in range(steps):
        r = shares()
        for k in range(2):
            mean = np.average(x, weights=r[k])
            variance = np.average((x - mean) ** 2, weights=r[k])
            a[k] = mean * (mean * (1 - mean) / variance - 1)
            b[k] = a[k] * (1 - mean) / mean
            w[k] = r[k].mean()
    return shares()[int(a[1] / (a[1] + b[1]) > a[0] / (a[0] + b[0]))]


def unit_rows(x):
    return x / np.sqrt((x ** 2).sum(-1, keepdims=True) + 1e-6)


def gradients(images):
    """Histograms of the orientations of gradients over cells of 4x4, blocks of 2x2 cells in L2-Hys; colours of cells."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="edge")
    dy, dx = padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1], padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]
    length, rows, columns = np.sqrt(dx ** 2 + dy ** 2 + 1e-6), images.shape[1] // 4, images.shape[2] // 4

    def means(x):
        return x[:, :rows * 4, :columns * 4].reshape(len(x), rows, 4, columns, 4, -1).mean((2, 4))

    angles = np.arange(9) * np.pi / 9
    votes = np.stack([(length * np.abs((dx * np.cos(a) + dy * np.sin(a)) / length) ** 16).sum(-1) for a in angles], -1)
    cells, blocks = means(votes), []
    for r in range(max(1, rows - 1)):
        for c in range(max(1, columns - 1)):
            blocks.append(unit_rows(np.minimum(unit_rows(cells[:, r:r + 2, c:c + 2].reshape(len(images), -1)), 0.2)))
    x = np.concatenate(blocks + [means(images).reshape(len(images), -1)], 1)
    spread = x.std(0)
    return (x - x.mean(0)) / np.where(spread > 0, spread, 1)


rng = np.random.default_rng(3)
losses = np.round(np.concatenate([rng.gamma(1.5, 0.2, 160), rng.normal(2.5, 0.6, 40)]), 9)
left, right = rng.integers(0, 12, 50), rng.integers(0, 12, 50)
rows = [np.round(rng.random(5) * 7, 2) for _ in range(20)] + [np.array([0.5, 1.5, 2.5, 0.5]), np.array([2.5, 2.5, 0])]
out = {
    "cases": [case(1, 300, 4, 0.3, 2.0), case(2, 120, 3, 0.2, 4.0), case(4, 200, 6, 0.5, 1.0),
              case(5, 90, 4, 0.3, 2.0, missing=2), case(6, 40, 10, 0.4, 1.5)],
    "losses": losses, "gaussian": gaussian(losses, 100, 1e-6, 5e-4), "beta": beta_mixture(losses, 10),
    "gaussian_short": gaussian(losses, 3, 1e-12, 1e-6),
    "left": left, "right": right, "spearman": spearmanr(left, right).statistic,
    "rows": rows, "rounded": [round_preserving_sum(row) for row in rows],
    "log_gamma": [[z, gammaln(z)] for z in [1e-3, 0.3, 1.0, 2.5, 7.99, 8.0, 30.5, 1e4]],
}
rng = np.random.default_rng(8)
for name, shape in ("pictures", (4, 9, 12, 2)), ("flat", (3, 5, 8, 1)):
    images = np.round(rng.normal(size=shape), 3)
    out[name], out["seen_" + name] = images.ravel(), np.round(gradients(images), 10).tolist()
lines = ["-- Made by golden.py beside this file.", "return {"]
for key, value in out.items():
    lines += textwrap.wrap(f"  {key} = {lua(value)},", 118, subsequent_indent="    ", break_long_words=False,
                           break_on_hyphens=False)
(HERE / "golden.lua").write_text("\n".join(lines + ["}"]) + "\n")
