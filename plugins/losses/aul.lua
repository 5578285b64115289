local nj = require "nightjar"

-- Zhou et al., ICML 2021, equation 11. Their (a, q): MNIST 3, 0.1; CIFAR 5.5, 3.
return nj.loss {
  name = "aul",
  doc = "Asymmetric unhinged loss: ((a-p_y)^q - (a-1)^q) / q.",
  params = {
    a = { default = 5.5, min = 1 + 1e-6, max = 1e3, doc = "above 1" },
    q = { default = 3, min = 1e-6, max = 10, doc = "the power; 1 is unhinged" },
  },
  forward = function(self, logits, labels)
    local p = logits:softmax():pick(labels)
    return ((self.a - p) ^ self.q - (self.a - 1) ^ self.q) / self.q
  end,
}
