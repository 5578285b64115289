return {
  name = "noise",
  version = "1.0.0",
  api = ">= 1.0",
  provides = { noise = { "uniform.lua", "class_conditional.lua" } },
  license = "Apache-2.0",
  description = "Label noise: uniform, and class-conditional by a transition matrix.",
}
