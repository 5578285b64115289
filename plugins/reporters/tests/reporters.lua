local nj = require "nightjar"
local test = require "nightjar.test"

local report = {
  columns = { "epoch", "step", "loss", "j1", "norm" }, epochs = 3,
  records = { { epoch = 1, step = 2, loss = 0.5 }, { epoch = 2, step = 4, loss = 0.25, j1 = 50 },
    { epoch = 3, step = 6, loss = 1 / 3, j1 = 100 } },
}

local function said(reporter, event, ...)
  return reporter.definition[event](reporter, ...)
end

test("lines have what is measured, or what is asked for", function(t)
  local all = nj.reporters.lines {}
  t.equal(said(all, "epoch", report.records[1], report), "epoch 1  loss 0.5")
  t.equal(said(all, "epoch", report.records[3], report), "epoch 3  loss 0.3333  j1 100")
  local some = nj.reporters.lines { columns = { "j1" }, every = 2 }
  t.equal(said(some, "epoch", report.records[1], report), nil)
  t.equal(said(some, "epoch", report.records[2], report), "epoch 2  j1 50")
  t.equal(said(some, "epoch", report.records[3], report), "epoch 3  j1 100")
end)

test("a table has a row for each epoch", function(t)
  t.equal(said(nj.reporters.markdown {}, "ending", report), table.concat({
    "| epoch | loss | j1 |", "|---:|---:|---:|", "| 1 | 0.5 |  |", "| 2 | 0.25 | 50 |", "| 3 | 0.3333 | 100 |",
  }, "\n"))
end)

local function trainer_with(reporters)
  return nj.trainer {
    model = nj.nn.linear(2, 2), loss = nj.losses.cce {}, optimizer = nj.optim.sgd {}, learning_rate = 0.1, seed = 1,
    reporters = reporters,
  }
end

local data = nj.data.from_tensors {
  name = "two", inputs = nj.eye(2), labels = nj.tensor({ 1, 2 }, { dtype = "int32" }), classes = 2,
}

test("a training lets them speak after each epoch and in the end", function(t)
  local seen = {}
  local own = nj.reporter {
    name = "own",
    epoch = function(_, record, known) seen[#seen + 1] = { record.epoch, #known.records, known.status } end,
    ending = function(_, known) seen[#seen + 1] = { known.status, #known.records, known.epochs } end,
  }
  trainer_with({ own {} }):fit(data, { epochs = 2 })
  t.equal(seen, { { 1, 1 }, { 2, 2 }, { "completed", 2, 2 } })
end)

test("mistakes are named", function(t)
  t.error_with(function() nj.reporter { name = "mute" } end,
    "reporter 'mute' says nothing: give it epoch(self, record, report), ending(self, report), or both")
  t.error_with(function() nj.reporters.lines { columns = { 1 } } end,
    "reporter 'lines': 'columns' lists names of columns, such as { \"loss\", \"j2\" }")
  t.error_with(function() nj.reporters.lines { file = "../up.txt" } end,
    "parameter 'file' of reporter 'lines' is a name without folders that ends in .txt, .md, .csv, .html or .tex, got "
      .. "\"../up.txt\"")
  t.error_with(function() trainer_with { nj.reporters.lines } end,
    "reporter 1 of nj.trainer must be a reporter such as nj.reporters.lines {}, got the definition of reporter "
      .. "'lines': call it with its parameters first, as in lines {}")
  t.error_with(function() trainer_with(nj.reporters.lines {}) end,
    "'reporters' of nj.trainer is a list such as { nj.reporters.lines {} }, got reporter 'lines'")
  t.error_with(function()
    trainer_with { nj.reporters.lines { file = "a.txt" }, nj.reporters.markdown { file = "a.txt" } }
  end, "two reporters of nj.trainer write \"a.txt\": give one of them another file")
  local number = nj.reporter { name = "number", epoch = function() return 3 end }
  t.error_with(function() trainer_with({ number {} }):fit(data, { epochs = 1 }) end,
    "epoch of reporter 'number' returns a text or nil, it returned a number\n"
      .. "  in epoch of reporter 'number', epoch 1, step 1")
  local failing = nj.reporter { name = "failing", ending = function(_, known) return known.records[1].accuracy end }
  t.error_with(function() trainer_with({ failing {} }):fit(data, { epochs = 1 }) end,
    "reporter 'failing' looks at 'accuracy', which no record has")
end)
