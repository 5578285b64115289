-- A loss with labels that are no single class: soft ones, and some that are left out.
local part = ...
local text = part "check/text"
local gradients = part "check/gradient"

local function largest(t)
  return t:numel() == 0 and 0 or t:abs():max():item()
end

-- Soft labels, the same every time.
local function soft_labels(rows, classes)
  return (nj.randn({ rows, classes }, { seed = 1, name = "check soft labels", dtype = "float64" }) * 2):softmax():copy()
end

-- Labels from 0 to 1 for every logit: values and gradient with some between.
local function check_between(subject)
  local result = gradients.check(setmetatable({
    some_labels = function(_, _, n, k)
      return nj.rand({ n, k }, { seed = 1, name = "check binary labels", dtype = "float64" }):copy()
    end,
  }, { __index = subject }))
  if result.verdict == "FAIL" then
    result.text = "the gradient with labels between 0 and 1 " .. result.text
    return result
  end
  return { text = "labels are 0 and 1 for every logit, and what is between; the gradient agrees with differences" }
end

local function check_soft(subject)
  if subject.is_binary then
    return check_between(subject)
  elseif subject.is_own then
    return { text = "it looks at its labels itself" }
  end
  local rows, classes = 16, 5
  local logits, labels = subject.logits("soft", rows, classes, 2), subject:some_labels("soft", rows, classes)
  local sure = labels:one_hot(classes, { dtype = "float64" })
  local fine, one = pcall(function() return subject:values(logits, sure) end)
  if not fine then
    local reason = tostring(one):match("takes no soft labels: ([^\n]*)")
    if reason then
      return { text = "none: " .. reason }
    end
    return { verdict = "FAIL", text = "soft labels raise an error", lines = text.lines(one) }
  end
  if subject.draws_numbers then
    return { verdict = "note", text = "draws random numbers: soft labels were not compared with others" }
  end
  local hard = subject:values(logits, labels)
  local off = largest(one - hard)
  if off > 1e-9 * (1 + largest(hard)) then
    return {
      verdict = "FAIL", numbers = { difference = off },
      text = "soft labels that are sure give other values than the labels: off by " .. text.number(off),
      lines = { "a loss that looks at the whole batch declares together = true, and soft = ... for soft labels" },
    }
  end
  if subject.gradient_fails then
    return { text = "those that are sure give the values of their labels", numbers = { difference = off } }
  end
  local soft = setmetatable({ some_labels = function(_, _, n, k) return soft_labels(n, k) end }, { __index = subject })
  local result = gradients.check(soft)
  if result.verdict == "FAIL" then
    result.text = "the gradient with soft labels " .. result.text
    return result
  end
  return { text = "those that are sure give the values of their labels; the gradient agrees with differences",
    numbers = { difference = off } }
end

-- Labels of 0 leave samples out: the mean is that of the others.
local function check_ignore(subject, logits, labels, first)
  local ignoring = subject:with("ignore", subject.is_binary and 255 or 0)
  local rest = nj.arange(logits:size(1)):ge(first)
  local none = subject.is_binary and rest:unsqueeze(-1):expand(logits:shape()) or rest
  local given = nj.where(none, subject.is_binary and 255 or 0, ignoring:own_labels(labels, logits)):int():copy()
  nj.manual_seed(7)
  local mean = ignoring.loss:mean(logits, given, ignoring:batch(logits))
  nj.manual_seed(7)
  local own = logits:narrow(1, 1, first)
  local alone = ignoring.loss:mean(own, ignoring:own_labels(labels:narrow(1, 1, first), own), ignoring:batch(own))
  return math.abs(mean:item() - alone:item()), math.abs(alone:item())
end

-- With a mask, the others have to get what they get alone; of a loss that draws, those left out get no gradient.
local function check_left_out(subject)
  if subject.is_own then
    return { text = "it looks at its labels itself" }
  end
  local draws = subject.draws_numbers or subject.needs.draws > 0
  local rows, classes, first = 15, 3, 9
  local logits, labels = subject.logits("left out", rows, classes, 2), subject:some_labels("left out", rows, classes)
  local alone, own = subject:gradient(logits:narrow(1, 1, first), labels:narrow(1, 1, first))
  subject.keep = nj.arange(rows):lt(first)
  if subject.is_binary then
    subject.keep = subject.keep:unsqueeze(-1):expand(rows, classes)
  end
  local whole, gradient = subject:gradient(logits, labels)
  local none
  subject.keep = nj.zeros(subject.keep:shape()):gt(1)
  none = subject:total(logits, labels)
  subject.keep = nil
  local rest = largest(gradient:narrow(1, first + 1, rows - first))
  if rest > 0 or largest(none) > 0 then
    return {
      verdict = "FAIL", numbers = { difference = math.max(rest, largest(none)) },
      text = "labels that are left out have a value or a gradient: " .. text.number(math.max(rest, largest(none))),
    }
  elseif draws then
    return { verdict = "note", text = "draws: labels left out have no gradient; the others were not compared" }
  end
  local off = math.max(largest(whole - alone), largest(gradient:narrow(1, 1, first) - own))
  if off > 1e-9 * (1 + largest(alone)) then
    return {
      verdict = "FAIL", numbers = { difference = off },
      text = "labels that are left out change the others: off by " .. text.number(off),
      lines = { "a loss that looks at the whole batch says so: nj.loss { together = true }" },
    }
  end
  local mean_off, size = 0, 0
  if not subject.remembers then
    mean_off, size = check_ignore(subject, logits, labels, first)
  end
  if mean_off > 1e-9 * (1 + size) then
    return {
      verdict = "FAIL", numbers = { difference = mean_off },
      text = "with ignore the mean is not that of the other samples: off by " .. text.number(mean_off),
    }
  end
  return { text = "labels that are left out change nothing" }
end

-- Pictures with a label for each place give what their rows give one below the other.
local function check_dense(subject)
  if subject.is_own then
    return { text = "it looks at its labels itself" }
  elseif subject.remembers then
    return { text = "none: it remembers samples, which have one label each" }
  elseif subject.is_binary then
    return { text = "one for each logit, in any shape" }
  elseif subject.draws_numbers or subject.needs.draws > 0 then
    return { verdict = "note", text = "draws: dense labels were not compared with rows" }
  end
  local shape, classes = { 2, 3, 4 }, 5
  local rows = shape[1] * shape[2] * shape[3]
  local flat, labels = subject.logits("dense", rows, classes, 2), subject:some_labels("dense", rows, classes)
  local logits = flat:reshape(shape[1], shape[2], shape[3], classes)
  local each, gradient = subject:gradient(flat, labels)
  local dense, own
  local fine, fault = pcall(function()
    dense, own = nj.value_and_grad(function(z)
      local values = subject:values(z, labels:reshape(shape))
      return subject.is_batch and values or values:sum()
    end, logits)
  end)
  if not fine then
    return { verdict = "FAIL", text = "dense labels raise an error", lines = text.lines(fault) }
  end
  local off = math.max(math.abs(dense:item() - each:item()), largest(own:reshape(rows, classes) - gradient))
  if off > 1e-9 * (1 + math.abs(each:item())) then
    return {
      verdict = "FAIL", numbers = { difference = off },
      text = "a label for each place of a picture gives other values than the rows alone: off by " .. text.number(off),
    }
  end
  return { text = "a label for each place of a picture counts as a sample does" }
end

return { soft = check_soft, left_out = check_left_out, dense = check_dense }
