local nj = require "nightjar"

return nj.layer {
  name = "parallel",
  doc = "The sum of what several layers make of one input.",
  params = { branches = { doc = "a list of layers", type = "table" } },
  children = function(self)
    return { branches = self.branches }
  end,
  forward = function(self, x)
    local total
    for i, branch in ipairs(self.branches) do
      local y = branch(x)
      if total and table.concat(total:shape(), ", ") ~= table.concat(y:shape(), ", ") then
        error(string.format("branch %d gives shape (%s), those before it (%s): they must be equal", i,
          table.concat(y:shape(), ", "), table.concat(total:shape(), ", ")))
      end
      total = total and total + y or y
    end
    return total
  end,
}
