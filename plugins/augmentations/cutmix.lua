local nj = require "nightjar"

-- Yun et al., "CutMix: regularization strategy to train strong classifiers with localizable features", ICCV 2019,
-- equations 1 and 2 and appendix A: a box around a uniform centre, with sides of sqrt(1 - m) times those of the image
-- for m of a beta distribution, is cut at the image's edges and filled from another image. Labels are mixed by the
-- share of pixels that stay. Each image has a box and a partner of its own.
return nj.augmentation {
  name = "cutmix",
  doc = "A box of each image comes from another, and labels are mixed by their areas (Yun et al. 2019).",
  params = {
    alpha = { default = 1, min = 1e-3, max = 1e3, doc = "both parameters of the beta distribution of what stays" },
    rate = { default = 1, min = 0, max = 1, doc = "the share of images that are mixed" },
  },
  forward = function(self, batch, other, draw)
    local images = batch.inputs
    if images:rank() ~= 4 then
      error("augmentation 'cutmix' is for images (n, height, width, channels), got inputs of shape ("
        .. table.concat(images:shape(), ", ") .. ")")
    elseif batch.labels:rank() > 2 then
      error("augmentation 'cutmix' is for labels of whole images, got labels of shape ("
        .. table.concat(batch.labels:shape(), ", ") .. ")")
    end
    local count, height, width = images:size(1), images:size(2), images:size(3)
    local stays = draw:beta(self.alpha, self.alpha)
    local is_mixed = draw:uniform():lt(self.rate)
    local side = (1 - stays):maximum(0):sqrt()
    -- Where the box begins and ends among so many pixels, from 0, the end left out: as the authors' code has it, with
    -- half a side rounded down on both sides of the centre.
    local function range(extent)
      local centre, reach = (draw:uniform() * extent):floor(), (side * extent):floor() // 2
      return (centre - reach):maximum(0), (centre + reach):minimum(extent)
    end
    local top, bottom = range(height)
    local left, right = range(width)
    local function inside(from, to, extent, shape)
      local pixels = nj.arange(extent, { dtype = images:dtype() }):reshape(shape)
      return pixels:ge(from:reshape(count, 1, 1, 1)) & pixels:lt(to:reshape(count, 1, 1, 1))
    end
    local box = inside(top, bottom, height, { 1, height, 1, 1 }) & inside(left, right, width, { 1, 1, width, 1 })
      & is_mixed:reshape(count, 1, 1, 1)
    local area = nj.where(is_mixed, (bottom - top) * (right - left), 0)
    local share = (1 - area / (height * width)):unsqueeze(-1)
    if batch.labels:rank() == 1 then
      share = share:squeeze(-1)
    end
    return nj.where(box, other.inputs, images), share * batch.labels + (1 - share) * other.labels
  end,
}
