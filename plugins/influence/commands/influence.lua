local nj = require "nightjar"

local usage = "usage: nightjar influence [--out FILE.npz] MODEL.npz..."

local function percent(share)
  return string.format("%.1f %%", 100 * share)
end

-- Bars of how many scores lie in each tenth from -1 to 1, those without any left out.
local function histogram(values)
  local bins, most = {}, 0
  for i = 1, 20 do
    bins[i] = 0
  end
  for _, value in ipairs(values) do
    local bin = math.min(20, math.max(1, math.floor((value + 1) * 10 + 1e-9) + 1))
    bins[bin] = bins[bin] + 1
    most = math.max(most, bins[bin])
  end
  local lines = {}
  for i, count in ipairs(bins) do
    if count > 0 then
      lines[#lines + 1] = string.format("%5.1f to %4.1f %7d  %s", (i - 11) / 10, (i - 10) / 10, count,
        ("█"):rep(math.max(1, math.floor(40 * count / most + 0.5))))
    end
  end
  return table.concat(lines, "\n")
end

-- Scores that are known, and which of them belong to wrong labels; nil where no true labels are known.
local function known(result)
  local values, wrong = {}, result.true_labels and {}
  local scores = result.memorization:totable()
  local given, truth = result.labels:totable(), result.true_labels and result.true_labels:totable()
  for i, score in ipairs(scores) do
    if score == score then
      values[#values + 1] = score
      if wrong then
        wrong[#wrong + 1] = given[i] ~= truth[i]
      end
    end
  end
  return values, wrong
end

local function mean(list)
  local sum = 0
  for _, value in ipairs(list) do
    sum = sum + value
  end
  return sum / #list
end

-- How many scores are at least a threshold, among right and among wrong labels.
local function by_label(values, wrong, high)
  local found, of = { [true] = 0, [false] = 0 }, { [true] = 0, [false] = 0 }
  for i, value in ipairs(values) do
    of[wrong[i]] = of[wrong[i]] + 1
    found[wrong[i]] = found[wrong[i]] + (value >= high and 1 or 0)
  end
  if of[true] == 0 or of[false] == 0 then
    return nil
  end
  local auroc = nj.detections.auroc {} (nj.tensor(values, { dtype = "float64" }), nj.tensor(wrong, { dtype = "bool" }))
  return string.format("memorization of at least %g: %s of the wrong labels (%d), %s of the right ones (%d)\n"
    .. "wrong labels found by memorization: AUROC %.4f", high, percent(found[true] / of[true]), of[true],
    percent(found[false] / of[false]), of[false], auroc)
end

return nj.command {
  name = "influence",
  doc = "Memorization and influence of samples from what was kept of many models, one file each (feldman_zhang.lua).",
  usage = "MODEL.npz...",
  params = {
    out = { default = "", doc = "an .npz file for all estimates" },
    least = { default = 5, type = "integer", min = 1, doc = "models with and without a sample" },
    keep = { default = 10, type = "integer", min = 1, doc = "train samples of the largest influence, for each test "
      .. "sample" },
    high = { default = 0.25, doc = "from where on a memorization is high" },
  },
  run = function(self, arguments)
    if #arguments == 0 then
      error(usage)
    elseif self.out ~= "" and not self.out:match("%.npz$") then
      error("--out names an .npz file, got '" .. self.out .. "'")
    end
    local result = nj.estimators.subsampling { least = self.least, keep = self.keep } (arguments)
    if self.out ~= "" then
      nj.save(self.out, result)
    end
    local values, wrong = known(result)
    local count = result.memorization:numel()
    local lines = { string.format("%d models, %d samples, %d of them with at least %d models on either side",
      #arguments, count, #values, self.least) }
    if #values == 0 then
      lines[1] = lines[1] .. ": more models are needed"
      return lines[1]
    end
    local errors = {}
    for _, value in ipairs(result.memorization_error:totable()) do
      errors[#errors + 1] = value == value and value or nil
    end
    lines[#lines + 1] = string.format("memorization: mean %.4f, its standard errors %.4f in the mean\n\n%s\n",
      mean(values), mean(errors), histogram(values))
    lines[#lines + 1] = wrong and by_label(values, wrong, self.high) or nil
    if result.influence then
      local pairs_found = result.influence:ge(0.15):int():sum():item()
      lines[#lines + 1] = string.format("influence of at least 0.15 on test samples: %d pairs among the %d first ones "
        .. "of each", pairs_found, result.influence:size(2))
    end
    return table.concat(lines, "\n")
  end,
}
