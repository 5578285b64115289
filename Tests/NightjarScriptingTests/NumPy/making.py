"""Making and reading tensors."""

import numpy as np

from draw import ALL, EVERYTHING, Result, done, listed, operation


@operation("arange", *ALL)
def _(draw):
    first, last, step = draw.below(20) - 10, draw.below(20) - 10, [1, 2, -1, -3][draw.below(4)]
    return done(draw, f'nj.arange({first}, {last}, {step}, {{ dtype = "{draw.dtype}" }})', np.arange(first, last, step))


@operation("linspace")
def _(draw):
    first, last, count = draw.below(20) - 10, draw.below(20) - 10, 1 + draw.below(20)
    return done(draw, f'nj.linspace({first}, {last}, {count}, {{ dtype = "{draw.dtype}" }})',
                Result(np.linspace(first, last, count), scale=20))


@operation("eye", *ALL)
def _(draw):
    rows, columns = draw.below(6), draw.below(6)
    return done(draw, f'nj.eye({rows}, {columns}, {{ dtype = "{draw.dtype}" }})', np.eye(rows, columns))


@operation("full", *ALL)
def _(draw):
    shape, value = draw.shape(), draw.below(9) - 4
    kind = draw.below(3)
    text = (f'nj.zeros({listed(shape)}, {{ dtype = "{draw.dtype}" }})', f'nj.ones({listed(shape)}, {{ dtype = "{draw.dtype}" }})',
            f'nj.full({listed(shape)}, {value}, {{ dtype = "{draw.dtype}" }})')[kind]
    return done(draw, text, np.full(shape, (0, 1, value)[kind]))


@operation("totable", *ALL)
def _(draw):
    a = draw.tensor(draw.shape(zeros=False), extremes=EVERYTHING)
    return done(draw, f'nj.tensor(a:totable(), {{ dtype = "{draw.dtype}" }})', a)


@operation("item", *ALL)
def _(draw):
    a = draw.tensor((1,) * draw.below(6), extremes=EVERYTHING)
    return done(draw, f'nj.tensor(a:item(), {{ dtype = "{draw.dtype}" }})', a.reshape(()))
