-- A data set of a CSV file: what it holds, and how it is cut into training and test.
-- The file lies beside this one; `nightjar test` says so where it does not fit what is written here.
return {
  name = "NAME",
  doc = "One line: 12 points in the plane, in two classes.",
  format = "csv",
  file = "NAME.csv",
  shape = { 2 },
  classes = 2,
  rows = 12,
  range = { -10, 10 },
  scale = 1,
  mean = 0,
  deviation = 1,
  split = { test_per_mille = 250, stratified = true, seed = 0 },
}
