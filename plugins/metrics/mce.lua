local nj = require "nightjar"
local calibration = require "calibration.lua"

-- Guo et al. 2017, equation 5: the largest gap of a bin that holds samples.
return calibration.define("mce", "largest calibration error",
  "the largest gap between confidence and accuracy of a bin", false, function(gaps, shares)
    return nj.where(shares:gt(0), gaps, 0):max()
  end)
