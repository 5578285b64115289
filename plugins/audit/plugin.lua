return {
  name = "audit",
  version = "1.0.0",
  api = ">= 1.0",
  provides = {
    kinds = { "suspicions.lua", "audit.lua" },
    suspicions = "suspicions",
    audit = "audit",
    commands = { "commands/audit.lua" },
  },
  depends = { metrics = ">= 1.1" },
  license = "Apache-2.0",
  description = "Whose labels are wrong: rankings of the labels of a data set, and a page of the most suspicious.",
}
