"""Metrics worked out a second time, as golden.lua beside this file: with NumPy, scikit-learn and cleanlab.

Usage: python golden.py        Needs: pip install numpy scikit-learn cleanlab
"""
import pathlib

import numpy as np
from cleanlab.rank import get_label_quality_scores
from sklearn.metrics import average_precision_score, confusion_matrix, precision_recall_curve, roc_auc_score
from sklearn.neighbors import NearestNeighbors

HERE = pathlib.Path(__file__).resolve().parent
rng = np.random.default_rng(7)
N, K, E, D = 60, 4, 9, 6


def lua(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {lua(v)}" for k, v in value.items()) + " }"
    if isinstance(value, (list, tuple, np.ndarray)):
        return "{ " + ", ".join(lua(v) for v in value) + " }"
    return str(int(value)) if isinstance(value, (int, np.integer)) else format(float(value), ".17g")


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


truth = rng.integers(0, K, N)
given = np.where(rng.random(N) < 0.35, rng.integers(0, K, N), truth)
logits = rng.normal(size=(N, K)) + 2.0 * np.eye(K)[truth] + 1.0 * np.eye(K)[given]
p = softmax(logits)
predicted = p.argmax(1)
wrong = given != truth
losses = -np.log(p[np.arange(N), given])
out = {"truth": truth + 1, "given": given + 1, "logits": logits, "losses": losses, "predicted": predicted + 1}


def errors(labels, mask, bins=15):
    q, right = p[mask].max(1), (predicted == labels)[mask]
    edges = np.linspace(0, 1, bins + 1)
    ece = mce = 0.0
    for low, high in zip(edges[:-1], edges[1:]):
        inside = (q > low) & (q <= high)
        if inside.any():
            gap = abs(right[inside].mean() - q[inside].mean())
            ece, mce = ece + gap * inside.mean(), max(mce, gap)
    order = np.argsort(q, kind="stable")
    adaptive = sum(abs(right[part].mean() - q[part].mean()) * len(part) / len(q)
                   for part in np.array_split(order, bins) if len(part))
    rows, labels, p_own = p[mask], labels[mask], p[mask][np.arange(mask.sum()), labels[mask]]
    others = logits[mask].copy()
    others[np.arange(mask.sum()), labels] = -np.inf
    return {
        "ece": ece, "mce": mce, "ece_adaptive": adaptive, "brier": ((rows - np.eye(K)[labels]) ** 2).sum(1).mean(),
        "nll": -np.log(p_own).mean(), "accuracy": 100 * right.mean(), "given_probability": p_own.mean(),
        "margin": (logits[mask][np.arange(mask.sum()), labels] - others.max(1)).mean(),
    }


every = np.ones(N, bool)
out["against_given"], out["against_true"] = errors(given, every), errors(truth, every)
for name, mask in (("all", every), ("clean", ~wrong), ("wrong", wrong)):
    out["on_" + name] = {
        "entropy": -(p[mask] * np.log(p[mask])).sum(1).mean(), "confident": 100 * (p[mask].max(1) > 0.7).mean(),
        "sample_loss": losses[mask].mean(),
    }
out["memorized"] = 100 * (predicted == given)[wrong].mean()

learnt = confusion_matrix(truth, predicted, normalize="true")
noise = confusion_matrix(truth, given, normalize="true")
out["learnt"] = learnt
out["learnt_soft"] = np.array([p[truth == k].mean(0) for k in range(K)])
out["distance"] = (abs(learnt - noise).sum(1) / 2).mean()
out["distance_identity"] = (abs(learnt - np.eye(K)).sum(1) / 2).mean()


# ---- Finding wrong labels --------------------------------------------------------------------------------------------

def found(score):
    precision, recall, _ = precision_recall_curve(wrong, score)
    best = max((r for q, r in zip(precision, recall) if q >= 0.6 and r > 0), default=0)
    return {"auroc": roc_auc_score(wrong, score), "average_precision": average_precision_score(wrong, score),
            "recall_at_precision": best}


quality = {name: 1 - get_label_quality_scores(given, p, method=method) for name, method in (
    ("confidence", "self_confidence"), ("normalized_margin", "normalized_margin"),
    ("weighted_entropy", "confidence_weighted_entropy"))}
others = logits.copy()
others[np.arange(N), given] = -np.inf
scores = {"loss": losses, **quality, "margin": others.max(1) - logits[np.arange(N), given],
          "el2n": np.linalg.norm(p - np.eye(K)[given], axis=1)}
out["scores"] = scores
out["found"] = {name: found(score) for name, score in scores.items()}
tied = np.round(losses)
out["tied"] = tied
out["found_tied"] = found(tied)
# The expectation over random orders of equal scores.
count, order = wrong.sum(), np.argsort(-tied, kind="stable")
edge = tied[order[count - 1]]
above, at = tied > edge, tied == edge
out["precision_at_wrong_tied"] = (wrong[above].sum() + wrong[at].mean() * (count - above.sum())) / count
out["precision_at_wrong"] = wrong[np.argsort(-losses)[:count]].mean()


# ---- A history -------------------------------------------------------------------------------------------------------

n = 12
labels = rng.integers(0, 3, n)
prediction = rng.integers(0, 3, (E, n))
prediction[:, 0], prediction[:, 1] = labels[0], (labels[1] + 1) % 3
margin, loss, q, el2n = rng.normal(size=(E, n)), rng.exponential(size=(E, n)), rng.random((E, n)), rng.random((E, n))
right = prediction == labels
out["history"] = {"labels": labels + 1, "prediction": prediction + 1, "margin": margin, "loss": loss, "p_given": q,
                  "el2n": el2n, "input_gradient": loss, "input_curvature": 2 * loss}
out["history_scores"] = {
    "aum": margin.mean(0), "csl": loss.sum(0), "el2n": el2n[:5].mean(0), "confidence": q.mean(0),
    "variability": q.std(0), "correctness": right.mean(0), "last_loss": loss[-1], "self_confidence": q[-1],
    "input_gradient": loss.mean(0), "input_curvature": 2 * loss.mean(0),
    "forgetting": [(right[:-1, i] & ~right[1:, i]).sum() if right[:, i].any() else E for i in range(n)],
    "first_learned": [right[:, i].argmax() + 1 if right[:, i].any() else E + 1 for i in range(n)],
    "last_wrong": [max((e + 1 for e in range(E) if not right[e, i]), default=0) for i in range(n)],
}


def gini(x):
    return abs(x[:, None] - x[None]).sum() / (2 * len(x) ** 2 * x.mean())


out["gini"] = gini(loss.mean(0))


# ---- A linear model --------------------------------------------------------------------------------------------------

x = rng.normal(size=(N, D))
w, b = rng.normal(size=(D, K)), rng.normal(size=K)
q = softmax(x @ w + b)


def gradient(mask, labels=given):
    error = (q - np.eye(K)[labels])[mask]
    return x[mask].T @ error / mask.sum(), error.mean(0)


out["x"], out["w"], out["b"] = x, w, b
out["gradient_norms"] = {name: np.sqrt(sum((g ** 2).sum() for g in gradient(mask)))
                         for name, mask in (("all", every), ("clean", ~wrong), ("wrong", wrong))}
lengths = abs((q - np.eye(K)[given]) @ w.T).sum(1)
out["input_gradients"], out["sensitivity_gini"] = lengths, gini(lengths)
out["weight_norm"] = np.sqrt((w ** 2).sum() + (b ** 2).sum())

k = 5
distances = NearestNeighbors(n_neighbors=k + 1).fit(x).kneighbors(x)[0][:, 1:]
out["lid"] = (-k / np.log(distances / distances[:, -1:]).sum(1)).mean()

# Two classes: the worst point of a box is a corner, where the difference of the logits changes by r |w|_1.
gap = (x @ (w[:, 0] - w[:, 1]) + b[0] - b[1])
out["critical"] = (abs(gap) < 0.3 * abs(w[:, 0] - w[:, 1]).sum()).mean()

lines = ["-- Made by golden.py beside this file.", "return {"] + [f"  {k} = {lua(v)}," for k, v in out.items()] + ["}"]


def wrapped(line, width=118):
    """Long lines broken at commas."""
    while len(line) > width:
        at = line.rfind(", ", 0, width) + 1
        yield line[:at]
        line = "    " + line[at + 1:]
    yield line


text = "\n".join(piece for line in lines for piece in wrapped(line))
(HERE / "golden.lua").write_text(text + "\n")
