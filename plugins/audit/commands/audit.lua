local nj = require "nightjar"
local forms = require "../forms.lua"
local known_errors = require "../known_errors.lua"
local page = require "../page.lua"
local sources = require "../sources.lua"
local training = require "../training.lua"

-- An .npz file, a data set, or a run.
local function audited(self, subject)
  local function only_for_sets(what)
    for _, name in ipairs { "noise", "errors" } do
      if self[name] ~= "" then
        error(string.format("--%s is for data sets, and '%s' is %s", name, subject, what))
      end
    end
  end
  if subject:match("%.npz$") then
    only_for_sets "a file of arrays"
    return nj.audit.arrays {} (subject)
  end
  local source = sources.of(subject, self)
  if source.run then
    only_for_sets "a run"
    return nj.audit.ledger {} (source.run)
  end
  local set = source.set
  local wrong = self.errors ~= "" and known_errors.read(self.errors, set:labels():int()) or nil
  if self.noise ~= "" then
    if wrong then
      error("--errors and --noise: which labels are wrong is known from one of them")
    end
    set = set:with_labels(nj.noise[self.noise] {}, { seed = self.seed })
  end
  return nj.audit.folds {
    features = self.features, folds = self.folds, model = self.model, loss = self.loss, epochs = self.epochs,
    batch_size = self.batch_size, learning_rate = self.learning_rate, seed = self.seed, files = source.files,
    wrong = wrong,
  } (set)
end

-- Parameters as those of nj.audit.folds, for which the command line has texts and numbers.
local function same(name)
  local spec = training.params[name]
  return { default = spec.default, type = spec.type ~= "any" and spec.type or nil, choices = spec.choices,
    min = spec.min, above = spec.above, doc = spec.doc }
end

return nj.command {
  name = "audit",
  doc = "Whose labels are wrong? Ranks the labels of a data set (by name, a .csv or .tsv file, a folder of images by "
    .. "class), of an .npz file of probabilities and labels, or of a run with a ledger, by how suspicious they are.",
  usage = "DATA|FILE.csv|FOLDER/|FILE.npz|EXPERIMENT/RUN",
  params = {
    ["as"] = { default = "text", choices = { "text", "csv", "html" }, doc = "what is printed; html is one page" },
    out = { default = "", doc = "an .npz file for everything, which a later --as reads without training again; or a "
      .. ".npy file for the scores (samples, suspicions), suspicions in alphabetical order" },
    top = { default = 24, type = "integer", min = 1, doc = "how many samples are shown" },
    part = { default = "train", choices = { "train", "test" }, doc = "of the data set" },
    label = { default = "", doc = "of a table: the column of the classes, by name or number from 1 (-1: the last, "
      .. "which is the default)" },
    separator = { default = "", doc = "of a table: the character between values (default by the file's name)" },
    missing = { default = "refuse", choices = { "refuse", "drop", "mean" }, doc = "of a table: what becomes of samples "
      .. "that lack a value" },
    size = { default = "", doc = "of a folder of images: height and width to which all are brought, such as 32x48" },
    errors = { default = "", doc = "a file that says which labels are wrong, to see how well they are found: a list of "
      .. "cleanlab/label-errors (.json), positions from 0 or a mask (.npy)" },
    noise = { default = "", doc = "noise to put into the labels first, such as uniform{rate=0.2}" },
    features = same "features", folds = same "folds", model = same "model", loss = same "loss", epochs = same "epochs",
    batch_size = same "batch_size", learning_rate = same "learning_rate", seed = same "seed",
  },
  run = function(self, arguments)
    local subject = arguments[1]
    if subject == nil or arguments[2] then
      error("usage: nightjar audit DATA|FILE.csv|FOLDER/|FILE.npz|EXPERIMENT/RUN [--as text|csv|html] "
        .. "[--out FILE.npz]")
    elseif self.out ~= "" and not self.out:match("%.np[yz]$") then
      error("--out names an .npz or a .npy file, got '" .. self.out .. "'")
    end
    local result = audited(self, subject)
    if self.out ~= "" then
      nj.save(self.out, self.out:match("%.npz$") and forms.arrays(result) or forms.scores(result))
    end
    if self["as"] == "html" then
      return page.of(result, self.top)
    end
    return self["as"] == "csv" and forms.csv(result) or forms.text(result, self.top)
  end,
}
