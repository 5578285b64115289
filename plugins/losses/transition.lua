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

-- The matrix as rows of numbers, checked.
local function rows_of(loss, classes)
  local name, matrix, rate = loss.definition.name, loss.matrix, loss.rate
  if (matrix == nil) == (rate == nil) then
    error("loss '" .. name .. "' needs either 'matrix' or 'rate', for example nj.losses." .. name
      .. " { rate = 0.4 }", 0)
  end
  local rows = matrix
  if rate ~= nil then
    rows = nj.noise.uniform({ rate = rate }):matrix(classes)
  elseif nj.is_tensor(matrix) then
    rows = matrix:double():totable()
  elseif type(matrix) == "table" and type(matrix.matrix) == "function" then
    rows = matrix:matrix(classes)
  end
  nj.noise.check_matrix("loss '" .. name .. "'", rows, classes)
  return rows
end

local known = setmetatable({}, { __mode = "k" })

--- A tensor that `make` computes from the rows; kept for each loss, number of classes and dtype.
function transition.tensor(loss, logits, make)
  local classes, dtype = logits:size(-1), logits:dtype()
  local kept = known[loss] or {}
  known[loss] = kept
  local key = classes .. dtype
  if kept[key] == nil then
    local made = make(rows_of(loss, classes), loss.definition.name)
    kept[key] = nj.is_tensor(made) and made:to(dtype):copy() or nj.tensor(made, { dtype = dtype })
  end
  return kept[key]
end

return transition
