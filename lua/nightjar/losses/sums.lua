-- Losses made of others: 0.5 * a + b is a loss.
local part = ...
local definitions = part "definitions"
local targets = part "losses/targets"
local native, rawget = native, rawget

-- Gives the class its operators. Returns how its objects are known, and how one is made of parts.
return function(Loss)
  local function is_loss(value)
    return type(value) == "table" and getmetatable(value) == Loss
  end

  -- Weighted terms of a loss, combined or not.
  local function terms_of(loss, factor)
    local terms = {}
    for i, term in ipairs(rawget(loss, "definition").terms or { { weight = 1, loss = loss } }) do
      terms[i] = { weight = term.weight * factor, loss = term.loss }
    end
    return terms
  end

  -- A loss made of others, which are its parts. `facts` says whether it looks at the batch itself (reads_batch), what
  -- it wants of it (needs), what soft labels mean (soft), and whether values depend on the others (together).
  local function derived(name, reduction, parts, forward, facts)
    local owner = "loss '" .. name .. "'"
    local labels = rawget(parts[1], "definition").labels
    for _, inner in ipairs(parts) do
      local definition = rawget(inner, "definition")
      if definition.labels ~= labels then
        native.fail(string.format("%s is for %s, %s for %s: they have no labels in common",
          rawget(parts[1], "definition").owner, targets.words(labels), definition.owner,
          targets.words(definition.labels)))
      end
    end
    return definitions.object(Loss, {
      name = name, owner = owner, specs = { names = {} }, common = targets.common, reduction = reduction,
      forward = forward,
      reads_batch = facts.reads_batch or facts.needs ~= nil, needs = facts.needs, parts = parts,
      labels = labels, soft = facts.soft, together = facts.together or false,
    }, { ignore = targets.common_ignore(owner, parts) })
  end

  local function combine(terms)
    local names = {}
    for i, term in ipairs(terms) do
      local name = rawget(term.loss, "definition").name
      names[i] = term.weight == 1 and name or string.format("%.14g * %s", term.weight, name)
    end
    local reduction, parts = "none", {}
    for i, term in ipairs(terms) do
      parts[i] = term.loss
      if rawget(term.loss, "definition").reduction == "batch" then
        reduction = "batch"
      end
    end
    local function forward(_, logits, labels, batch)
      local total
      for _, term in ipairs(terms) do
        local values = term.loss(logits, labels, batch)
        if reduction == "batch" then
          values = values:mean()
        end
        if term.weight ~= 1 then
          values = term.weight * values
        end
        total = total and total + values or values
      end
      return total
    end
    local loss = derived(table.concat(names, " + "), reduction, parts, forward, { soft = forward })
    rawget(loss, "definition").terms = terms
    return loss
  end

  -- The weights of samples, or nil where any would count for something whatever it weighs.
  local function weights_of(loss, labels, indices)
    local definition = rawget(loss, "definition")
    if definition.weigh then
      local inner = weights_of(definition.parts[1], labels, indices)
      local own = definition.weigh(labels, indices)
      return inner and own * inner or own
    end
    local total
    for _, term in ipairs(definition.terms or {}) do
      local weights = weights_of(term.loss, labels, indices)
      if weights == nil then
        return nil
      end
      total = total and total + weights or weights
    end
    return total
  end

  -- Whether all samples of a batch can weigh nothing.
  local function can_weigh_nothing(loss)
    local definition = rawget(loss, "definition")
    local parts = definition.parts or {}
    if definition.weigh then
      return definition.can_weigh_nothing or can_weigh_nothing(parts[1])
    end
    for _, inner in ipairs(parts) do
      if not can_weigh_nothing(inner) then
        return false
      end
    end
    return #parts > 0
  end

  -- What all samples weigh together; nil for a loss that does not weigh them.
  local function weight(loss, labels, indices)
    local weights = weights_of(loss, labels, indices)
    return weights and weights:sum():item()
  end

  local function check_factor(what, factor)
    if type(factor) ~= "number" then
      native.fail("a loss can be " .. what .. " by a number only, got " .. definitions.describe(factor))
    elseif factor ~= factor or math.abs(factor) == math.huge then
      native.fail("a loss can be " .. what .. " by a finite number only, got "
        .. (factor ~= factor and "nan" or tostring(factor)))
    end
  end

  function Loss.__mul(a, b)
    local loss, factor = a, b
    if not is_loss(loss) then
      loss, factor = b, a
    end
    check_factor("multiplied", factor)
    return combine(terms_of(loss, factor))
  end

  function Loss.__div(a, b)
    if not is_loss(a) then
      native.fail("nothing can be divided by a loss")
    elseif b == 0 then
      native.fail("a loss cannot be divided by 0")
    end
    check_factor("divided", b)
    return combine(terms_of(a, 1 / b))
  end

  function Loss.__unm(a)
    return combine(terms_of(a, -1))
  end

  function Loss.__add(a, b)
    if not (is_loss(a) and is_loss(b)) then
      native.fail("a loss can be added to a loss only, got " .. definitions.describe(is_loss(a) and b or a))
    end
    local terms = terms_of(a, 1)
    for _, term in ipairs(terms_of(b, 1)) do
      terms[#terms + 1] = term
    end
    return combine(terms)
  end

  function Loss.__sub(a, b)
    if not (is_loss(a) and is_loss(b)) then
      native.fail("a loss can be taken from a loss only, got " .. definitions.describe(is_loss(a) and b or a))
    end
    return a + -b
  end

  return { is_loss = is_loss, derived = derived, weight = weight, can_weigh_nothing = can_weigh_nothing }
end
