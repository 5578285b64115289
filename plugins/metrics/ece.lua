local calibration = require "calibration.lua"

-- Guo et al. 2017, equation 3.
return calibration.define("ece", "calibration error",
  "expected calibration error over bins of equal width of the largest probability", false, function(gaps, shares)
    return (gaps * shares):sum()
  end)
