local nj = require "nightjar"

return nj.layer {
  name = "concat",
  doc = "What several layers make of one input, joined along the last dimension.",
  params = { branches = { doc = "a list of layers", type = "table" } },
  children = function(self)
    return { branches = self.branches }
  end,
  forward = function(self, x)
    local parts = {}
    for i, branch in ipairs(self.branches) do
      parts[i] = branch(x)
    end
    return #parts == 1 and parts[1] or nj.cat(parts, -1)
  end,
}
