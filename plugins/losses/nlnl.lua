local nj = require "nightjar"

-- Kim et al., "NLNL: negative learning for noisy labels", ICCV 2019, equation 2: the class drawn is one that the
-- sample does not have, other than its label with equal chances. An evaluation pass takes the mean over all of them.
return nj.loss {
  name = "nlnl",
  doc = "Negative learning: -log(1 - p_c) for a random class c other than the label.",
  params = { floor = { default = 1e-5, min = 1e-12, below = 1, doc = "1 - p_c is taken to be at least this" } },
  together = false,
  forward = function(self, logits, labels, batch)
    local classes = logits:size(-1)
    local log_miss = (-logits:log_softmax():expm1()):maximum(self.floor):log()
    if batch and not batch.training then
      return (log_miss:pick(labels) - log_miss:sum(-1)) / (classes - 1)
    end
    local steps = (nj.rand({ logits:size(1) }, { name = "nlnl" }) * (classes - 1)):floor():int()
    return -log_miss:pick((labels:int() + steps) % classes + 1)
  end,
}
