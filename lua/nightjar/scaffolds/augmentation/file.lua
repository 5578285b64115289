local nj = require "nightjar"

return nj.augmentation {
  name = "NAME",
  doc = "One line: makes samples darker, each by an amount of its own.",
  params = {
    most = { default = 0.5, min = 0, max = 1, doc = "the largest share of the light that goes" },
  },
  -- batch: inputs, labels (rows of probabilities), indices, classes, epoch. other: as many samples of the training set,
  -- one drawn for each. draw: random numbers for each sample, by its own stream. Gives the changed inputs and labels.
  forward = function(self, batch, _, draw)
    local extents = { batch.inputs:size(1) }
    for axis = 2, batch.inputs:rank() do
      extents[axis] = 1
    end
    local light = 1 - draw:uniform(0, self.most)
    return batch.inputs * light:reshape(extents), batch.labels
  end,
}
