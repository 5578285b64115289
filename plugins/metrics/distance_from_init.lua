local nj = require "nightjar"

return nj.metric {
  name = "distance_from_init",
  doc = "length of the vector by which all weights have moved",
  title = "distance from the first weights", direction = "none",
  params = {
    from = { type = "any", doc = "a model of the same form with the first weights: made and initialized as the one "
      .. "that is trained" },
  },
  check = function(self)
    if type(self.from) ~= "userdata" or nj.is_tensor(self.from) then
      return "'from' is a model with the first weights, for example nj.models.mlp { inputs = 64 } after "
        .. "model:initialize(seed)"
    end
  end,
  compute = function(self, evaluation)
    local first, squares = self.from:parameters(), 0
    for path, weight in pairs(evaluation.model:parameters()) do
      if first[path] == nil or table.concat(first[path]:shape(), " ") ~= table.concat(weight:shape(), " ") then
        error("metric 'distance_from_init': 'from' has no weights " .. path .. " of shape ("
          .. table.concat(weight:shape(), ", ") .. "): it must be of the form of the model that is trained")
      end
      squares = squares + (weight:double() - first[path]:double()):square():sum():item()
    end
    return math.sqrt(squares)
  end,
}
