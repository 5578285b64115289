local nj = require "nightjar"

return nj.model {
  name = "mlp",
  doc = "Fully connected layers with an activation between them; images are flattened first.",
  params = {
    inputs = { type = "integer", min = 1, doc = "numbers a sample" },
    hidden = { default = { 512, 512 }, each = { type = "integer", min = 1 }, doc = "widths of the hidden layers" },
    classes = { default = 10, type = "integer", min = 1, doc = "logits a sample" },
    activation = { default = "relu", doc = "the name of a layer in nj.nn without parameters" },
    dropout = { default = 0, min = 0, max = 1, doc = "share of the hidden values dropped in training" },
    dtype = { default = "float32", choices = { "float32", "float64" }, doc = "element type of the weights" },
  },
  -- The places of the same layers in PyTorch's nn.Sequential, which counts from 0. Images of several channels are
  -- flattened in another order there.
  torch_names = function(self)
    local names, step = {}, self.dropout > 0 and 3 or 2
    for number = 0, #self.hidden do
      names[#names + 1] = tostring(1 + step * number)
    end
    return names
  end,
  build = function(self)
    local layers, width = { nj.nn.flatten() }, self.inputs
    local function add(layer)
      layers[#layers + 1] = layer
    end
    for _, units in ipairs(self.hidden) do
      add(nj.nn.linear(width, units, { dtype = self.dtype }))
      add(nj.nn[self.activation]())
      if self.dropout > 0 then
        add(nj.nn.dropout(self.dropout))
      end
      width = units
    end
    add(nj.nn.linear(width, self.classes, { dtype = self.dtype }))
    return nj.nn.sequential(layers)
  end,
}
