local nj = require "nightjar"

return nj.metric {
  name = "weight_norm",
  doc = "length of the vector of all weights",
  title = "weight norm", direction = "none",
  compute = function(_, evaluation)
    local squares = 0
    for _, weight in pairs(evaluation.model:parameters()) do
      squares = squares + weight:double():square():sum():item()
    end
    return math.sqrt(squares)
  end,
}
