-- Checks of an optimizer: what it does to a parameter, and where it gets on two functions with known minima.
local part = ...
local text = part "check/text"

local rates = { 1, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4, 1e-4 }

local function float64(values)
  return nj.tensor(values, { dtype = "float64" })
end

local function check_update(subject)
  for _, dtype in ipairs { "float32", "float64" } do
    for _, shape in ipairs { {}, { 3 }, { 2, 3 }, { 3, 3, 2, 4 } } do
      local w = nj.full(shape, 0.5, { dtype = dtype }):copy()
      local g = nj.full(shape, 0.25, { dtype = dtype }):copy()
      local state = subject.optimizer:start(w)
      local moved, after = subject.optimizer:step(w, g, state, 0.1, 1)
      if moved:dtype() ~= dtype then
        return { verdict = "FAIL", text = "makes " .. moved:dtype() .. " out of a parameter of " .. dtype }
      end
      for name, value in pairs(after) do
        if value:dtype() ~= dtype or not native.same_shape(value, state[name]) then
          return { verdict = "FAIL", text = "its state '" .. name .. "' changes its shape or dtype" }
        end
      end
      if not (w:eq(0.5):all():item() and g:eq(0.25):all():item()) then
        return { verdict = "FAIL", text = "the parameter or its gradient was changed in place" }
      end
      if not moved:isfinite():all():item() then
        return { verdict = "FAIL", text = "the first update is not finite" }
      end
    end
  end
  return { text = "keeps shape and dtype of parameter and state, from 0 to 4 dimensions" }
end

local function check_direction(subject)
  local w, g = float64 { 1, -2, 3 }, float64 { 0.5, -0.25, 1 }
  local moved = subject.optimizer:step(w, g, subject.optimizer:start(w), 1e-3, 1)
  local slope = ((moved - w) * g):sum():item()
  if slope >= 0 then
    return { verdict = "FAIL", text = "the first update does not go down the gradient" }
  end
  local zero = nj.zeros({ 3 }, { dtype = "float64" })
  local rested = subject.optimizer:step(w, zero, subject.optimizer:start(w), 1e-3, 1)
  local drift = (rested - w):abs():max():item()
  if drift ~= drift then
    return { verdict = "FAIL", text = "a gradient of zeros makes the parameter nan" }
  elseif drift > 0 then
    return { text = string.format("goes down; moves by %s without a gradient (decay)", text.number(drift)) }
  end
  return { text = "goes down; stays where the gradient is zero" }
end

local function check_repeats(subject)
  local function path()
    local w = float64 { 1, -2, 3 }
    local state = subject.optimizer:start(w)
    for step = 1, 20 do
      w, state = subject.optimizer:step(w, 2 * w, state, 0.01, step)
    end
    return w:copy()
  end
  if not path():eq(path()):all():item() then
    return { verdict = "FAIL", text = "the same gradients led to another place the second time",
      lines = { "what an update remembers belongs into its state" } }
  end
  return { text = "the same gradients lead to the same place" }
end

-- The least value of f on the way from `start`, over the rates that are tried.
local function descend(subject, start, steps, value, gradient)
  local best = { value = math.huge }
  for _, rate in ipairs(rates) do
    local w = float64(start)
    local state = subject.optimizer:start(w)
    for step = 1, steps do
      w, state = subject.optimizer:step(w, gradient(subject.optimizer:perturbed(w, gradient(w))), state, rate, step)
      w = w:copy()
      for name, kept in pairs(state) do
        state[name] = kept:copy()
      end
    end
    local reached = value(w):item()
    if reached == reached and reached < best.value then
      best = { value = reached, rate = rate, place = w:totable() }
    end
  end
  return best
end

local function verdict_of(best, start, good, bad, steps)
  if best.rate == nil then
    return { verdict = "FAIL", text = "diverges at every learning rate from 1 to 0.0001" }
  end
  local result = {
    numbers = { start = start, reached = best.value, learning_rate = best.rate },
    text = string.format("from %s to %s in %d steps, at learning rate %s", text.number(start), text.number(best.value),
      steps, text.number(best.rate)),
  }
  if best.value > bad * start then
    result.verdict = "FAIL"
    result.lines = { "no learning rate from 1 to 0.0001 gets it further" }
  elseif best.value > good * start then
    result.verdict = "note"
  end
  return result
end

local function check_quadratic(subject)
  local curvature = float64 { 1, 3, 10, 30, 100 }
  local function value(w)
    return 0.5 * (curvature * w:square()):sum()
  end
  local start, steps = { 1, 1, 1, 1, 1 }, 500
  local best = descend(subject, start, steps, value, function(w) return curvature * w end)
  return verdict_of(best, value(float64(start)):item(), 1e-3, 0.1, steps)
end

-- Rosenbrock's valley, (1 - x)^2 + 100 (y - x^2)^2, from (-1.2, 1); its minimum, 0, is at (1, 1).
local function check_rosenbrock(subject)
  local function halves(w)
    return w:narrow(1, 1, 1), w:narrow(1, 2, 1)
  end
  local function value(w)
    local x, y = halves(w)
    return ((1 - x):square() + 100 * (y - x:square()):square()):sum()
  end
  local function gradient(w)
    local x, y = halves(w)
    local off = y - x:square()
    return nj.cat({ -2 * (1 - x) - 400 * x * off, 200 * off }, 1)
  end
  local steps = 1000
  local best = descend(subject, { -1.2, 1 }, steps, value, gradient)
  local result = verdict_of(best, 24.2, 0.02, 0.5, steps)
  if best.place then
    result.text = result.text .. ", at " .. text.list(best.place)
  end
  return result
end

local optimizers = {}

function optimizers.begin(optimizer)
  local subject = { optimizer = optimizer }
  local function entry(name, run)
    return { name = name, run = function() return run(subject) end }
  end
  return {
    entry("update", check_update), entry("direction", check_direction), entry("repeats", check_repeats),
    entry("quadratic", check_quadratic), entry("rosenbrock", check_rosenbrock),
  }
end

return optimizers
