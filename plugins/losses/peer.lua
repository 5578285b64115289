local nj = require "nightjar"
local ramp = require "ramp"

-- Liu and Guo, "Peer loss functions: learning from noisy labels without knowing noise rates", ICML 2020, equation 5:
-- the loss of a sample minus alpha times that of another sample's prediction with a third one's label. As in the
-- authors' code for many classes, the logarithm is of p + floor, and alpha grows after a warm-up.
return nj.loss {
  name = "peer",
  doc = "Cross-entropy minus alpha times that of predictions and labels drawn independently.",
  params = {
    alpha = { default = 1, min = 0, max = 1e6, doc = "weight of the second term in the end" },
    warm_up = { default = 20, type = "integer", min = 0, doc = "epochs without the second term" },
    ramp = { default = 20, type = "integer", min = 0, doc = "epochs in which its weight grows" },
    floor = { default = 1e-5, min = 1e-12, max = 1, doc = "what is added to probabilities" },
  },
  needs = { draws = 2, model = true },
  example = { warm_up = 0, ramp = 0 },
  soft = true,
  forward = function(self, logits, labels, batch)
    local function loss(z, y)
      if y:rank() == 2 then
        return -(z:softmax() + self.floor):log():pick(y)
      end
      return -(z:softmax():pick(y) + self.floor):log()
    end
    local values, alpha = loss(logits, labels), self.alpha * ramp.value(batch, self.warm_up, self.ramp)
    if alpha == 0 then
      return values
    end
    local other, third = batch.draws[1], batch.draws[2]
    return values - alpha * loss(batch.model(other.inputs), third.labels)
  end,
}
