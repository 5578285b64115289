local maps = require "class_map.lua"

-- Patrini et al., "Making deep neural networks robust to label noise", CVPR 2017, section 5:
-- digits that look alike. About half of all labels can change, so that about rate / 2 of all do.
return maps.define {
  name = "asym_mnist",
  doc = "Asymmetric noise of Patrini et al. 2017 for MNIST: 7 to 1, 2 to 7, 3 to 8, 5 and 6 to each other.",
  pairs = { { "7", "1" }, { "2", "7" }, { "3", "8" }, { "5", "6" }, { "6", "5" } },
  order = { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" },
}
