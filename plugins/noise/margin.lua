local nj = require "nightjar"

-- Scores of a classifier by the nearest mean of a class: -|x - m_k|^2 up to a term without k. Classes without samples
-- are never near.
local function mean_scores(labels, ctx)
  if ctx.features == nil then
    error("noise model 'margin' needs scores of a reference model, or the inputs: data:with_labels gives them, "
      .. "noise:apply takes them as { features = x }")
  end
  local x = ctx.features:reshape(ctx.count, ctx.features:numel() // ctx.count):double()
  local members = labels:one_hot(ctx.classes, { dtype = "float64" })
  local counts = members:sum(1)
  local means = members:matmul(x, { transpose_a = true }) / counts:maximum(1):unsqueeze(-1)
  local scores = 2 * x:matmul(means, { transpose_b = true }) - means:square():sum(-1)
  return nj.where(counts:gt(0), scores, -1e300)
end

-- Where a reference model is least sure it errs as people do: the samples nearest to another class get that class.
return nj.noise {
  name = "margin",
  doc = "Noise where it is hardest to tell: samples of the lowest margin get the class next in a reference model.",
  params = {
    rate = { default = 0.4, min = 0, max = 1, doc = "share of the samples that change, the same number for each seed" },
    scores = {
      type = "any", optional = true,
      doc = "of a reference model, (samples, classes), as model:predict gives them; else of the nearest class mean",
    },
  },
  check = function(self)
    if self.scores ~= nil and not (nj.is_tensor(self.scores) and self.scores:rank() == 2) then
      return "'scores' is a tensor (samples, classes), as model:predict(data) gives it"
    end
  end,
  apply = function(self, labels, ctx)
    local scores = self.scores and self.scores:double() or mean_scores(labels, ctx)
    if scores:size(1) ~= ctx.count or scores:size(2) ~= ctx.classes then
      error(string.format("noise model 'margin': 'scores' has shape (%d, %d) and the labels are %d of %d classes",
        scores:size(1), scores:size(2), ctx.count, ctx.classes))
    end
    local own = labels:one_hot(ctx.classes, { dtype = "bool" })
    local others = nj.where(own, -math.huge, scores)
    local margins = scores:pick(labels) - others:max(-1)
    local order, runner_up = margins:argsort():totable(), others:argmax(-1):totable()
    local given = labels:totable()
    for place = 1, math.floor(self.rate * ctx.count + 0.5) do
      given[order[place]] = runner_up[order[place]]
    end
    return given
  end,
}
