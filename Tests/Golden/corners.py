"""Values and first and second derivatives where functions have corners, zeros and ends.

Writes corners.json beside this file, which CornerTests.swift walks over, and docs/gradients.md, the same for readers.
Needs PyTorch: python Tests/Golden/corners.py

`first` is the gradient of the sum of the result, `second` the gradient of the sum of that gradient. Numbers come from
PyTorch's formula in float64 where the source is "PyTorch". Where PyTorch gives NaN, or a number that is not the limit of the
derivative, `first` or `second` is given by hand, with the reason: "limit", or "choice" where there is no limit.
"""
import json
import math
import os

import torch
import torch.nn.functional as F

INF, NAN = math.inf, math.nan
TIE = "equal entries share"
ENTRIES = []


def entry(group, lua, points, function, first=None, second=None, why=None, note=""):
    """One row: `function` is the same formula in PyTorch; `first` and `second` replace what it gives."""
    x = torch.tensor(points, dtype=torch.float64, requires_grad=True)
    value = function(x)
    value = value.to(torch.float64)
    total = value.sum()
    one = two = torch.zeros_like(x)
    if total.requires_grad:
        found = torch.autograd.grad(total, x, create_graph=True, allow_unused=True)[0]
        one = torch.zeros_like(x) if found is None else found
        if one.requires_grad:
            found = torch.autograd.grad(one.sum(), x, allow_unused=True)[0]
            two = torch.zeros_like(x) if found is None else found
    # PyTorch has tensors of zeros without memory.
    flat = lambda t: (t.detach() + torch.zeros(t.shape, dtype=t.dtype)).flatten().tolist()
    torch_first, torch_second = flat(one), flat(two)
    first = torch_first if first is None else first
    second = torch_second if second is None else second
    same = lambda a, b: all(p == q or (math.isnan(p) and math.isnan(q)) or abs(p - q) <= 1e-9
                            for p, q in zip(a, b))
    agrees = same(first, torch_first) and same(second, torch_second)
    assert agrees == (why is None), (lua, points, "PyTorch:", torch_first, torch_second, "given:", first, second)
    ENTRIES.append(dict(group=group, function=lua, points=points, value=flat(value), first=first, second=second,
                        source=why or "PyTorch", note=note))


# Activations -------------------------------------------------------------------------------------------------------
A = "Activations"
entry(A, "x:relu()", [-1, 0, 2], torch.relu)
entry(A, "x:leaky_relu(0.1)", [-1, 0, 2], lambda x: F.leaky_relu(x, 0.1))
LEFT = dict(why="choice", note="the second derivative at 0 from the left, as the first; PyTorch has 0")
entry(A, "x:elu()", [-1, 0, 2, 1000], F.elu, second=[math.exp(-1), 1, 0, 0], **LEFT)
entry(A, "x:elu(0.5)", [-1, 0, 2], lambda x: F.elu(x, 0.5), second=[0.5 * math.exp(-1), 0.5, 0], **LEFT)
entry(A, "x:softplus()", [-800, -1, 0, 1, 800], F.softplus)
entry(A, "x:silu()", [-1, 0, 30], F.silu)
entry(A, "x:gelu()", [-1, 0, 9], F.gelu)
entry(A, "x:sigmoid()", [-800, 0, 800, -INF, INF], torch.sigmoid)
entry(A, "x:tanh()", [-400, 0, 400, -INF, INF], torch.tanh)
entry(A, "x:erf()", [-9, 0, 9], torch.erf)

# Corners and bounds ------------------------------------------------------------------------------------------------
B = "Corners and bounds"
entry(B, "x:abs()", [-1, 0, 2], torch.abs)
entry(B, "x:clamp(-1, 1)", [-2, -1, 0, 1, 2], lambda x: x.clamp(-1, 1))
entry(B, "x:clamp(nj.zeros(3, { dtype = x:dtype() }))", [-1, 0, 1],
      lambda x: torch.clamp(x, min=torch.zeros(3, dtype=torch.float64)), note="a tensor as the bound: at it, x gets all")
entry(B, "x:clamp(0)", [-1, 0, 1], lambda x: x.clamp(min=0))
entry(B, "x:maximum(0)", [-1, 0, 1], lambda x: torch.maximum(x, torch.zeros_like(x)), note=TIE)
entry(B, "x:minimum(0)", [-1, 0, 1], lambda x: torch.minimum(x, torch.zeros_like(x)), note=TIE)
entry(B, "x:max()", [3, 1, 3], lambda x: x.amax(), note=TIE)
entry(B, "x:min(-1)", [[1, 2, 1], [5, 5, 5]], lambda x: x.amin(-1), note=TIE)
entry(B, "x:reshape(1, 2, 2, 1):max_pool2d(2)", [1, 1, 0, 1],
      lambda x: F.max_pool2d(x.reshape(1, 1, 2, 2), 2), note="the first of equals")
entry(B, "x % 2", [-1, 0, 2, 3], lambda x: torch.remainder(x, 2))
entry(B, "x:floor() + x:sign() + x:round()", [-1, 0, 0.5], lambda x: x.floor() + x.sign() + x.round())
entry(B, "nj.where(x:gt(0), x, x * 3)", [-1, 0, 1], lambda x: torch.where(x > 0, x, x * 3))
entry(B, "nj.where(x:gt(0), x:log(), 0)", [0, 1], lambda x: torch.where(x > 0, x.log(), torch.zeros_like(x)),
      note="the branch not taken passes 0 * inf: write x:clamp(1e-9):log() in the branch")
entry(B, "nj.where(x:gt(0), x:clamp(0.5):log(), 0)", [0, 1],
      lambda x: torch.where(x > 0, x.clamp(min=0.5).log(), torch.zeros_like(x)))

# Ends of elementary functions --------------------------------------------------------------------------------------
C = "Ends of elementary functions"
entry(C, "x:sqrt()", [0, 4], torch.sqrt)
entry(C, "x:rsqrt()", [0, 4], torch.rsqrt)
entry(C, "x:reciprocal()", [0, 2, INF], torch.reciprocal)
entry(C, "1 / x", [0, 2], lambda x: 1 / x)
entry(C, "x:log()", [0, 1, INF], torch.log)
entry(C, "x:log1p()", [-1, 0], torch.log1p)
entry(C, "x:exp()", [-INF, 0], torch.exp)
entry(C, "x:expm1()", [-INF, -1e-12, 0], torch.expm1)
entry(C, "x * x:log()", [0, 1], lambda x: x * x.log(), note="0 * -inf: use x:xlogy(x)")
entry(C, "x:xlogy(x)", [0, 1, 2], lambda x: torch.xlogy(x, x), first=[0, 1, math.log(2) + 1], second=[0, 1, 0.5],
      why="choice", note="0 and not -inf, so that an entropy has a gradient where a probability is 0")
entry(C, "x:xlogy(nj.tensor({ -1, 2 }, { dtype = x:dtype() }))", [0, 0],
      lambda x: torch.xlogy(x, torch.tensor([-1.0, 2.0], dtype=torch.float64)))

# Powers ------------------------------------------------------------------------------------------------------------
D = "Powers"
entry(D, "x ^ 0", [0, 2], lambda x: x ** 0)
entry(D, "x ^ 1", [0, -2], lambda x: x ** 1)
entry(D, "x ^ 2", [0, -2], lambda x: x ** 2)
entry(D, "x ^ 3", [0, -2], lambda x: x ** 3)
entry(D, "x ^ 0.5", [0, 4], lambda x: x ** 0.5)
entry(D, "x ^ 1.5", [0, 4], lambda x: x ** 1.5)
entry(D, "x ^ -1", [0, 2], lambda x: x ** -1)
for exponent in (0.0, 1.0, 2.0, 3.0):
    limit = dict(second=[0, 0], why="limit") if exponent == 0 else {}
    entry(D, f"x ^ nj.full({{ 2 }}, {exponent:g}, {{ dtype = x:dtype() }})", [0, 2],
          lambda x, e=exponent: x ** torch.full((2,), e, dtype=torch.float64), note="a tensor as the exponent", **limit)
entry(D, "nj.full({ 3 }, 2, { dtype = x:dtype() }) ^ x", [0, 1, 2],
      lambda x: torch.full((3,), 2.0, dtype=torch.float64) ** x)
entry(D, "nj.zeros(3, { dtype = x:dtype() }) ^ x", [0, 1, 2], lambda x: torch.zeros(3, dtype=torch.float64) ** x,
      second=[0, 0, 0], why="limit")
entry(D, "x:narrow(1, 1, 1) ^ x:narrow(1, 2, 1)", [2, 0], lambda x: x[0] ** x[1],
      first=[0, math.log(2)], second=[0.5, 0.5 + math.log(2) ** 2], why="limit",
      note="mixed: PyTorch has 0 for the part of the base")

# Products and determinants ------------------------------------------------------------------------------------------
E = "Products and determinants"
entry(E, "x:prod()", [2, 0, 3], torch.prod)
entry(E, "x:prod()", [2, 0, 0], torch.prod)
entry(E, "x:prod()", [0, 0, 0], torch.prod)
entry(E, "x:prod(-1)", [[2, 0, 3], [1, 2, 3]], lambda x: x.prod(-1))
entry(E, "x:det()", [[1, 2], [2, 4]], torch.det)
entry(E, "x:det()", [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
      torch.det)
entry(E, "x:det()", [[0, 0], [0, 0]], torch.det, first=[0, 0, 0, 0], second=[1, -1, -1, 1], why="limit")
entry(E, "select(2, x:slogdet())", [[2, 1], [1, 3]], lambda x: torch.linalg.slogdet(x)[1])

# Sums over dimensions -----------------------------------------------------------------------------------------------
G = "Norms, variances and exponentials"
CONSTANT = "entries at 0, and a norm that is 0, count as constant in second derivatives, which do not exist there"
R = [[3.0, 0.0, -4.0], [0.0, 0.0, 0.0]]
for p in ("0", "0.5", "1", "1.5", "2", "3", "-1", "-2.5", "math.huge", "-math.huge"):
    q = {"math.huge": INF, "-math.huge": -INF}.get(p) if "huge" in p else float(p)
    norm = lambda x, q=q: torch.linalg.vector_norm(x, ord=q, dim=-1)
    # Second derivatives of the other entries: PyTorch's.
    flat = {"0.5": [-0.3367876570272817, 0, -0.2525907427704613], "1.5": [0.12960078984776482, 0, 0.09720059238582361],
            "2": [0.224, 0.2, 0.168], "-1": [0, 0, 0], "-2.5": [0, 0, 0]}
    choice = dict(second=flat[p] + [0, 0, 0], why="choice", note=CONSTANT) if p in flat else {}
    entry(G, f"x:norm(-1, {{ p = {p} }})", R, norm, **choice)
    entry(G, f"x:norm(-1, {{ p = {p} }})", [2.0, -2.0, 1.0], norm)
entry(G, "x:norm() ^ 2", [0, 0], lambda x: x.norm() ** 2, second=[0, 0], why="choice",
      note="the norm has no second derivative at 0: write x:square():sum()")
entry(G, "x:var()", [2, 2, 2], lambda x: x.var())
entry(G, "x:std()", [2, 2, 2], lambda x: x.std())
entry(G, "x:std(-1)", [[1, 1], [1, 3]], lambda x: x.std(-1))
entry(G, "x:std({ correction = 0 })", [5], lambda x: x.std(correction=0))
entry(G, "x:var({ correction = 0 })", [5], lambda x: x.var(correction=0))
w = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
LW = "nj.tensor({ 1, 2, 3 }, { dtype = x:dtype() })"
entry(G, f"x:softmax() * {LW}", [-INF, 1, 2], lambda x: x.softmax(-1) * w)
entry(G, "x:log_softmax():narrow(1, 2, 1)", [-INF, 1, 2], lambda x: x.log_softmax(-1)[1])
entry(G, "x:logsumexp()", [-INF, 1, 2], lambda x: x.logsumexp(-1))
entry(G, "x:logsumexp()", [-INF, -INF], lambda x: x.logsumexp(-1))
entry(G, "x:logsumexp()", [1000, 1000], lambda x: x.logsumexp(-1))
entry(G, "x:logaddexp(nj.zeros(3, { dtype = x:dtype() }))", [-INF, 0, 1000],
      lambda x: torch.logaddexp(x, torch.zeros_like(x)), second=[0, 0.25, 0], why="limit")
entry(G, "x:logaddexp(0)", [INF], lambda x: torch.logaddexp(x, torch.zeros_like(x)))
LC = "x:logcumsumexp(1)"
entry(G, LC, [1, 2, 3], lambda x: x.logcumsumexp(0))
entry(G, LC, [-INF, 2, 3], lambda x: x.logcumsumexp(0), first=[0, 1 + 1 / (1 + math.e), 1 / (1 + math.exp(-1))],
      second=[0, 0, 0], why="limit")
T = lambda *numbers: torch.tensor(numbers, dtype=torch.float64)
CS = "x:cosine_similarity(nj.tensor({ 1, 1 }, { dtype = x:dtype() }))"
SMALL = "a norm below 1e-8 is taken for 1e-8, and is constant there"
entry(G, CS, [0, 0], lambda x: F.cosine_similarity(x, T(1, 1), dim=-1), second=[0, 0], why="limit", note=SMALL)
entry(G, CS, [[0, 0], [3, -4]], lambda x: F.cosine_similarity(x, T(1, 1).expand(2, 2), dim=-1),
      second=[0, 0, -0.020590949468152257, 0.053853252455167464], why="limit", note=SMALL)
entry(G, "x:cosine_similarity(nj.zeros(2, { dtype = x:dtype() }))", [1, 2],
      lambda x: F.cosine_similarity(x, T(0, 0), dim=-1), note=SMALL)
entry(G, "x:cdist(nj.tensor({ { 0, 0 }, { 1, 2 } }, { dtype = x:dtype() }))", [[0, 0], [1, 1]],
      lambda x: (x.unsqueeze(1) - torch.tensor([[0.0, 0], [1, 2]], dtype=torch.float64)).norm(dim=-1),
      second=[0.1788854381999832, -0.08944271909999157, 1, 0], why="choice",
      note="equal points have no gradient, as the norm at 0")

# Order statistics and running products ------------------------------------------------------------------------------
H = "Order and running products"
entry(H, "x:median()", [3, 1, 2], lambda x: x.quantile(0.5))
entry(H, "x:quantile(0.25)", [1, 2, 3, 4], lambda x: x.quantile(0.25))
entry(H, "x:sort():narrow(1, 1, 2)", [1, 3, 1, 2], lambda x: x.sort(stable=True)[0][:2], note="the first of equals")
entry(H, "x:topk(1)", [3, 1, 3], lambda x: x.topk(1)[0], note="the first of equals")
entry(H, "x:cumprod(1)", [2, 0, 3], lambda x: x.cumprod(0))
entry(H, "x:cumprod(1)", [0, 2, 3], lambda x: x.cumprod(0))
entry(H, "x:cumprod(1)", [0, 0, 3], lambda x: x.cumprod(0))

# Soft labels ----------------------------------------------------------------------------------------------------------
I = "Soft labels"
entry(I, "x:pick(nj.tensor({ 0, 0.25, 0.75 }, { dtype = x:dtype() }))", [-1, -2, -3],
      lambda x: (x * T(0, 0.25, 0.75)).sum(), note="of the logarithms of probabilities")
entry(I, "x:pick(nj.tensor({ 0, 0.25, 0.75 }, { dtype = x:dtype() }))", [-INF, -2, -3],
      lambda x: torch.xlogy(T(0, 0.25, 0.75), x.exp()).sum(), first=[0, 0.25, 0.75], second=[0, 0, 0], why="limit",
      note="a class without a share counts nothing, whatever its logarithm is")
entry(I, "nj.tensor({ -1, -2, -3 }, { dtype = x:dtype() }):pick(x)", [0, 0.25, 0.75],
      lambda x: torch.xlogy(x, T(-1, -2, -3).exp()).sum(), note="of the shares: the logarithms, also where a share is 0")
entry(I, "nj.tensor({ -math.huge, -2, -3 }, { dtype = x:dtype() }):pick(x)", [0, 0.25, 0.75],
      lambda x: torch.xlogy(x, T(-INF, -2, -3).exp()).sum(), note="of the shares: 0 where the logarithm is infinite")
entry(I, "nj.zeros(2, { dtype = x:dtype() }):xlogy(x)", [0, -1], lambda x: torch.xlogy(T(0, 0), x),
      first=[0, 0], second=[0, 0], why="limit")


HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = """# Gradients where functions have corners, zeros and ends

What `nj.grad` gives there, and what the gradient of that gradient is. Both are sums over the results where there is more than
one. "PyTorch": the numbers are those of PyTorch in float64. "limit": PyTorch gives NaN or a number that is not the derivative, the
derivative exists, and this is it. "choice": there is no derivative, and this is what was decided on.

The tables are written by `Tests/Golden/corners.py` together with the numbers that `CornerTests` holds every row to: in float32 and
float64, planned and eager, on every instruction set.

## What to write instead

- A branch of `nj.where` that is not taken still passes 0 times its slope on, which is NaN where the slope is infinite. Bring the
  operand into range inside the branch: `nj.where(x:gt(0), x:clamp(1e-9):log(), 0)` and not `nj.where(x:gt(0), x:log(), 0)`.
- `p * p:log()` is NaN where p is 0. Write `p:xlogy(p)`; of logits, `log_p:exp() * log_p:clamp(-1e4)`.
- `x:norm() ^ 2` is `x:square():sum()`, which has second derivatives everywhere.
- `slogdet` of a singular matrix is (0, -inf); its gradient does not exist and is an error of the run. `det` has gradients of first
  and second order there; third derivatives need an inverse.
- `std` of one element with `correction = 1` divides by nothing and is an error when it is recorded.
"""


def clean(value):
    """JSON has no infinities: they travel as text."""
    if isinstance(value, list):
        return [clean(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value


def short(value):
    if isinstance(value, list):
        return "(" + ", ".join(short(one) for one in value) + ")"
    if not math.isfinite(value):
        return clean(value)
    return "0" if abs(value) < 1e-9 else f"{value:.4g}"


def line(one):
    function = one["function"].replace(", { dtype = x:dtype() }", "").replace("|", "\\|")
    cells = [f"`{function}`", short(one["points"]), short(one["first"]), short(one["second"]), one["source"], one["note"]]
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    for one in ENTRIES:
        one["line"] = line(one)
    with open(os.path.join(HERE, "corners.json"), "w") as file:
        rows = ",\n".join(json.dumps({k: clean(v) for k, v in one.items()}) for one in ENTRIES)
        file.write("[\n" + rows + "\n]\n")
    page = PAGE
    for group in dict.fromkeys(one["group"] for one in ENTRIES):
        page += f"\n## {group}\n\n| function | at | gradient | second | source | |\n|---|---|---|---|---|---|\n"
        page += "\n".join(one["line"] for one in ENTRIES if one["group"] == group) + "\n"
    with open(os.path.join(HERE, "../../docs/gradients.md"), "w") as file:
        file.write(page)
