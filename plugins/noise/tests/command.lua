-- nightjar noise: heat maps, and labels in files.
local nj = require "nightjar"
local test = require "nightjar.test"
local heat_map = require "../heat_map.lua"

local function run(parameters, ...)
  return nj.commands.noise(parameters):run { ... }
end

test("a matrix is shown with its names, shades and numbers", function(t)
  t.equal(heat_map.text({ { 0.75, 0.25 }, { 0, 1 } }, { "cat", "horses" }, 12), table.concat({
    "  true          cat horse",
    "   cat  ██▒▒  0.750 0.250",
    "horses    ██      . 1.000",
  }, "\n"))
  t.equal(heat_map.text({ { 0.75, 0.25 }, { 0, 1 } }, { "cat", "dog" }, 1), " cat  ██▒▒\n dog    ██")
  t.equal(heat_map.text({ { 1, 0 }, { 0 / 0, 0 / 0 } }, { "a", "b" }, 2), table.concat({
    "true            a     b",
    "   a  ██    1.000     .",
    "   b            -     -",
  }, "\n"))
end)

test("show has the matrix of a model and what the labels of a data set came to", function(t)
  local text = run({ with = "rate=0.4,count=exact_per_class", seed = 3 }, "show", "asym_mnist")
  t.ok(text:find("^transition matrix of asym_mnist\n\n"), text)
  local row = "   2      ▓▓        ▒▒          .     . 0.600     .     .     .     . 0.400     .     ."
  t.ok(text:find("\n" .. row .. "\n", 1, true), text)
  local data = nj.data.load("digits").train
  local noisy = data:with_labels(nj.noise.asym_mnist { rate = 0.4, count = "exact_per_class" }, { seed = 3 })
  local wrong = math.floor(noisy:noise_rate() * 1437 + 0.5)
  local said = string.format("\n\n%d of 1437 labels are wrong, %.2f %% (digits, seed 3)", wrong, 100 * wrong / 1437)
  t.ok(text:find(said, 1, true), text)
  t.ok(run({ with = "rate=0.3" }, "show", "instance"):find("^shares of given labels by true class of instance\n"))
  t.equal(run({ seed = 3 }, "show", "asym_mnist{rate=0.4,count=exact_per_class}"):gsub("^[^\n]+", ""),
    (text:gsub("^[^\n]+", "")))
end)

test("svg has a cell for each entry and says its numbers", function(t)
  local text = run({ with = "rate=0.4" }, "svg", "uniform")
  local cells = select(2, text:gsub("<rect", ""))
  t.equal(cells, 101)
  t.ok(text:find("^<svg xmlns=\"http://www.w3.org/2000/svg\"") and text:find("</svg>$"))
  t.ok(text:find("uniform { rate=0.4 }: ", 1, true) and text:find(">0.60</text>", 1, true))
  t.ok(heat_map.svg({ { 1, 0 }, { 0, 1 } }, { "<a>", "b&c" }, "t"):find("&lt;a&gt;", 1, true))
end)

test("what is asked for wrongly is said", function(t)
  local usage = "usage: nightjar noise show|svg|export|import MODEL-OR-FILE [FILE], a model as uniform{rate=0.4}"
  t.error_with(function() run({}) end, usage)
  t.error_with(function() run({}, "shwo", "uniform") end, usage)
  t.error_with(function() run({}, "show") end, usage)
  t.error_with(function() run({}, "show", "blur") end,
    "noise model 'blur' changes inputs, and its labels are the true ones")
  t.error_with(function() run({ with = "rate" }, "show", "uniform") end,
    "noise model 'uniform{rate}': 'rate' is no parameter: write name=value")
  t.error_with(function() run({ with = "rate=0.2" }, "show", "uniform{rate=0.4}") end,
    "parameters of 'uniform{rate=0.4}' are given twice, there and by --with: give them in one place")
  t.error_with(function() run({ with = "rte=1" }, "show", "uniform") end,
    "noise model 'uniform' has no parameter 'rte': did you mean 'rate'?")
  t.error_with(function() run({}, "export", "uniform") end,
    "nightjar noise export MODEL FILE: name a file, .npy, .u8 or .npz")
end)

test("labels in a file are looked at", function(t)
  t.error_with(function() run({}, "import", "plugins/noise/tests/data/people.npz") end,
    "noise model 'human': plugins/noise/tests/data/people.npz holds the arrays clean, worst: say which by its key")
  local text = run({}, "import", "plugins/noise/tests/data/digits.npz")
  t.ok(text:find("\n\n144 of 1437 labels are wrong, 10.02 %\nin scripts: nj.noise.human { labels = "
    .. "\"plugins/noise/tests/data/digits.npz\", key = \"given\" }", 1, true), text)
end)
