local maps = require "class_map.lua"

-- Patrini et al. 2017, section 5. Half of the classes can change, so that rate / 2 of all labels do. With
-- count = "exact_per_class" it is the noise of the code of Ma et al. 2020.
return maps.define {
  name = "asym_cifar10",
  doc = "Asymmetric noise of Patrini et al. 2017 for CIFAR-10: truck to automobile, bird to airplane, deer to horse, "
    .. "cat and dog to each other.",
  pairs = {
    { "truck", "automobile" }, { "bird", "airplane" }, { "deer", "horse" }, { "cat", "dog" }, { "dog", "cat" },
  },
  order = { "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck" },
}
