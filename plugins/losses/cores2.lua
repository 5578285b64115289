local nj = require "nightjar"
local ramp = require "ramp"

-- Cheng et al., "Learning with instance-dependent label noise: a sample sieve approach", ICLR 2021, equations 3 and 4:
-- cross-entropy minus beta times its mean over all labels, which makes predictions sure; later, samples whose loss is
-- above that mean are left out. Weights and epochs are those of the authors' code.
return nj.loss {
  name = "cores2",
  doc = "Cross-entropy minus beta times its mean over labels; later without samples that are above that mean.",
  params = {
    beta = { default = 2, min = 0, max = 1e6, doc = "weight of the mean in the end" },
    warm_up = { default = 10, type = "integer", min = 0, doc = "epochs with cross-entropy alone" },
    ramp = { default = 30, type = "integer", min = 0, doc = "epochs in which the weight grows" },
    sieve_after = { default = 31, type = "integer", min = 0, doc = "epochs in which no sample is left out" },
  },
  detaches = "the choice of samples",
  example = { warm_up = 0, ramp = 0, sieve_after = 0 },
  soft = true,
  forward = function(self, logits, labels, batch)
    local log_p = logits:log_softmax()
    local ce, mean = -log_p:pick(labels), -log_p:mean(-1)
    local values = ce - self.beta * ramp.value(batch, self.warm_up, self.ramp) * mean
    if not batch or batch.epoch <= self.sieve_after then
      return values
    end
    -- The mean of the batch is that of the samples that are kept.
    local keep = (ce - mean):detach():le(0):to(values:dtype())
    return values * keep * (logits:size(1) / keep:sum():maximum(1))
  end,
}
