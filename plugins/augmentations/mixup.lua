local nj = require "nightjar"

-- Zhang et al., "mixup: beyond empirical risk minimization", ICLR 2018, equation 1: x = m x_1 + (1 - m) x_2, and labels
-- likewise, with m of a beta distribution. Here each sample has an m and a partner of its own, drawn from the whole
-- training set; the authors' code has one m a batch and partners of the batch.
return nj.augmentation {
  name = "mixup",
  doc = "Weighted means of two samples and of their labels (Zhang et al. 2018).",
  params = {
    alpha = { default = 0.2, min = 1e-3, max = 1e3, doc = "both parameters of the beta distribution; larger: more" },
    rate = { default = 1, min = 0, max = 1, doc = "the share of samples that are mixed" },
  },
  forward = function(self, batch, other, draw)
    local share = draw:beta(self.alpha, self.alpha)
    share = nj.where(draw:uniform():lt(self.rate), share, 1)
    local function mixed(a, b)
      local extents = { share:numel() }
      for axis = 2, a:rank() do
        extents[axis] = 1
      end
      local own = share:reshape(extents)
      return own * a + (1 - own) * b
    end
    return mixed(batch.inputs, other.inputs), mixed(batch.labels, other.labels)
  end,
}
