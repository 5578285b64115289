local nj = require "nightjar"

-- He et al. 2016: the body learns what is to be added to its input.
return nj.layer {
  name = "residual",
  doc = "What the body makes of its input plus the input itself, or what a shortcut makes of it.",
  params = {
    body = { type = "any", doc = "the layer that is added to" },
    shortcut = { type = "any", optional = true, doc = "the way around it; the input itself where there is none" },
  },
  children = function(self)
    return { body = self.body, shortcut = self.shortcut }
  end,
  forward = function(self, x)
    local y, around = self.body(x), x
    if self.shortcut then
      around = self.shortcut(x)
    end
    local left, right = table.concat(y:shape(), ", "), table.concat(around:shape(), ", ")
    if left ~= right then
      error(string.format("the body gives shape (%s) and %s has shape (%s): they must be equal%s", left,
        self.shortcut and "the shortcut's result" or "the input", right,
        self.shortcut and "" or ". Give a second layer, which brings the input to the shape of the body"))
    end
    return y + around
  end,
}
