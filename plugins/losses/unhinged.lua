local nj = require "nightjar"

-- van Rooyen, Menon and Williamson, "Learning with symmetric label noise: the importance of being unhinged", NeurIPS
-- 2015, in the form for K classes. Half of mae; other code calls this one "MAE".
return nj.loss {
  name = "unhinged",
  doc = "1 - p_y, the linear loss: symmetric, 0 to 1.",
  soft = true,
  forward = function(_, logits, labels)
    return 1 - logits:softmax():pick(labels)
  end,
}
