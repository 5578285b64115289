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

local function check_soft(subject)
  if subject.is_binary then
    return { text = "labels are 0 and 1 for every logit, and what is between" }
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
    return { verdict = "FAIL", text = "soft labels raise an error", lines = { tostring(one) } }
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

-- With a mask, the others have to get what they get alone.
local function check_left_out(subject)
  if subject.draws_numbers or subject.needs.draws > 0 then
    return { verdict = "note", text = "draws: labels left out were not compared with the others alone" }
  end
  local rows, classes, first = 15, 3, 9
  local logits, labels = subject.logits("left out", rows, classes, 2), subject:some_labels("left out", rows, classes)
  local alone, own = subject:gradient(logits:narrow(1, 1, first), labels:narrow(1, 1, first))
  subject.keep = nj.arange(rows):lt(first)
  if subject.is_binary then
    subject.keep = subject.keep:unsqueeze(-1):expand(rows, classes)
  end
  local whole, gradient = subject:gradient(logits, labels)
  subject.keep = nil
  local off = math.max(largest(whole - alone), largest(gradient:narrow(1, 1, first) - own))
  local rest = largest(gradient:narrow(1, first + 1, rows - first))
  if off > 1e-9 * (1 + largest(alone)) or rest > 0 then
    return {
      verdict = "FAIL", numbers = { difference = off },
      text = "labels that are left out change the others: off by " .. text.number(math.max(off, rest)),
      lines = { "a loss that looks at the whole batch says so: nj.loss { together = true }" },
    }
  end
  return { text = "labels that are left out change nothing" }
end

return { check_soft, check_left_out }
