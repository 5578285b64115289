-- What `forward` and `backward` share: the matrix T[i][j] = P(given label j | true class i) from what a script gave.
local nj = require "nightjar"

local transition = {}

transition.params = {
  matrix = {
    type = "any", optional = true,
    doc = "rows T[i][j] = P(given j | true i): a table, a tensor, or a noise model that knows its matrix",
  },
  rate = { type = "number", optional = true, min = 0, max = 1, doc = "in place of a matrix: uniform noise" },
}

local function matrix_of(loss)
  return loss.rate ~= nil and nj.noise.uniform { rate = loss.rate } or loss.matrix
end

--- For `check`: what is wrong with the parameters, as far as `classes` is known. `find` is nj.noise.rows, or
--- nj.noise.inverse for a loss that inverts the matrix.
function transition.fault(loss, classes, find)
  if (loss.matrix == nil) == (loss.rate == nil) then
    return "it needs either 'matrix' or 'rate', for example nj.losses." .. loss.definition.name .. " { rate = 0.4 }"
  end
  return select(2, find(matrix_of(loss), classes))
end

local known = setmetatable({}, { __mode = "k" })

--- A tensor that `make` computes from the matrix; kept for each loss, number of classes and dtype.
function transition.tensor(loss, logits, make)
  local classes, dtype = logits:size(-1), logits:dtype()
  local kept = known[loss] or {}
  known[loss] = kept
  local key = classes .. dtype
  if kept[key] == nil then
    local made = make(matrix_of(loss), classes)
    kept[key] = nj.is_tensor(made) and made:to(dtype):copy() or nj.tensor(made, { dtype = dtype })
  end
  return kept[key]
end

return transition
