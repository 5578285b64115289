-- Transition matrices of label noise, T[i][j] = P(given = j | true = i): what is wrong with one, its rows as numbers,
-- and its inverse. A matrix is a table of rows, a tensor, or a noise model that knows its own.
local part = ...
local ranges = part "ranges"

-- So many rows of as many numbers take 1.6 GB as a table of tables.
local transitions = { most_rows = 10000 }

local function too_many(classes)
  if classes and (math.type(classes) ~= "integer" or classes > transitions.most_rows) then
    return string.format("a matrix has rows for 2 to %d classes, got %s", transitions.most_rows, ranges.show(classes))
  end
end

-- Rows that were worked out in float32 sum to 1 within its rounding.
local function tolerance(classes)
  return math.max(1e-6, classes * 2 ^ -23)
end

-- An inverse with entries beyond this turns the rounding of float32 into numbers of the size of the loss.
local largest_condition = 2 ^ 23

local function entry_text(value)
  return (type(value) == "number" or type(value) == "string" or value == nil) and ranges.show(value)
    or ranges.with_article(ranges.kind_of(value))
end

-- The highest position in a table: `#` may stop at a hole.
local function extent(list)
  local last = 0
  for key in pairs(list) do
    if math.type(key) == "integer" and key > last then
      last = key
    end
  end
  return last
end

local function plain(matrix, classes)
  if nj.is_tensor(matrix) then
    local shape = matrix:shape()
    local wanted = classes or math.max(shape[1] or 0, 2)
    if #shape ~= 2 or shape[1] ~= wanted or shape[2] ~= wanted then
      return nil, string.format("the matrix must have shape (%d, %d), got (%s)", wanted, wanted,
        table.concat(shape, ", "))
    end
    return matrix:double():totable()
  elseif type(matrix) == "table" and type(matrix.matrix) == "function" then
    if classes == nil then
      return nil
    end
    return matrix:matrix(classes)
  elseif type(matrix) ~= "table" then
    return nil, "the matrix must be a table of rows, a tensor or a noise model that knows its matrix, got "
      .. entry_text(matrix)
  end
  return matrix
end

--- The rows as lists of numbers from 0 to 1, or nil and what is wrong. `classes` is nil where it is not known: then
--- the matrix says how many there are, and a noise model, whose matrix follows from it, gives nil.
function transitions.rows(matrix, classes)
  local excess = too_many(classes or nj.is_tensor(matrix) and matrix:rank() > 0 and matrix:size(1))
  if excess then
    return nil, excess
  end
  local given, fault = plain(matrix, classes)
  if given == nil then
    return nil, fault
  end
  classes = classes or extent(given)
  excess = too_many(classes)
  if excess then
    return nil, excess
  end
  if extent(given) ~= classes then
    return nil, string.format("the matrix must have %d rows, got %d", classes, extent(given))
  elseif classes < 2 then
    return nil, string.format("the matrix needs a row for each of at least 2 classes, got %d", classes)
  end
  local rows, slack = {}, tolerance(classes)
  for i = 1, classes do
    local row, clean, sum = given[i], {}, 0
    if type(row) ~= "table" or nj.is_tensor(row) then
      return nil, string.format("row %d must be a list of %d probabilities, got %s", i, classes, entry_text(row))
    elseif extent(row) > classes then
      return nil, string.format("row %d must have %d entries, got %d", i, classes, extent(row))
    end
    for j = 1, classes do
      local p = row[j]
      if type(p) ~= "number" or not (p >= -slack and p <= 1 + slack) then
        return nil, string.format("entry [%d][%d] is %s: a probability is a number from 0 to 1", i, j, entry_text(p))
      end
      clean[j], sum = math.min(math.max(p, 0), 1), sum + p
    end
    if math.abs(sum - 1) > slack then
      return nil, string.format("row %d sums to %.12g, not to 1", i, sum)
    end
    rows[i] = clean
  end
  return rows
end

--- The inverse as a float64 tensor, or nil and why there is none.
function transitions.inverse(matrix, classes)
  local rows, fault = transitions.rows(matrix, classes)
  if rows == nil then
    return nil, fault
  end
  -- A singular matrix is an error of the run. Rows of T sum to 1, so that the norm of the inverse is the condition.
  local found, inverse, norm = pcall(function()
    local result = nj.tensor(rows, { dtype = "float64" }):inverse():copy()
    return result, result:abs():sum(-1):max():item()
  end)
  if not found or norm ~= norm or norm > largest_condition then
    return nil, "the matrix has no inverse: its rows depend on each other (the loss 'forward' needs none)"
  end
  return inverse
end

return transitions
