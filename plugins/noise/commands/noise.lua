local nj = require "nightjar"
local heat_map = require "../heat_map.lua"

local usage = "usage: nightjar noise show|svg|export|import MODEL-OR-FILE [FILE], a model as uniform{rate=0.4}"

local function part_of(self)
  local data = nj.data.load(self.data)
  return self.part == "test" and data.test or data.train
end

local function sentence(truth, given, classes)
  local rows, rate, wrong = nj.noise.realised(truth, given, classes)
  return rows, string.format("%d of %d labels are wrong, %.2f %%", wrong:int():sum():item(), wrong:numel(), 100 * rate)
end

-- A model as it is written, with what --with adds: its definition, and itself.
local function model_of(self, text)
  local name = (text or error(usage, 0)):match("^[^{]*")
  if self.with ~= "" then
    if text ~= name then
      error("parameters of '" .. text .. "' are given twice, there and by --with: give them in one place")
    end
    text = name .. "{" .. self.with .. "}"
  end
  return nj.noise[name], nj.noise[text] {}
end

-- The noise drawn on the data: true labels, noisy ones, and the model.
local function drawn(self, name)
  local definition, model = model_of(self, name)
  local set = part_of(self)
  if definition.apply == nil then
    error("noise model '" .. name .. "' changes inputs, and its labels are the true ones")
  end
  return set, set:true_labels(), set:with_labels(model, { seed = self.seed }):labels(), model, definition
end

-- The matrix that is shown: the model's own, or what the labels came to.
local function matrix_of(self, name)
  local set, truth, given, model, definition = drawn(self, name)
  local names, classes = set:class_names(), set:classes()
  local realised, text = sentence(truth, given, classes)
  local own = definition.matrix and model:matrix(classes, names)
  return own or realised, names, text, own and "transition matrix" or "shares of given labels by true class"
end

local actions = {}

function actions.show(self, name)
  local rows, names, text, what = matrix_of(self, name)
  return what .. " of " .. name .. "\n\n" .. heat_map.text(rows, names, 12) .. "\n\n" .. text .. " (" .. self.data
    .. ", seed " .. self.seed .. ")"
end

function actions.svg(self, name)
  local rows, names, text = matrix_of(self, name)
  return heat_map.svg(rows, names, name .. (self.with ~= "" and " { " .. self.with .. " }" or "") .. ": " .. text)
end

-- Labels count from 0 in files.
function actions.export(self, name, file)
  local _, truth, given = drawn(self, name)
  file = file or error("nightjar noise export MODEL FILE: name a file, .npy, .u8 or .npz")
  if file:match("%.npz$") then
    nj.save(file, { clean = truth - 1, given = given - 1 })
  else
    nj.save(file, file:match("%.u8$") and (given - 1):to("uint8") or given - 1)
  end
  return "written: " .. file .. ", " .. given:numel() .. " labels from 0"
end

-- Whether a file has clean labels beside the given ones, as `export` writes them.
local function has_clean(file)
  local arrays = file:match("%.npz$") and nj.load(file)
  return arrays and arrays.clean ~= nil
end

function actions.import(self, file)
  local set, is_clean_there = part_of(self), has_clean(file or error(usage, 0))
  local model = nj.noise.human {
    labels = file, key = file:match("%.npz$") and "given" or nil,
    truth = is_clean_there and file or nil, truth_key = is_clean_there and "clean" or nil,
  }
  local truth = set:true_labels()
  local given = set:with_labels(model, { seed = self.seed }):labels()
  local rows, text = sentence(truth, given, set:classes())
  return heat_map.text(rows, set:class_names(), 12) .. "\n\n" .. text .. "\nin scripts: nj.noise.human { labels = \""
    .. file .. "\"" .. (file:match("%.npz$") and ", key = \"given\"" or "") .. " }"
end

return nj.command {
  name = "noise",
  doc = "Shows label noise as a heat map, writes its labels to a file, and looks at labels in a file.",
  usage = "show|svg|export|import MODEL-OR-FILE [FILE]",
  params = {
    data = { default = "digits", doc = "the data set whose labels are meant" },
    part = { default = "train", choices = { "train", "test" }, doc = "and its part" },
    seed = { default = 1, type = "integer", doc = "of the noise" },
    with = { default = "", doc = "parameters of the model, as in uniform{rate=0.4,count=exact}: rate=0.4,count=exact" },
  },
  run = function(self, arguments)
    local action = actions[arguments[1] or ""]
    if action == nil then
      error(usage, 0)
    end
    return action(self, table.unpack(arguments, 2))
  end,
}
