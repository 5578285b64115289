local nj = require "nightjar"

-- Lin et al., "Focal loss for dense object detection", ICCV 2017, equation 5, for the logistic function s: with
-- p_t = s(z) for a positive label and s(-z) for a negative one, -alpha_t (1 - p_t)^gamma log p_t. A label between is
-- the mean of both ends. The power is exp(gamma log(1 - p_t)), which has a derivative everywhere.
local function of_sign(z, gamma)
  return (-gamma * z:softplus()):exp() * (-z):softplus()
end

return nj.loss {
  name = "binary_focal",
  doc = "Focal loss of every logit, for labels 0 and 1: binary cross-entropy in which what is fit well counts less.",
  params = {
    gamma = { default = 2, min = 0, max = 100, doc = "0 is bce" },
    alpha = {
      default = 0.25, type = "number", min = 0, max = 1,
      doc = "weight of positive labels; negative ones have 1 - alpha",
    },
  },
  labels = "binary",
  forward = function(self, logits, labels)
    -- 0 times the value of an infinite logit is 0, not nan.
    logits = logits:clamp(-1e30, 1e30)
    return self.alpha * labels * of_sign(logits, self.gamma)
      + (1 - self.alpha) * (1 - labels) * of_sign(-logits, self.gamma)
  end,
}
