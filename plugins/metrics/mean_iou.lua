local nj = require "nightjar"

-- Jaccard index of each class, predictions against the given labels, and the mean over the classes that occur in either
-- (Everingham et al., "The PASCAL visual object classes challenge", IJCV 2010, section 4.1.4; there with background).
return nj.metric {
  name = "mean_iou",
  doc = "mean over classes of intersection over union, on the training set",
  title = "mean IoU", unit = "%", direction = "higher", range = { 0, 100 },
  compute = function(_, evaluation)
    local labels, predictions = evaluation.labels, evaluation.predictions
    if evaluation.kind == "soft" then
      labels = labels:argmax(-1)
    elseif evaluation.kind == "binary" then
      labels, predictions = labels:ge(0.5):int() + 1, predictions + 1
    end
    local keep = evaluation.keep
    if keep then
      labels, predictions = labels:masked_select(keep), predictions:masked_select(keep)
    end
    local classes = math.max(labels:max():item(), predictions:max():item())
    local size = labels:numel()
    labels, predictions = labels:reshape(size), predictions:reshape(size)
    local both = nj.where(labels:eq(predictions), labels, classes + 1):int():bincount(classes + 1):narrow(1, 1, classes)
    local either = labels:bincount(classes) + predictions:bincount(classes) - both
    local share = both:to("float64") / either:maximum(1):to("float64")
    return 100 * share:sum() / either:gt(0):to("float64"):sum()
  end,
}
