local nj = require "nightjar"

-- Han et al., "Co-teaching: robust training of deep neural networks with extremely noisy labels", NeurIPS 2018,
-- algorithm 1: each of two models learns from the share 1 - R of the batch whose losses the other finds smallest, with
-- R(T) = forget min(T / warm_up, 1) in epoch T. The choice is held fixed. Without a batch training counts as over.
return nj.loss {
  name = "co_teaching",
  doc = "Cross-entropy of each of two models over the samples of the batch that the other finds easy.",
  params = {
    forget = { default = 0.2, min = 0, below = 1, doc = "share of a batch that is left out in the end" },
    warm_up = { default = 10, type = "integer", min = 1, doc = "epochs until that share is left out" },
  },
  reduction = "batch",
  needs = { outputs = 2 },
  detaches = "the choice of samples",
  soft = true,
  forward = function(self, logits, labels, batch)
    local function losses(output)
      return -output:log_softmax():pick(labels)
    end
    local first, second = losses(batch.outputs[1]), losses(batch.outputs[2])
    local left_out = self.forget * math.min(1, (batch.epoch or self.warm_up) / self.warm_up)
    local keep = math.max(1, math.floor((1 - left_out) * logits:size(1)))
    local function easy(values)
      return values:detach():argsort():narrow(1, 1, keep)
    end
    return first:gather(1, easy(second)):mean() + second:gather(1, easy(first)):mean()
  end,
}
