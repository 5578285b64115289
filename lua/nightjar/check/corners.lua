-- A loss at the corners where formulas break: zero and equal logits, batches of one class, the label's probability at 0
-- and 1, classes that are masked out, views that differ.
local part = ...
local reasons = part "check/reasons"
local gradients = part "check/gradient"

local rows, classes = 6, 4

local function constant(value, dtype)
  return nj.full({ rows, classes }, value, { dtype = dtype }):copy()
end

-- Logits of the label against the others: so far apart that the probability is exactly 0 or 1.
local function sure(subject, labels, size, dtype)
  local label = labels:one_hot(classes, { dtype = dtype })
  return (size * label + 0.5 * subject.logits("corner", rows, classes, 1, dtype)):copy()
end

-- Each makes logits from the labels.
local corners = {
  { "zero logits", function(_, _, dtype) return constant(0, dtype) end, smooth = true },
  { "equal logits", function(_, _, dtype) return constant(0.7, dtype) end, smooth = true },
  { "equal large logits", function(_, _, dtype) return constant(1e3, dtype) end, smooth = true },
  { "a label of probability 1", function(subject, labels, dtype) return sure(subject, labels, 2e3, dtype) end },
  { "a label of probability 0", function(subject, labels, dtype) return sure(subject, labels, -2e3, dtype) end },
  { "scattered logits", function(subject, _, dtype) return subject.logits("corner", rows, classes, 3, dtype) end },
}

-- Labels of all kinds, and of one class alone.
local function label_sets(subject)
  local sets = { { "", subject:some_labels("corner", rows, classes) } }
  for _, class in ipairs { 1, classes } do
    sets[#sets + 1] = { " in a batch of one class", subject.same(class, rows) }
  end
  return sets
end

local function check_corners(subject)
  local ties = 0
  for _, dtype in ipairs { "float64", "float32" } do
    for _, set in ipairs(label_sets(subject)) do
      local where, labels = set[1], set[2]
      for _, corner in ipairs(corners) do
        local logits = corner[2](subject, labels, dtype)
        local found = reasons.not_finite(subject, logits, labels, dtype)
        if found then
          found.text = found.text .. ", at " .. corner[1] .. where
          return found
        end
        if corner.smooth and dtype == "float64" and not (subject.detaches or subject.has_no_gradient) then
          local seen = gradients.at(subject, logits, labels)
          if seen.wrong > 0 then
            return gradients.complaint(seen, "at " .. corner[1] .. where)
          end
          ties = ties + seen.kinks
        end
      end
    end
  end
  if ties > 0 then
    return {
      verdict = "note", numbers = { ties = ties },
      text = "finite at zero and equal logits, where it has a kink (ties): its gradient lies between the slopes there",
    }
  end
  return { text = "finite at zero and equal logits, in batches of one class, at probabilities of 0 and 1" }
end

-- Which classes are masked out, and the labels that stay.
local masks = {
  { masked = { 3 }, labels = { 1, 2, 4, 1, 2, 4 } }, { masked = { 1 }, labels = { 2, 3, 4, 2, 3, 4 } },
  { masked = { 4 }, labels = { 1, 2, 3, 1, 2, 3 } }, { masked = { 1, 3 }, labels = { 2, 4, 2, 4, 2, 4 } },
  { masked = { 2, 3, 4 }, labels = { 1, 1, 1, 1, 1, 1 } },
}

-- Labels of a mask as the loss takes them: the classes, and soft ones that have a share in each class that stays.
local function masked_labels(subject, entry, is_masked, dtype)
  local labels = nj.tensor(entry.labels, { dtype = "int32" })
  local sets = { labels }
  if subject:takes_soft() then
    local share = nj.where(is_masked, -math.huge, subject.logits("masked labels", rows, classes, 1, dtype)):softmax()
    sets[2] = share:copy()
  end
  return sets
end

-- A class that is masked out has the logit -infinity and the probability 0.
local function check_masked(subject)
  for _, dtype in ipairs { "float64", "float32" } do
    for _, entry in ipairs(masks) do
      local mask = {}
      for class = 1, classes do
        mask[class] = false
      end
      for _, class in ipairs(entry.masked) do
        mask[class] = true
      end
      local is_masked = nj.tensor(mask, { dtype = "bool" }):unsqueeze(1):expand(rows, classes)
      local plain = subject.logits("masked", rows, classes, 2, dtype)
      local logits = nj.where(is_masked, -math.huge, plain):copy()
      for _, labels in ipairs(masked_labels(subject, entry, is_masked, dtype)) do
        local found = reasons.not_finite(subject, logits, labels, dtype)
        if found then
          return {
            verdict = "note", numbers = found.numbers,
            text = "does not go with masked classes (logits of -infinity): " .. found.text,
            lines = { "a class that is masked out has the probability 0, and the loss takes its logarithm or its "
              .. "logit, -infinity: give it the logit -1e4, as in nj.where(mask, -1e4, logits), which is as impossible "
              .. "and finite" },
          }
        end
      end
    end
  end
  return { text = "finite where other classes are masked out (logits of -infinity)" }
end

return { corners = check_corners, masked = check_masked }
