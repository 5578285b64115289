local nj = require "nightjar"

-- A plugin that provides this under commands gives the command line a word: nightjar NAME --classes 10 labels.npy
return nj.command {
  name = "NAME",
  doc = "One line: counts the labels of a file.",
  usage = "FILE",
  params = {
    classes = { default = 10, type = "integer", min = 1, doc = "how many classes there are" },
  },
  -- arguments: the words that belong to no parameter. What is returned is printed; false means that it failed.
  run = function(self, arguments)
    local labels = nj.load(arguments[1] or error "name a file of labels (.npy)")
    return labels:bincount(self.classes)
  end,
}
