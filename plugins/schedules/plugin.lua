return {
  name = "schedules",
  version = "1.0.0",
  api = ">= 1.0",
  provides = { schedules = { "constant.lua", "step.lua", "exponential.lua", "cosine.lua", "one_cycle.lua",
    "warm_restarts.lua", "warmup.lua", "polynomial.lua", "linear.lua", "plateau.lua" } },
  license = "Apache-2.0",
  description = "Learning rates as functions of epoch and step.",
}
