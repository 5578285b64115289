local nj = require "nightjar"

-- Zhang et al. 2017, section 2: each image gets mean 0 and deviation 1 over all of its numbers. As of TensorFlow's
-- per_image_standardization, deviations are at least 1 / sqrt(numbers), so that images of one colour stay finite. As
-- the first layer of a model it holds for training and evaluation alike.
return nj.layer {
  name = "image_whitening",
  doc = "Subtracts each image's own mean and divides by its own deviation.",
  forward = function(_, x)
    local shape, count = x:shape(), x:size(1)
    local rows = x:reshape(count, x:numel() // count)
    local deviation = rows:std(-1, { keep = true, correction = 0 }):maximum(1 / math.sqrt(rows:size(2)))
    return ((rows - rows:mean(-1, { keep = true })) / deviation):reshape(shape)
  end,
}
