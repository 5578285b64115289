-- nj.audit and nightjar audit: sources of evidence, and what is printed.
local nj = require "nightjar"
local test = require "nightjar.test"
local features = require "../features.lua"
local forms = require "../forms.lua"
local golden = require "data/golden.lua"
local page = require "../page.lua"
local pictures = require "../pictures.lua"

local function int(values)
  return nj.tensor(values, { dtype = "int32" })
end

local function run(parameters, ...)
  return nj.commands.audit(parameters):run { ... }
end

local function noisy(count)
  return nj.data.load("digits").train:first(count):with_labels(
    nj.noise.uniform { rate = 0.2, count = "exact" }, { seed = 1 })
end

local function audited(set, more)
  local fields = { folds = 3, epochs = 8, batch_size = 32 }
  for name, value in pairs(more or {}) do
    fields[name] = value
  end
  return nj.audit.folds(fields)(set)
end

-- Two classes of which the third sample is given the wrong one.
local function small(more)
  local given = {
    probabilities = nj.tensor { { 0.9, 0.1 }, { 0.8, 0.2 }, { 0.95, 0.05 }, { 0.2, 0.8 }, { 0.1, 0.9 } },
    labels = int { 0, 0, 1, 1, 1 },
  }
  for name, value in pairs(more or {}) do
    given[name] = value
  end
  return given
end

test("out-of-fold predictions find the wrong labels of noisy digits", function(t)
  local result = audited(noisy(400))
  t.equal(#result.names, 12)
  for _, name in ipairs { "self_confidence", "normalized_margin", "aum", "el2n", "consensus" } do
    t.ok(result.found[name].auroc > 0.9, name .. ": " .. result.found[name].auroc)
  end
  t.ok(result.rate > 0.1 and result.rate < 0.45, tostring(result.rate))
  t.equal(result.top, math.floor(400 * result.rate + 0.5))
  local again = audited(noisy(400))
  t.equal(again.order, result.order)
  t.equal(again.scores.aum, result.scores.aum)
  t.ok(not audited(noisy(400), { seed = 2 }).scores.aum:eq(result.scores.aum):all():item(), "another seed")
end)

test("no model judges a label that it has seen", function(t)
  -- Labels that have nothing to do with the inputs: whoever has learnt them by heart is right, others are at chance.
  local labels = nj.random_stream(3, "labels"):integers(120, 1, 4)
  local inputs = nj.randn(120, 20, { seed = 5, name = "x" })
  local set = nj.data.from_tensors { inputs = inputs, labels = labels, classes = 4 }
  local result = audited(set, { folds = 4, epochs = 60 })
  local right = result.evidence.probabilities:argmax(-1):eq(labels):double():mean():item()
  t.ok(right < 0.5, "right: " .. right)
  local learnt = result.evidence.history.prediction:narrow(1, 60, 1):squeeze(1):eq(labels:double()):double():mean()
  t.ok(learnt:item() > 0.95, "learnt: " .. learnt:item())
end)

test("models can see the gradients of images in their place", function(t)
  for name, shape in pairs { pictures = { 4, 9, 12, 2 }, flat = { 3, 5, 8, 1 } } do
    local images = nj.tensor(golden[name], { dtype = "float64" }):reshape(shape)
    t.near(features.of("x", "gradients", images), golden["seen_" .. name], 1e-6)
    t.ok(features.of("x", "inputs", images) == images)
  end
  -- More images than are worked on at a time.
  local many = nj.randn(2100, 4, 4, 1, { seed = 3, name = "x" })
  local rows = features.of("x", "gradients", many)
  t.equal(rows:shape(), { 2100, 10 })
  t.near(rows:mean(1), nj.zeros(10), 1e-5)
  t.near(rows:square():mean(1), nj.ones(10), 1e-4)
  t.error_with(function() features.of("nj.audit.folds", "gradients", nj.ones(3, 3, 8, 1)) end,
    "nj.audit.folds: features 'gradients' are of images (samples, height, width, channels) of 4 pixels at least each "
    .. "way, got (3, 3, 8, 1)")
  local result = audited(noisy(400), { features = "gradients", epochs = 5 })
  t.ok(result.found.aum.auroc > 0.9, tostring(result.found.aum.auroc))
  t.ok(result.evidence.inputs:shape()[4] == 1, "pictures are of the images")
end)

test("scores need what the evidence has", function(t)
  local result = nj.audit.arrays {} (small())
  t.equal(result.names, { "beta_mixture", "confident_counts", "gaussian_mixture", "normalized_margin",
    "prune_by_both", "prune_by_class", "prune_by_noise_rate", "self_confidence", "weighted_entropy" })
  t.equal(result.orders.self_confidence[1], 3)
  t.equal(result.suggested, { 1, 1, 1, 2, 2 })
  t.equal(result.issues.prune_by_both, { false, false, true, false, false })
  local history = { prediction = nj.tensor { { 1, 2 }, { 2, 2 } }, loss = nj.tensor { { 0.1, 3 }, { 0.5, 2 } },
    margin = nj.tensor { { 2, -1 }, { -1, -2 } }, labels = int { 1, 1 } }
  result = nj.audit.ledger {} (history)
  t.equal(result.names, { "aum", "beta_mixture", "forgetting", "gaussian_mixture" })
  t.equal(result.scores.aum, { -0.5, 1.5 })
  t.equal(result.scores.forgetting, { 1, 2 })
  t.equal(result.suggested, { 1, 2 })
  t.equal(result.rate, nil)
end)

test("a run is judged by its ledger, and by its model in sample where that can be made again", function(t)
  local set, methods = noisy(50), {}
  local model = nj.models.mlp { inputs = 64, hidden = { 8 }, classes = 10 }
  model:initialize(1)
  function methods.ledger()
    return { margin = nj.rand(4, 50, { seed = 2, name = "m" }), prediction = nj.ones(4, 50) }
  end
  function methods.labels() return set:true_labels(), set:labels() end
  function methods.data() return { train = set, classes = 10, class_names = set:class_names() } end
  function methods.model() return model end
  local finished = setmetatable({ name = "mine/one" }, { __index = methods })
  local result = nj.audit.ledger {} (finished)
  t.equal(result.evidence.source, "50 samples, the ledger of mine/one, its model in sample")
  t.near(result.evidence.probabilities, model:predict(set, { as = "probabilities" }))
  t.ok(forms.summary(result):find("in sample. The model has seen these labels, and says little of those that it has "
    .. "learnt by heart.", 1, true), forms.summary(result))
  t.equal(nj.audit.ledger { model = false } (finished).names, { "aum", "forgetting" })
  function methods.model() error("made in its script") end
  t.equal(nj.audit.ledger {} (finished).names, { "aum", "forgetting" })
  function methods.ledger() end
  t.error_with(function() nj.audit.ledger {} (finished) end, "has no ledger: give nj.trainer ledger = true")
end)

test("a suspicion of another plugin's or a script's own takes the same evidence", function(t)
  local count = nj.suspicion { name = "own", call = function(_, evidence) return evidence.labels:double() end }
  t.equal(count {} { labels = int { 2, 1 } }, { 2, 1 })
end)

test("evidence that cannot be right is refused", function(t)
  local function refused(given, text)
    t.error_with(function() nj.audit.arrays {} (given) end, text)
  end
  refused(3, "nj.audit.arrays takes a table of arrays with labels and probabilities, or an .npz file of them")
  refused({}, "nj.audit.arrays needs 'labels', one a sample, from 0")
  refused({ labels = int { 0 } },
    "nj.audit.arrays has neither probabilities nor a history with 'prediction' to judge labels by")
  refused(small { labels = int { 0, 0, 1, 2, 1 } }, "nj.audit.arrays: labels are from 1 to 2, got some from 1 to 3")
  refused(small { labels = int { 0, 1 } },
    "nj.audit.arrays needs probabilities of shape (2, classes), one row a label, got (5, 2)")
  refused(small { probabilities = nj.ones(5, 2) },
    "nj.audit.arrays: each row of probabilities has the sum 1, one differs by 1")
  refused(small { probabilities = nj.ones(5, 2) * -1 },
    "nj.audit.arrays: probabilities are numbers from 0 to 1, and some are below 0 or no numbers")
  t.error_with(function() nj.audit.ledger {} (int { 1 }) end,
    "nj.audit.ledger takes a run of nj.load_run, or a table of arrays (epochs, samples) and labels")
  local set = nj.data.from_tensors { inputs = nj.ones(3, 2), labels = nj.full({ 3, 2 }, 0.5), kind = "soft" }
  t.error_with(function() nj.audit.folds {} (set) end,
    "nj.audit.folds is for labels that are one class a sample, and this data set has others")
  set = nj.data.from_tensors { inputs = nj.ones(3, 2), labels = int { 1, 2, 1 }, classes = 2 }
  t.error_with(function() nj.audit.folds { folds = 4 } (set) end,
    "nj.audit.folds: 3 samples cannot be cut into 4 folds")
  t.error_with(function() nj.audit.folds { folds = 3, model = 7 } (set) end,
    "nj.audit.folds: 'model' is the name of a model or a function that gives a fresh one")
end)

test("arrays for a file give the same audit again", function(t)
  local result = audited(noisy(200), { epochs = 3 })
  local again = nj.audit.arrays {} (forms.arrays(result))
  t.equal(again.names, result.names)
  t.equal(again.order, result.order)
  t.equal(again.agreement, result.agreement)
  t.equal(again.found, result.found)
  local scores = forms.scores(result)
  t.equal(scores:shape(), { 200, 12 })
  t.equal(scores:narrow(2, 1, 1):squeeze(2), result.scores.aum)
end)

test("text has the rankings and the most suspicious labels", function(t)
  local text = forms.text(nj.audit.arrays { class_names = { "cat", "dog\27[2J" } } (small {
    true_labels = int { 0, 0, 0, 1, 1 } }), 2)
  t.ok(text:find("^5 samples, arrays%. Estimated rate of wrong labels: 20%.00 %%%. Known to be wrong: 20%.00 %%%.\n"),
    text)
  t.ok(text:find("\n%(2%)  confident_counts +1%.00 [ %d%.]+ 1 1%.0000\n"), text)
  t.ok(text:find("\n     2  given dog?[2J, suggested cat\n", 1, true), text)
end)

test("values between commas are quoted, and no spreadsheet takes one for a formula", function(t)
  t.equal(forms.field("cat"), "cat")
  t.equal(forms.field('a "b", c'), '"a ""b"", c"')
  t.equal(forms.field("=HYPERLINK(1)"), "'=HYPERLINK(1)")
  t.equal(forms.field("-1"), "-1")
  t.equal(forms.field("a\nb"), '"a\nb"')
  local text = forms.csv(nj.audit.arrays { class_names = { "a,b", "+c" } } (small()))
  local first, second = text:match("^(.-)\n(.-)\n")
  t.ok(first:find("^sample,given,suggested,consensus,beta_mixture,beta_mixture_rank,"), first)
  t.ok(second:find("^2,'%+c,\"a,b\","), second)
  t.equal(select(2, text:gsub("\n", "")), 5)
end)

test("a page holds pictures, and names of classes are text in it", function(t)
  local name = "<img src=x onerror=\"document.title='hit'\">"
  local text = page.of(nj.audit.arrays { class_names = { name, "'&" } } (small {
    inputs = nj.rand(5, 4, 3, 1, { seed = 1, name = "x" }), true_labels = int { 0, 0, 0, 1, 1 } }), 3)
  t.equal(select(2, text:gsub("<li>", "")), 3)
  t.equal(select(2, text:gsub('<img src="data:image/png;base64,iVBORw0KGgo', "")), 3)
  t.ok(not text:find("<img src=x", 1, true) and not text:find("<script", 1, true), "no element of a name's")
  t.ok(text:find("&lt;img src=x onerror=&quot;document.title=&#39;hit&#39;&quot;&gt;", 1, true))
  t.ok(text:find("<dd>&#39;&amp;</dd>", 1, true), "the true label")
  t.ok(text:find("default-src 'none'; img-src data:; style-src 'unsafe-inline'", 1, true))
  local plain = page.of(nj.audit.arrays {} (small { inputs = nj.ones(5, 4) }), 3)
  t.ok(not plain:find("<img", 1, true), "what is no image has no picture")
end)

test("pictures are PNG files that are read again", function(t)
  t.equal(pictures.base64("M"), "TQ==")
  t.equal(pictures.base64("Ma"), "TWE=")
  t.equal(pictures.base64("Man\255"), "TWFu/w==")
  -- A pixel of red: checksums as zlib has them.
  local bytes = pictures.png({ "\255\0\0" }, 1, 3)
  t.equal(bytes:sub(1, 8), "\x89PNG\r\n\x1a\n")
  t.equal(bytes:sub(-12), "\0\0\0\0IEND\xAE\x42\x60\x82")
  t.equal(string.unpack(">I4", bytes, 30), 0x907753DE)
  t.equal(string.unpack(">I4", bytes, 53), 0x03010100)
end)

test("the command takes a data set, a file or a run", function(t)
  local usage = "usage: nightjar audit DATA|FILE.csv|FOLDER/|FILE.npz|EXPERIMENT/RUN [--as text|csv|html] "
    .. "[--out FILE.npz]"
  t.error_with(function() run({}) end, usage)
  t.error_with(function() run({}, "a", "b") end, usage)
  t.error_with(function() run({ out = "a.csv" }, "digits") end, "--out names an .npz or a .npy file, got 'a.csv'")
  t.error_with(function() run({ noise = "uniform{rate}" }, "digits") end,
    "noise model 'uniform{rate}': 'rate' is no parameter: write name=value")
  local text = run({ noise = "uniform{rate=0.2}", folds = 2, epochs = 1, top = 1 }, "digits")
  t.ok(text:find("^1437 samples, out%-of%-fold predictions of 2 folds %(epochs: 1%)%. "), text)
end)

-- What is said behind a script's place.
local function message_of(f)
  local fine, message = pcall(f)
  return fine and "" or (message:gsub("^[^\n]-%.lua:%d+: ", ""))
end

test("what is neither a run nor a folder of images is said to be so", function(t)
  t.equal(message_of(function() run({ size = "4 by 4" }, "./nobody") end),
    "--size takes height and width such as 32x48, or one number, got '4 by 4'")
  t.ok(message_of(function() run({}, "./nobody") end):find(
    "^'./nobody' is neither a run nor a folder of images\n  as a run: .+\n  as images: .+"), "both reasons")
end)

test("what is for other subjects is not passed over", function(t)
  t.equal(message_of(function() run({ noise = "uniform{rate=0.2}" }, "a.npz") end),
    "--noise is for data sets, and 'a.npz' is a file of arrays")
  t.equal(message_of(function() run({ errors = "a.npy" }, "a.npz") end),
    "--errors is for data sets, and 'a.npz' is a file of arrays")
  t.equal(message_of(function() run({ label = "kind" }, "digits") end),
    "--label is for tables, and 'digits' is none")
  t.equal(message_of(function() run({ size = "4x4" }, "digits") end),
    "--size is for folders of images, and 'digits' is none")
end)

test("published lists of wrong labels are read", function(t)
  local known_errors = require "../known_errors.lua"
  for name, counts in pairs { mnist = { 15, 24 }, cifar10 = { 54, 60 } } do
    local path = "plugins/audit/tests/data/" .. name .. "_mturk.json"
    local list = nj.load(path)
    t.equal(#list, counts[2])
    local labels = {}
    for i = 1, 10000 do
      labels[i] = 1
    end
    for _, entry in ipairs(list) do
      labels[entry.id + 1] = entry.given_original_label + 1
    end
    local mask = known_errors.read(path, int(labels))
    t.equal(mask:int():sum():item(), counts[1])
    -- Two of five for the given label are too few, three are enough.
    for _, entry in ipairs(list) do
      t.equal(mask:index(1, int { entry.id + 1 }):item(), entry.mturk.given < 3)
    end
    labels[list[1].id + 1] = (list[1].given_original_label + 1) % 10 + 1
    t.ok(message_of(function() known_errors.read(path, int(labels)) end):find(
      "it is about another part or order, such as --part test", 1, true), "other labels")
    t.ok(message_of(function() known_errors.read(path, int { 1, 2 }) end):find("and the data set has 0 to 1", 1, true),
      "too few samples")
  end
end)

test("positions and masks say which labels are wrong, and how well they are found", function(t)
  local known_errors = require "../known_errors.lua"
  local labels = int { 1, 2, 1, 2, 1 }
  local mask = nj.tensor({ true, false, false, true, false }, { dtype = "bool" })
  t.equal(known_errors.mask(int { 3, 0 }, "a.npy", labels), { true, false, false, true, false })
  t.equal(known_errors.mask(mask, "a.npy", labels), { true, false, false, true, false })
  local function refused(content)
    return message_of(function() known_errors.mask(content, "a.npy", labels) end)
  end
  t.equal(refused(int { 5 }), "a.npy: there is no sample 5: the data set has 0 to 4")
  t.equal(refused(nj.tensor { 0.5 }), "a.npy holds fractions: positions are whole numbers")
  t.equal(refused(nj.tensor({ true }, { dtype = "bool" })), "a.npy: a mask of 1 for 5 samples")
  t.equal(refused {}, "a.npy is no list of samples, as those of cleanlab/label-errors are")
  t.equal(refused(3), "a.npy holds positions from 0, or true and false for each sample, in one dimension")
  t.equal(message_of(function() known_errors.read("list.txt", labels) end),
    "known errors are in a .json file of cleanlab/label-errors or in .npy, got 'list.txt'")
  -- Wrong labels that only the mask knows.
  local set = noisy(300)
  local wrong = set:labels():int():ne(set:true_labels():int())
  local plain = nj.data.from_tensors { inputs = set:inputs(), labels = set:labels():int(), classes = 10 }
  local positions = wrong:nonzero():reshape(-1):int() - 1
  local result = audited(plain, { wrong = known_errors.mask(positions, "a.npy", plain:labels():int()) })
  t.equal(result.wrong:int():sum():item(), 60)
  t.ok(result.found.self_confidence.auroc > 0.85, tostring(result.found.self_confidence.auroc))
  t.ok(forms.csv(result):find("^sample,given,suggested,true,wrong,consensus,"), "a column for it")
  t.ok(page.of(result, 1):find("<dt>known</dt><dd>wrong</dd>", 1, true), "the page says so")
  t.equal(message_of(function() audited(plain, { wrong = int { 1 } }) end),
    "nj.audit.folds: 'wrong' is a mask of type bool, one entry for each of the 300 labels")
end)
