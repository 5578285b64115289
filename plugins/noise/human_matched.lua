local nj = require "nightjar"
local files = require "label_files.lua"

local owner = "noise model 'human_matched'"

-- How often people gave each class to each true one, as rows of probabilities; a class that does not occur stays.
local function estimate(self, classes)
  local given = files.tensor(self, owner, "labels", self.key)
  local truth = files.tensor(self, owner, "truth", self.truth_key)
  if truth:rank() ~= 1 or truth:size(1) ~= given:size(1) then
    return nil, "'truth' must be as many labels as 'labels'"
  end
  if given:rank() == 2 and given:size(2) ~= classes then
    return nil, string.format("rows of %d numbers for %d classes", given:size(2), classes)
  end
  local largest = math.max(truth:max():item(), given:rank() == 1 and given:max():item() or 0)
  if largest > classes then
    return nil, string.format("there are labels up to %d, and %d classes", largest, classes)
  end
  local shares = given:rank() == 1 and given:int():one_hot(classes, { dtype = "float64" })
    or files.probabilities(given)
  local sums = truth:int():one_hot(classes, { dtype = "float64" }):matmul(shares, { transpose_a = true })
  local counts = sums:sum(-1, { keep = true })
  return nj.where(counts:gt(0), sums / counts:maximum(1), nj.eye(classes, { dtype = "float64" })):totable()
end

-- The share of wrong labels among all.
local function rate_of(self, classes)
  local given = files.tensor(self, owner, "labels", self.key)
  local truth = files.tensor(self, owner, "truth", self.truth_key):int()
  if given:rank() == 1 then
    return given:int():ne(truth):double():mean():item()
  end
  local own = truth:one_hot(classes, { dtype = "float64" })
  return 1 - (files.probabilities(given) * own):sum(-1):mean():item()
end

local function rows_of(self, classes)
  local rows, fault = estimate(self, classes)
  if rows == nil or self.like == "matrix" then
    return rows, fault
  end
  local rate = rate_of(self, classes)
  for i = 1, classes do
    for j = 1, classes do
      local other = self.like == "symmetric" and rate / (classes - 1) or j == i % classes + 1 and rate or 0
      rows[i][j] = j == i and 1 - rate or other
    end
  end
  return rows
end

-- Wei et al. 2022, section 4.2: synthetic noise beside that of people, by which what comes from the matrix is told from
-- what comes from the samples.
return nj.noise {
  name = "human_matched",
  doc = "Synthetic noise with the transition matrix that people's labels have, or with their rate alone.",
  params = {
    labels = files.labels, key = files.key, truth_key = files.truth_key,
    truth = { type = "any", doc = "the clean labels of the same file, in the same form" },
    like = {
      default = "matrix", choices = { "matrix", "symmetric", "pair" },
      doc = "people's matrix, or symmetric noise or pair flips of their rate",
    },
  },
  example = {
    labels = nj.arange(300, { dtype = "int32" }) % 3 + 1, truth = nj.arange(300, { dtype = "int32" }) // 100 % 3 + 1,
  },
  check = function(self, classes)
    local fault = files.fault(self)
    if fault == nil and classes then
      fault = select(2, rows_of(self, classes))
    end
    return fault
  end,
  matrix = function(self, classes)
    return (rows_of(self, classes))
  end,
  apply = function(self, labels, ctx)
    return nj.noise.draw(labels, rows_of(self, ctx.classes), ctx)
  end,
}
