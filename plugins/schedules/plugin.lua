return {
  name = "schedules",
  version = "1.0.0",
  api = ">= 1.0",
  provides = { schedules = { "constant.lua", "step.lua", "exponential.lua", "cosine.lua" } },
  license = "Apache-2.0",
  description = "Learning rates as functions of epoch and step.",
}
