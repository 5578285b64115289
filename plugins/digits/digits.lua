-- The UCI optical digits as a data set: what the file holds, and how it is cut into train and test.
return {
  name = "digits",
  doc = "1,797 grey 8x8 images of handwritten digits, 1,437 to train on and 360 to test on.",
  format = "csv",
  file = "digits.csv.gz",
  shape = { 8, 8, 1 },
  classes = 10,
  -- Checked when the file is read: how many lines, and what values may stand in them.
  rows = 1797,
  range = { 0, 16 },
  -- A model sees value / scale.
  scale = 16,
  mean = 0.30526,
  deviation = 0.37605,
  split = { test_per_mille = 200, stratified = true, seed = 0 },
  credit = "Optical Recognition of Handwritten Digits: Alpaydin and Kaynak 1998, UCI Machine Learning Repository",
  license = "CC-BY-4.0",
}
