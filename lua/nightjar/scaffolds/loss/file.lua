local nj = require "nightjar"

-- What it is, where it comes from (paper, equation), and what to watch out for.
return nj.loss {
  name = "NAME",
  doc = "One line: this one is cross-entropy with a temperature, as a start.",
  -- Each parameter has a default, or a type; ranges hold wherever it is set: here, in scripts, with --set.
  params = {
    temperature = { default = 1, above = 0, max = 100, doc = "what logits are divided by" },
  },
  -- logits: (N, K) numbers; labels: N classes from 1 to K. Gives one value a sample; the trainer takes the mean.
  -- Write it in tensor operations: the gradient follows from them.
  forward = function(self, logits, labels)
    local log_p = (logits / self.temperature):log_softmax(-1)
    return -log_p:pick(labels)
  end,
}
