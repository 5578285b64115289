local calibration = require "calibration.lua"

-- Nixon et al. 2019, section 4.1, of the predicted class alone.
return calibration.define("ece_adaptive", "adaptive calibration error",
  "expected calibration error over bins with as many samples each", true, function(gaps, shares)
    return (gaps * shares):sum()
  end)
