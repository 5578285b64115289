"""Operations element by element."""

import numpy as np
from scipy import special

from draw import ALL, ELEMENTARY, EVERYTHING, FEW, SPECIAL, OutOfRange, Result, done, operation


def gelu(x):
    # Where x is far below zero, 1 + erf is cancellation, in float64 as well: the definition, in the engine's steps.
    return 0.5 * x * (1 + special.erf(x * np.sqrt(0.5)))


def silu(x):
    return x * special.expit(x)


UNARY = {
    "neg": np.negative, "abs": np.abs, "sign": np.sign, "exp": np.exp, "expm1": np.expm1, "log": np.log,
    "log1p": np.log1p, "sqrt": np.sqrt, "rsqrt": lambda x: 1 / np.sqrt(x), "reciprocal": lambda x: 1 / x,
    "sin": np.sin, "cos": np.cos, "tanh": np.tanh, "sigmoid": special.expit, "erf": special.erf,
    "relu": lambda x: np.maximum(x, 0), "floor": np.floor, "ceil": np.ceil, "round": np.round, "square": np.square,
}
WHOLE = {"neg", "abs", "sign", "square"}

for name, function in UNARY.items():
    def make(draw, name=name, function=function):
        positive = name in ("log", "log1p", "sqrt", "rsqrt") and draw.below(4) != 0
        a = draw.tensor(draw.shape(), 0.0 if positive else -30.0, 30.0, extremes=EVERYTHING)
        return done(draw, f"a:{name}()", function(a))

    operation(name, "float32", "float64", *(["int32"] if name in WHOLE else []))(make)


@operation("isnan")
def _(draw):
    a = draw.tensor(draw.shape(), extremes=EVERYTHING)
    return done(draw, "a:isnan()", Result(np.isnan(a), dtype="bool"))


@operation("isfinite")
def _(draw):
    a = draw.tensor(draw.shape(), extremes=EVERYTHING)
    return done(draw, "a:isfinite()", Result(np.isfinite(a), dtype="bool"))


@operation("leaky_relu")
def _(draw):
    a = draw.tensor(draw.shape(), extremes=SPECIAL)
    slope = round(draw.rng.uniform(0, 1), 3)
    return done(draw, f"a:leaky_relu({slope})", np.where(a > 0, a, slope * a))


@operation("elu")
def _(draw):
    a = draw.tensor(draw.shape(), -30, 30, extremes=SPECIAL)
    alpha = round(draw.rng.uniform(0, 2), 3)
    return done(draw, f"a:elu({alpha})", np.where(a > 0, a, alpha * np.expm1(np.minimum(a, 0))), bound=FEW)


@operation("softplus")
def _(draw):
    a = draw.tensor(draw.shape(), -80, 80, extremes=SPECIAL)
    return done(draw, "a:softplus()", np.logaddexp(a, 0), bound=FEW)


@operation("gelu")
def _(draw):
    a = draw.tensor(draw.shape(), -4, 30, extremes=SPECIAL)
    # 1 + erf is relative to 1.
    return done(draw, "a:gelu()", Result(gelu(a), scale=4), bound=FEW)


@operation("silu")
def _(draw):
    a = draw.tensor(draw.shape(), -80, 80, extremes=SPECIAL)
    return done(draw, "a:silu()", silu(a), bound=FEW)


def binary(name, function, *dtypes, sign=None, method=None, bound=ELEMENTARY, mask=False, extremes=EVERYTHING,
           narrow=False):
    @operation(name, *dtypes)
    def _(draw):
        shape = draw.shape()
        shapes = [shape, draw.partner(shape)]
        if draw.coin():
            shapes.reverse()
        kind = draw.below(6)
        number = draw.below(9) - 4 if draw.dtype == "int32" else round(float(draw.rng.uniform(-3, 3)), 3)
        literal = float(np.float32(number)) if draw.dtype == "float32" else number
        if kind == 0:
            a, b = draw.tensor(shapes[0], extremes=extremes), literal
            texts = ("a", f"({number})")
        elif kind == 1 and sign:
            a, b = literal, draw.tensor(shapes[0], extremes=extremes)
            texts = (f"({number})", "a")
        else:
            a, b = draw.tensor(shapes[0], extremes=extremes), draw.tensor(shapes[1], extremes=extremes)
            texts = ("a", "b")
        text = f"{texts[0]} {sign} {texts[1]}" if sign else f"{texts[0]}:{method}({texts[1]})"
        kind = draw.dtype if narrow else None
        with np.errstate(all="ignore"):
            value = function(np.asarray(a, kind), np.asarray(b, kind))
        return done(draw, text, Result(value, dtype="bool" if mask else None), bound=bound)


def power(a, b):
    return np.power(a.astype("float64"), b)


def remainder(a, b):
    """Lua's %, of which x % 0 of whole numbers is an error."""
    if a.dtype.kind == "i" and b.dtype.kind == "i" and np.broadcast(a, b).size and np.any(b == 0):
        raise OutOfRange
    return np.mod(a, b)


def quotient(a, b):
    """Lua's //, of which x // 0 of whole numbers is an error: floor(a / b), in the type of the tensors."""
    if a.dtype.kind != "i":
        return np.floor(a / b)
    if np.broadcast(a, b).size and np.any(b == 0):
        raise OutOfRange
    return np.floor_divide(a, b)


binary("add", np.add, *ALL, sign="+")
binary("sub", np.subtract, *ALL, sign="-")
binary("mul", np.multiply, *ALL, sign="*")
binary("div", np.divide, sign="/")
binary("pow", power, sign="^", extremes=[0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 2.0, 3.0, 0.5, 1e10, 1e-10])
binary("mod", remainder, *ALL, sign="%", extremes=SPECIAL)
binary("floor_divide", quotient, *ALL, sign="//", bound={"float32": 0.0, "float64": 0.0, "int32": 0.0}, narrow=True)
binary("maximum", np.maximum, *ALL, method="maximum")
binary("minimum", np.minimum, *ALL, method="minimum")
for name, function in {
    "eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
}.items():
    binary(name, function, *ALL, method=name, mask=True, extremes=SPECIAL)

for name, function in {
    "logical_and": np.logical_and, "logical_or": np.logical_or, "logical_xor": np.logical_xor,
}.items():
    @operation(name, "int32")
    def _(draw, name=name, function=function):
        shape = draw.shape()
        a = draw.give(draw.rng.random(size=shape) < 0.5)
        b = draw.give(draw.rng.random(size=draw.partner(shape)) < 0.5)
        return done(draw, f"a:{name}(b)", Result(function(a, b), dtype="bool"))


@operation("logical_not", "int32")
def _(draw):
    a = draw.give(draw.rng.random(size=draw.shape()) < 0.5)
    return done(draw, "a:logical_not()", Result(~a, dtype="bool"))


@operation("clamp", *ALL)
def _(draw):
    a = draw.tensor(draw.shape(), extremes=SPECIAL)
    low, high = sorted((draw.below(9) - 4, draw.below(9) - 4))
    kind = draw.below(3)
    low, high = (None if kind == 1 else low), (None if kind == 2 else high)
    text = f"a:clamp({'nil' if low is None else low}, {'nil' if high is None else high})"
    value = a if low is None else np.maximum(a, low)
    return done(draw, text, value if high is None else np.minimum(value, high))


@operation("where", *ALL)
def _(draw):
    shape = draw.shape()
    a = draw.give(draw.rng.random(size=draw.partner(shape)) < 0.5)
    b = draw.tensor(shape, extremes=EVERYTHING)
    if draw.coin():
        return done(draw, "nj.where(a, b, 2)", np.where(a, b, 2))
    c = draw.tensor(draw.partner(shape), extremes=EVERYTHING)
    return done(draw, "nj.where(a, b, c)", np.where(a, b, c))


@operation("cast", "float32", "float64", "int32", "uint8", "bool")
def _(draw):
    source = ["float32", "float64", "int32"][draw.below(3)]
    if draw.dtype in ("int32", "uint8"):
        # A few numbers of a tensor that is mostly within the range: one outside is an error.
        low, high = (0, 255) if draw.dtype == "uint8" else (-3e5, 3e5)
        if source == "int32":
            a = draw.ints(draw.shape(), int(low), 256)
        else:
            a = draw.tensor(draw.shape(), low, high, extremes=[0.0, -0.0, high], dtype=source)
        value = np.trunc(a).astype("int64")
    else:
        a = draw.tensor(draw.shape(), -300, 300, extremes=SPECIAL + [1e12, -1e12, 1e300], dtype=source)
        value = a != 0 if draw.dtype == "bool" else a
    return done(draw, f'a:to("{draw.dtype}")', value)


for name in ("copy", "stop_gradient"):
    @operation(name, *ALL)
    def _(draw, name=name):
        return done(draw, f"a:{name}()", draw.tensor(draw.shape(), extremes=EVERYTHING))
