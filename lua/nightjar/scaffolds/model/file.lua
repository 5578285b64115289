local nj = require "nightjar"

return nj.model {
  name = "NAME",
  doc = "One line: two fully connected layers.",
  params = {
    inputs = { type = "integer", min = 1, doc = "numbers a sample" },
    classes = { default = 10, type = "integer", min = 1, doc = "logits a sample" },
    width = { default = 64, type = "integer", min = 1, doc = "hidden units" },
  },
  -- Gives a layer: one of nj.nn or nj.layers, or several in nj.nn.sequential.
  build = function(self)
    return nj.nn.sequential {
      nj.nn.flatten(),
      nj.nn.linear(self.inputs, self.width),
      nj.nn.relu(),
      nj.nn.linear(self.width, self.classes),
    }
  end,
}
