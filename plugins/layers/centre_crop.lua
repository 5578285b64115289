local nj = require "nightjar"

-- Zhang et al. 2017, section 2: the middle 28x28 of CIFAR-10's images. As the first layer of a model it holds for
-- training and evaluation alike.
return nj.layer {
  name = "centre_crop",
  doc = "The middle of each image; of an odd rest, one more row or column is left out below or on the right.",
  params = {
    height = { type = "integer", min = 1, doc = "rows that stay" },
    width = { type = "integer", min = 1, doc = "columns that stay" },
  },
  forward = function(self, x)
    if x:rank() ~= 4 or x:size(2) < self.height or x:size(3) < self.width then
      error(string.format("centre_crop leaves %d x %d of images (n, height, width, channels), got shape (%s)",
        self.height, self.width, table.concat(x:shape(), ", ")))
    end
    local top, left = (x:size(2) - self.height) // 2, (x:size(3) - self.width) // 2
    return x:narrow(2, top + 1, self.height):narrow(3, left + 1, self.width)
  end,
}
