return {
  name = "margins",
  version = "1.0.0",
  api = ">= 1.0, < 2",
  description = "Losses that ask for a margin between the logit of the label and all others, and a metric of it.",
  license = "Apache-2.0",
  provides = { losses = "losses", metrics = "metrics" },
}
