local nj = require "nightjar"

-- Wang et al., ICCV 2019, equation 7. Their weights (alpha, beta): CIFAR-10 0.1, 1; CIFAR-100 6, 0.1; MNIST 0.01, 1.
return nj.loss {
  name = "sce",
  doc = "Symmetric cross-entropy: alpha cross-entropy + beta reverse cross-entropy. Not symmetric for alpha > 0.",
  params = {
    alpha = { default = 0.1, min = 0, max = 1e6, doc = "weight of cross-entropy" },
    beta = { default = 1, min = 0, max = 1e6, doc = "weight of reverse cross-entropy" },
    log_zero = {
      default = math.log(1e-4), min = -1e6, below = 0,
      doc = "what stands for log 0 in reverse cross-entropy",
    },
  },
  check = function(self)
    return self.alpha == 0 and self.beta == 0 and "alpha and beta are both 0: nothing is left of the loss" or nil
  end,
  forward = function(self, logits, labels)
    local log_p = logits:log_softmax():pick(labels)
    return -self.alpha * log_p - self.beta * self.log_zero * (1 - log_p:exp())
  end,
  soft = function(self, logits, labels)
    local log_p = logits:log_softmax()
    return -self.alpha * log_p:pick(labels) - self.beta * self.log_zero * (1 - log_p:exp():pick(labels))
  end,
}
