-- Measured curves beside the published ones. A curve is a table of percent by epoch, with holes where nothing was
-- measured.
local published = require "curves.lua"
local figures = require "figures.lua"

local compare = { published = published, figures = figures }

--- The published curves of a setting (j1, and for some j2), or an empty table.
function compare.curves_of(figure, loss, rate)
  local by_loss = published[figure] and published[figure][loss]
  return by_loss and by_loss[rate] or {}
end

--- Epochs in which both are known.
function compare.common(one, other)
  local epochs = {}
  for epoch, value in pairs(one or {}) do
    local beside = (other or {})[epoch]
    if value == value and beside and beside == beside then
      epochs[#epochs + 1] = epoch
    end
  end
  table.sort(epochs)
  return epochs
end

--- Of the differences to a published curve: the sum of their squares, how many there are, and how many are at most 3.
function compare.differences(curve, expected)
  local sum, near, epochs = 0, 0, compare.common(curve, expected)
  for _, epoch in ipairs(epochs) do
    local difference = curve[epoch] - expected[epoch]
    sum = sum + difference ^ 2
    near = near + (math.abs(difference) <= 3 and 1 or 0)
  end
  return sum, #epochs, near
end

-- The losses that stand for a published one: alpha of rll is not known.
local function losses_of(name)
  local list = {}
  for i, alpha in ipairs(name == "rll" and figures.alphas or {}) do
    list[i] = string.format("rll{alpha=%g}", alpha)
  end
  return #list > 0 and list or { name }
end

--- Every published curve of a column as a line beside those of the runs, for nj.figure; `only` names a figure.
function compare.overlays(column, only)
  local list = {}
  for figure, by_loss in pairs(published) do
    for name, by_rate in pairs((only == nil or figure == only) and by_loss or {}) do
      for rate, curves in pairs(by_rate) do
        local points = {}
        for epoch, value in ipairs(curves[column] or {}) do
          points[epoch] = { epoch, value }
        end
        for _, loss in ipairs(#points > 0 and losses_of(name) or {}) do
          list[#list + 1] = { label = "published", points = points,
            cell = { figure = figure, loss = loss, rate = rate } }
        end
      end
    end
  end
  return list
end

--- A column of a training's records as a curve.
function compare.curve(records, column)
  local curve = {}
  for _, record in ipairs(records) do
    curve[record.epoch] = record[column]
  end
  return curve
end

return compare
