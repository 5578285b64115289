-- Labels that are known to be wrong, from files: the benchmark of Northcutt, Athalye and Mueller ("Pervasive label
-- errors in test sets", NeurIPS 2021; cleanlab/label-errors, mturk/NAME_mturk.json), or positions or a mask in .npy.
local nj = require "nightjar"

local known_errors = {}

-- Of five people, so many have to have chosen the given label: with fewer it counts as wrong, which gives the 15 errors
-- of MNIST and the 54 of CIFAR-10 that are published.
local enough = 3

local function whole(value)
  return type(value) == "number" and math.tointeger(value)
end

-- Positions from 0 of a list of the benchmark. Entries also have the given label from 0, which has to be the data's:
-- an index says nothing of another order or another part.
local function of_votes(list, path, labels)
  local wrong = {}
  for i, entry in ipairs(list) do
    local votes = type(entry) == "table" and entry.mturk
    local place, given = whole(entry.id), whole(entry.given_original_label)
    if type(votes) ~= "table" or not whole(votes.given) or not place or not given then
      error(string.format("%s: entry %d has no 'id', 'given_original_label' and 'mturk' with 'given', as the lists of "
        .. "cleanlab/label-errors have them", path, i))
    elseif place < 0 or place >= #labels then
      error(string.format("%s: entry %d is about sample %d, and the data set has 0 to %d", path, i, place, #labels - 1))
    elseif labels[place + 1] - 1 ~= given then
      error(string.format("%s: sample %d has the label %d there and %d in the data set (from 0): it is about another "
        .. "part or order, such as --part test", path, place, given, labels[place + 1] - 1))
    end
    if votes.given < enough then
      wrong[#wrong + 1] = place
    end
  end
  return wrong
end

local function of_array(array, path, count)
  if not nj.is_tensor(array) or array:rank() ~= 1 then
    error(path .. " holds positions from 0, or true and false for each sample, in one dimension")
  elseif array:dtype() == "bool" then
    if array:numel() ~= count then
      error(string.format("%s: a mask of %d for %d samples", path, array:numel(), count))
    end
    return array:nonzero():reshape(-1):int():totable(), 1
  elseif array:dtype():find("^float") then
    error(path .. " holds fractions: positions are whole numbers")
  end
  local positions = array:int():totable()
  for _, place in ipairs(positions) do
    if place < 0 or place >= count then
      error(string.format("%s: there is no sample %d: the data set has 0 to %d", path, place, count - 1))
    end
  end
  return positions, 0
end

--- A mask (samples) of the labels that a list of the benchmark, or a tensor of positions from 0 or of true and false,
--- says are wrong; `path` is what messages call it, `labels` are those of the data set, from 1.
function known_errors.mask(content, path, labels)
  local count, first = labels:numel(), 0
  local positions
  if type(content) == "table" and not nj.is_tensor(content) then
    if content[1] == nil then
      error(path .. " is no list of samples, as those of cleanlab/label-errors are")
    end
    positions = of_votes(content, path, labels:totable())
  else
    positions, first = of_array(content, path, count)
  end
  local mask = {}
  for i = 1, count do
    mask[i] = false
  end
  for _, place in ipairs(positions) do
    mask[place + 1 - first] = true
  end
  return nj.tensor(mask, { dtype = "bool" })
end

--- The same from a file.
function known_errors.read(path, labels)
  if not path:match("%.json$") and not path:match("%.npy$") then
    error("known errors are in a .json file of cleanlab/label-errors or in .npy, got '" .. path .. "'")
  end
  return known_errors.mask(nj.load(path), path, labels)
end

return known_errors
