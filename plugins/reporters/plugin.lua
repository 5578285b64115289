return {
  name = "reporters",
  version = "1.0.0",
  api = ">= 1.0",
  provides = { reporters = { "lines.lua", "markdown.lua" } },
  license = "Apache-2.0",
  description = "What a training prints or writes, beside the progress line.",
}
