-- What a run that has finished does with data: nightjar evaluate and nightjar predict.
local part = ...
local definitions = part "definitions"
local trainers = part "trainer"

local finished = {}

-- The run that is asked about, at the epoch that is asked about.
local function run_of(given)
  return nj.load_run(given.run, { epoch = given.epoch })
end

--- The model of a run on one part of a data set. `given` has run, data (nil: that of the run), part ("train" or
--- "test"), weights (nil: the final ones), epoch (nil: the end) and batch_size.
function finished.evaluate(given)
  local run = run_of(given)
  local model = run:model(given.weights)
  local data = given.data and nj.data.load(given.data) or run:data()
  local set = data[given.part]
  -- A loss that a script defined cannot be made again; the rest can be said without it.
  local is_made, loss = pcall(run.loss, run)
  local trainer = nj.trainer {
    model = model, loss = is_made and loss or nj.losses.cce {}, optimizer = nj.optim.sgd {}, learning_rate = 0,
    evaluation_batch_size = given.batch_size,
  }
  local facts = native.trainer_evaluate(trainers.native(trainer), definitions.native_data(set), is_made)
  facts.run, facts.samples, facts.class_names, facts.epoch = run.name, #set, data.class_names, run.epoch
  facts.data = given.data or run:config().data.name
  facts.loss_name = is_made and tostring(loss):match("^loss '(.*)'$") or nil
  facts.note = not is_made and tostring(loss) or nil
  return facts
end

-- Extents in words: 8 x 8 x 1.
local function extents(shape)
  return table.concat(shape, " x ")
end

-- The one array of inputs in a file.
local function array_of(file)
  local value = nj.load(file)
  if nj.is_tensor(value) then
    return value
  end
  local names = {}
  for name in pairs(value) do
    names[#names + 1] = name
  end
  table.sort(names)
  local name = value.inputs ~= nil and "inputs" or #names == 1 and names[1]
  if not name then
    native.fail(file .. " holds " .. #names .. " arrays (" .. table.concat(names, ", ")
      .. "): what is to be predicted is called 'inputs', or stands alone")
  end
  return value[name]
end

-- An image with as many channels as the model was trained on.
local function with_channels(image, channels)
  local own = image:size(3)
  if own == channels then
    return image
  elseif channels == 3 and own == 1 then
    return nj.cat({ image, image, image }, 3)
  elseif channels == 1 and own == 3 then
    -- The luma of ITU-R BT.601.
    local x = image:float()
    local grey = 0.299 * x:narrow(3, 1, 1) + 0.587 * x:narrow(3, 2, 1) + 0.114 * x:narrow(3, 3, 1)
    return grey:round():to("uint8")
  end
  return image
end

-- The rows of a file, one a sample, in the shape that the model was trained on; and whether it is an image.
local function rows_of(file, shape)
  local is_image = file:lower():find("%.p[ngp][gm]$") ~= nil
  local value = array_of(file)
  if is_image then
    value = #shape == 3 and with_channels(value, shape[3]) or value
  end
  local came, features = value:shape(), 1
  for _, extent in ipairs(shape) do
    features = features * extent
  end
  if extents(came) == extents(shape) or is_image and value:numel() == features then
    return value:reshape(1, table.unpack(shape)), is_image
  elseif is_image then
    native.fail(file .. " has " .. extents(came) .. " pixels and channels, and the model was trained on "
      .. extents(shape) .. ": scale it first")
  end
  local count = #came > 0 and came[1] or 0
  if count == 0 or value:numel() / count ~= features then
    native.fail(file .. " has shape (" .. table.concat(came, ", ") .. "), expected samples of " .. extents(shape)
      .. ", one a row")
  end
  return value:reshape(count, table.unpack(shape)), is_image
end

--- What the model of a run says of files. `given` has run, files, weights, epoch and batch_size. Gives the names of the
--- classes, and for each file its name and the probabilities of its samples.
function finished.predict(given)
  local run = run_of(given)
  local model = run:model(given.weights)
  local record = run:config().data
  local is_known, data = pcall(nj.data.load, record.name)
  if not is_known then
    native.fail("the data set of run " .. run.name .. " says how inputs are to look, and it cannot be loaded: "
      .. tostring(data))
  end
  local set = definitions.native_data(data.train)
  local dtype = (run:config().model.parameters or {}).dtype or "float32"
  local form = data.train:label_kind() == "binary" and "sigmoid" or "probabilities"
  local parts = {}
  for i, file in ipairs(given.files) do
    local rows, is_image = rows_of(file, data.shape)
    local kind = rows:dtype()
    local inputs = rows
    if kind == "uint8" then
      inputs = native.data_like(set, rows, is_image)
    elseif not kind:find("^float") then
      native.fail(file .. " holds " .. kind .. ": inputs are uint8, as the data set has them, or floats as the model "
        .. "sees them")
    end
    inputs = inputs:to(dtype)
    parts[i] = { file = file,
      probabilities = model:predict(inputs, { batch_size = given.batch_size, as = form }):copy() }
  end
  return { run = run.name, class_names = data.class_names, parts = parts }
end

--- Samples of a run's training set as its model sees them, at `given.positions`, which count from 1: a tensor (samples,
--- height, width, 1 or 3); nil where they are no images.
function finished.samples(given)
  local inputs = nj.load_run(given.run):data().train:inputs()
  if inputs:rank() ~= 4 or inputs:size(4) ~= 1 and inputs:size(4) ~= 3 then
    return nil
  end
  return inputs:index(1, nj.tensor(given.positions):int()):double():copy()
end

return finished
