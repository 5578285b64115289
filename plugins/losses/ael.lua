local nj = require "nightjar"

-- Zhou et al., ICML 2021, equation 12. Their a: MNIST 3.5; CIFAR 2.5. The perfect prediction costs exp(-1/a).
return nj.loss {
  name = "ael",
  doc = "Asymmetric exponential loss: exp(-p_y / a), exp(-1/a) to 1.",
  params = { a = { default = 2.5, min = 1e-2, max = 1e6, doc = "how slowly the loss falls" } },
  forward = function(self, logits, labels)
    return (-logits:softmax():pick(labels) / self.a):exp()
  end,
}
