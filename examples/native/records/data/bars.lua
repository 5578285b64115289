return {
  name = "bars",
  doc = "Images of 6 by 6 pixels with a bright row (class lying) or column (class standing), made by bars.py.",
  format = "native",
  reader = "records",
  file = "bars.rec",
  classes = 2,
  class_names = { "lying", "standing" },
  scale = 255,
  split = { test_per_mille = 250, seed = 1 },
  license = "CC0-1.0",
}
