return {
  name = "records",
  version = "1.0.0",
  api = ">= 1.0",
  native = "records.so",
  provides = { data = { "data/bars.lua" } },
  description = "A reader in C for files of small images.",
  license = "Apache-2.0",
}
