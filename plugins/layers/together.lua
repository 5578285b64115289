local nj = require "nightjar"

return nj.layer {
  name = "together",
  doc = "Several models side by side, each with the same input: as many outputs, in the same order.",
  params = { models = { doc = "a list of layers", type = "table" } },
  children = function(self)
    return { models = self.models }
  end,
  forward = function(self, x)
    local outputs = {}
    for i, model in ipairs(self.models) do
      outputs[i] = model(x)
    end
    return table.unpack(outputs, 1, #outputs)
  end,
}
