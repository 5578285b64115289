return {
  name = "digits",
  version = "1.0.0",
  api = ">= 1.0",
  provides = { data = { "digits.lua" } },
  license = "CC-BY-4.0",
  description = "1,797 grey 8x8 images of handwritten digits, small enough to ship.",
}
