-- Checks of a noise model: see the names at the end.
local part = ...
local text = part "check/text"

local count = 20000

-- Balanced true labels, in an order of their own.
local function true_labels(classes)
  local order = nj.random_stream(1, "check labels"):permutation(count)
  return (order % classes + 1):int():copy()
end

local function check_labels(subject)
  local before = subject.labels:copy()
  subject.noisy = subject:apply(7)
  if not subject.labels:eq(before):all():item() then
    return { verdict = "FAIL", text = "the true labels were changed" }
  end
  local one = subject.noise:apply(nj.ones({ 1 }, { dtype = "int32" }), subject:options(7, 1))
  return { text = string.format("%d labels from 1 to %d, the true ones as they were; also a single one",
    subject.noisy:numel(), subject.classes), numbers = { labels = subject.noisy:numel(), single = one:numel() } }
end

local function check_seed(subject)
  if not subject:apply(7):eq(subject.noisy):all():item() then
    return { verdict = "FAIL", text = "the same seed gave other labels the second time",
      lines = { "draw from the stream that `apply` gets, ctx.random" } }
  end
  nj.manual_seed(99)
  if not subject:apply(7):eq(subject.noisy):all():item() then
    return { verdict = "FAIL", text = "the labels depend on draws outside the seed",
      lines = { "draw from the stream that `apply` gets, ctx.random" } }
  end
  local same = subject:apply(8):eq(subject.noisy):all():item()
  if same then
    return { verdict = "note", text = "every seed gives the same labels" }
  end
  return { text = "the same seed gives the same labels, another seed gives others" }
end

-- How often each class became each other one: rows of counts.
local function counts_of(labels, noisy, classes)
  local truth = labels:one_hot(classes, { dtype = "float64" })
  return truth:matmul(noisy:one_hot(classes, { dtype = "float64" }), { transpose_a = true }):totable()
end

local function check_rate(subject)
  local wrong = (subject.noisy:ne(subject.labels)):int():sum():item()
  local rate = wrong / count
  local result = {
    numbers = { realised = rate, changed = wrong },
    text = string.format("%s of %d labels became wrong", text.number(rate), count),
  }
  if subject.matrix then
    local expected = 0
    for class = 1, subject.classes do
      expected = expected + (1 - subject.matrix[class][class]) / subject.classes
    end
    result.numbers.expected = expected
    local spread = math.sqrt(math.max(expected * (1 - expected), 1e-12) / count)
    result.text = result.text .. string.format(", the matrix says %s", text.number(expected))
    if math.abs(rate - expected) > 6 * spread then
      result.verdict = "FAIL"
      result.lines = { string.format("chance explains a distance of about %s", text.number(2 * spread)) }
    end
  end
  local share = rawget(subject.noise, "rate")
  if type(share) == "number" and not result.verdict and math.abs(share - rate) > 0.02 then
    result.verdict, result.lines = "note", { string.format("its parameter 'rate' is %s", text.number(share)) }
  end
  return result
end

local function check_matrix(subject)
  if subject.matrix == nil then
    return { verdict = "note", text = "it has no transition matrix: `matrix` of nj.noise would give one" }
  end
  nj.noise.check_matrix("noise model '" .. subject.noise.definition.name .. "'", subject.matrix, subject.classes)
  local counted, worst = counts_of(subject.labels, subject.noisy, subject.classes), { z = 0 }
  for i, row in ipairs(subject.matrix) do
    local total = 0
    for _, number in ipairs(counted[i]) do
      total = total + number
    end
    for j, p in ipairs(row) do
      local deviation = math.abs(counted[i][j] - total * p)
      -- In standard deviations of a binomial count; half a label where nothing may happen by chance.
      local z = deviation / math.max(math.sqrt(total * p * (1 - p)), 0.5)
      if z > worst.z then
        worst = { z = z, i = i, j = j, p = p, found = counted[i][j] / total }
      end
    end
  end
  local result = {
    numbers = { deviations = worst.z },
    text = string.format("rows sum to 1; the labels follow it within %s standard deviations", text.number(worst.z)),
  }
  if worst.z > 6 then
    result.verdict, result.text = "FAIL", "the labels do not follow the matrix"
    result.lines = { string.format("class %d became %d in %s of its samples, the matrix says %s", worst.i, worst.j,
      text.number(worst.found), text.number(worst.p)) }
  end
  return result
end

-- Images for noise that changes inputs.
local image_count = 64

local function check_inputs(subject)
  local images = nj.randn({ image_count, 6, 6, 2 }, { seed = 1, name = "check images" }):copy()
  local before = images:copy()
  local function changed(seed)
    return (subject.noise:inputs(images, { seed = seed, classes = subject.classes, names = subject.names,
      labels = subject.labels:narrow(1, 1, image_count) }))
  end
  local one = changed(7)
  if not images:eq(before):all():item() then
    return { verdict = "FAIL", text = "the inputs were changed in place" }
  elseif not one:isfinite():all():item() then
    return { verdict = "FAIL", text = "inputs became NaN or infinite" }
  end
  nj.manual_seed(99)
  if not changed(7):eq(one):all():item() then
    return { verdict = "FAIL", text = "the same seed gave other inputs the second time",
      lines = { "draw from the stream that `inputs` gets, ctx.random" } }
  end
  local share = one:ne(images):double():mean():item()
  local result = { numbers = { changed = share }, text = string.format("%s of the numbers in %d images changed",
    text.number(share), image_count) }
  if changed(8):eq(one):all():item() then
    result.verdict, result.lines = "note", { "every seed changes them alike" }
  end
  return result
end

local Subject = {}
Subject.__index = Subject

-- For so many samples, all of them if nothing is said.
function Subject:options(seed, samples)
  return { classes = self.classes, seed = seed, names = self.names,
    features = self.features:narrow(1, 1, samples or count) }
end

function Subject:apply(seed)
  return self.noise:apply(self.labels, self:options(seed))
end

local noise = {}

function noise.begin(model, definition, options)
  local classes = definition.classes or options.classes
  for _, name in ipairs(definition.specs.names) do
    local value = rawget(model, name)
    if type(value) == "table" and type(value[1]) == "table" then
      classes = #value
    end
  end
  local names = {}
  for class = 1, classes do
    names[class] = tostring(class)
  end
  local subject = setmetatable({
    noise = model, classes = classes, names = names, labels = true_labels(classes),
    features = nj.randn({ count, 8 }, { seed = 1, name = "check features" }),
    matrix = definition.matrix and model:matrix(classes, names) or nil,
  }, Subject)
  local function entry(name, run)
    return { name = name, run = function() return run(subject) end }
  end
  local list = {}
  if definition.apply then
    list = { entry("labels", check_labels), entry("seed", check_seed), entry("rate", check_rate),
      entry("matrix", check_matrix) }
  end
  list[#list + 1] = definition.inputs and entry("inputs", check_inputs) or nil
  return list
end

return noise
