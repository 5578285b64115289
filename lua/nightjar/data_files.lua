-- Data sets in a user's own files: nj.data.csv, nj.data.images, nj.data.arrays.
local part = ...
local collection = part "declare"
local declare = collection "Data"
local params = part "params"

local files = {}

local shared = {
  class_names = { "class_names", "table", "the classes in their order, one text each", optional = true,
    annotation = "string[]" },
  like = { "like", "any", "a data set whose classes and normalisation are taken: that of the file to train on",
    optional = true, annotation = "nightjar.Dataset" },
  name = { "name", "string", "what messages and files call it (by default as the file is called)", optional = true },
}

local csv_fields, csv_needed = declare.fields("nightjar.CSVFields", "What nj.data.csv takes.", {
  { "file", "string", "plain or gzipped, in UTF-8; relative paths start at the working directory" },
  { "label", "any", "the column of the classes, by its name or its number from 1 (-1: the last, which is the default)",
    optional = true, annotation = "string|integer" },
  { "inputs", "table", "the columns of the inputs, likewise (by default all others)", optional = true,
    annotation = "(string|integer)[]" },
  { "header", "boolean", "whether the first line names the columns (default true)", optional = true },
  { "separator", "string", "one character (default \",\")", optional = true },
  { "quote", "string", "one character around fields that hold separators, quotes or line ends (default '\"')",
    optional = true },
  { "missing", "string", "samples that lack a value: \"refuse\" (an error names the first), \"drop\", or \"mean\" "
    .. "(that of the column; samples without a label are dropped)", optional = true,
    annotation = "\"refuse\"|\"drop\"|\"mean\"" },
  { "missing_texts", "table", "what stands for no value (default: nothing, ?, NA, N/A, NaN, nan, NULL, null, None)",
    optional = true, annotation = "string[]" },
  { "standardize", "boolean", "whether each column is brought to mean 0 and deviation 1 over the file (default false)",
    optional = true },
  { "most_bytes", "integer", "the most text that is read (default 2^30)", optional = true },
  shared.class_names, shared.like, shared.name,
})

declare.call("nj.data.csv", {
  doc = "A data set in a file of separated values (RFC 4180): numbers in columns, and the class of each sample as a "
    .. "text in one. Classes that are not named are sorted, whole numbers by value. Errors name line and column.",
  parameters = { { "fields", "nightjar.CSVFields" } },
  returns = "nightjar.Dataset",
  example = [[
local text = "petal,kind\n1.4,setosa\n4.7,virginica\n"
nj.save("flowers.u8", nj.tensor({ text:byte(1, -1) }, { dtype = "uint8" }))
local flowers = nj.data.csv { file = "flowers.u8", label = "kind" }
flowers:count(), table.concat(flowers:class_names(), " ") --> 2, "setosa virginica"]],
})

local image_fields, image_needed = declare.fields("nightjar.ImagesFields", "What nj.data.images takes.", {
  { "folder", "string", "has a folder for each class, in it .png, .jpg and .jpeg files" },
  { "size", "table", "{ height, width } to which images are brought (by default all have one size)", optional = true,
    annotation = "integer[]" },
  { "channels", "integer", "1 for grey, 3 for colours (by default as the first image has it)", optional = true },
  { "most_pixels", "integer", "the most of one image (default 2^26)", optional = true },
  { "most_images", "integer", "the most of all (default 2^24)", optional = true },
  shared.class_names, shared.like, shared.name,
})

declare.call("nj.data.images", {
  doc = "A data set as a folder of images, with a folder for each class; and the file of each sample. Classes are "
    .. "sorted by name, and so are the images of each. Pixels stay bytes; mean and deviation are measured over all. In "
    .. "another size, pixels are means weighted by triangles (bilinear with antialiasing).",
  parameters = { { "fields", "nightjar.ImagesFields" } },
  returns = "nightjar.Dataset, string[]",
  example = [[
for _, name in ipairs { "cat", "dog" } do
  nj.save("pets/" .. name .. "/1.png", nj.zeros({ 8, 6, 3 }, { dtype = "uint8" }))
end
local pets, files = nj.data.images { folder = "pets", size = { 4, 4 } }
pets:count(), files[2], table.concat(pets:class_names(), " ") --> 2, "dog/1.png", "cat dog"]],
})

local array_fields, array_needed = declare.fields("nightjar.ArraysFields", "What nj.data.arrays takes.", {
  { "inputs", "string", "a .npy file, or the name of an array in 'file'" },
  { "labels", "string", "likewise: whole numbers, one a sample" },
  { "file", "string", "an .npz or .safetensors file that has both", optional = true },
  { "first_label", "integer", "the number of the first class (default 0, as Python counts)", optional = true },
  { "classes", "integer", "how many there are (by default as many as the largest label says)", optional = true },
  { "standardize", "boolean", "whether each channel (the last dimension) is brought to mean 0 and deviation 1 "
    .. "(default: of bytes, which are images)", optional = true },
  shared.class_names, shared.like, shared.name,
})

declare.call("nj.data.arrays", {
  doc = "A data set of two arrays in NumPy's files: inputs of any shape with the sample first, and labels. Bytes stay "
    .. "bytes, other numbers become float32.",
  parameters = { { "fields", "nightjar.ArraysFields" } },
  returns = "nightjar.Dataset",
  example = [[
nj.save("mine.npz", { x = nj.rand({ 4, 2 }, { seed = 1 }), y = nj.tensor({ 0, 1, 1, 2 }, { dtype = "int32" }) })
local data = nj.data.arrays { file = "mine.npz", inputs = "x", labels = "y" }
data:count(), data:classes(), data:labels() --> 4, 3, {1, 2, 2, 3}]],
})

local side = { type = "integer", min = 1, max = 65535 }
local positive = { type = "integer", min = 1, max = 1 << 53 }

-- Texts of a list, each once.
local function check_texts(owner, list)
  local seen = {}
  for i, text in ipairs(list or {}) do
    if type(text) ~= "string" then
      native.fail(string.format("entry %d of %s must be a text, got %s", i, owner, params.a_kind(text)))
    elseif seen[text] then
      native.fail(string.format("entry %d of %s is %s, as an earlier one", i, owner, params.show(text)))
    end
    seen[text] = true
  end
end

-- The native data set whose classes and normalisation are taken.
local function read_like(owner, fields, known)
  local like = fields.like
  if like == nil then
    return nil
  elseif known[like] == nil then
    native.fail("'like' of " .. owner .. " must be a data set, got " .. params.a_kind(like))
  elseif fields.class_names or fields.standardize ~= nil then
    native.fail(owner .. " takes 'like', or 'class_names' and 'standardize', not both")
  end
  return known[like]
end

local function check_limits(owner, fields, names)
  for _, name in ipairs(names) do
    if fields[name] ~= nil then
      params.checked("'" .. name .. "' of " .. owner, positive, fields[name])
    end
  end
end

-- The fields without what the host gets as an argument of its own.
local function without_like(fields)
  local rest = {}
  for name, value in pairs(fields) do
    if name ~= "like" then
      rest[name] = value
    end
  end
  return rest
end

local function check_column(owner, value)
  if type(value) ~= "string" and not (type(value) == "number" and math.tointeger(value) and value ~= 0) then
    native.fail(owner .. " is a column, by its name or its number from 1 (or from -1, the last), got "
      .. params.show(value))
  end
end

--- Adds them to nj.data. `room` has wrap(native set) and known.
function files.add(data, room)
  function data.csv(fields)
    params.check_fields("nj.data.csv", "a CSV file", fields, csv_fields, csv_needed)
    check_texts("'class_names' of nj.data.csv", fields.class_names)
    check_texts("'missing_texts' of nj.data.csv", fields.missing_texts)
    check_limits("nj.data.csv", fields, { "most_bytes" })
    if fields.missing ~= nil then
      params.checked("'missing' of nj.data.csv", { type = "string", choices = { "refuse", "drop", "mean" } },
        fields.missing)
    end
    if fields.label ~= nil then
      check_column("'label' of nj.data.csv", fields.label)
    end
    for i, column in ipairs(fields.inputs or {}) do
      check_column(string.format("entry %d of 'inputs' of nj.data.csv", i), column)
    end
    return room.wrap(native.data_csv(without_like(fields), read_like("nj.data.csv", fields, room.known)))
  end

  function data.images(fields)
    params.check_fields("nj.data.images", "a folder of images", fields, image_fields, image_needed)
    check_texts("'class_names' of nj.data.images", fields.class_names)
    check_limits("nj.data.images", fields, { "most_pixels", "most_images" })
    if fields.channels ~= nil and fields.channels ~= 1 and fields.channels ~= 3 then
      native.fail("'channels' of nj.data.images is 1 or 3, got " .. params.show(fields.channels))
    end
    if fields.size ~= nil then
      if #fields.size ~= 2 then
        native.fail("'size' of nj.data.images is { height, width }, got " .. params.show(fields.size))
      end
      for i, extent in ipairs(fields.size) do
        params.checked("entry " .. i .. " of 'size' of nj.data.images", side, extent)
      end
    end
    local set, names = native.data_pictures(without_like(fields), read_like("nj.data.images", fields, room.known))
    return room.wrap(set), names
  end

  -- One array, of a file of its own or of the one that has both.
  local function array(fields, name)
    local path = fields.file or fields[name]
    local found = path:lower():match("%.npy$") and native.data_array(path) or nj.load(path)
    if fields.file then
      if nj.is_tensor(found) then
        native.fail("'file' of nj.data.arrays has arrays by name, as .npz files do: give " .. path .. " as 'inputs' or "
          .. "'labels'")
      end
      -- One that cannot be read says why here.
      local value = found[fields[name]]
      local names = {}
      for known_name in pairs(found) do
        names[#names + 1] = known_name
      end
      table.sort(names)
      return value or native.fail(path .. " has no array '" .. fields[name] .. "'"
        .. params.suggestion(fields[name], names) .. "\n  it has " .. table.concat(names, ", "))
    end
    return nj.is_tensor(found) and found or native.fail("'" .. name .. "' of nj.data.arrays is a file of one array, as "
      .. ".npy files are: give " .. path .. " as 'file', and the name of the array in it")
  end

  function data.arrays(fields)
    params.check_fields("nj.data.arrays", "arrays", fields, array_fields, array_needed)
    check_texts("'class_names' of nj.data.arrays", fields.class_names)
    local like = read_like("nj.data.arrays", fields, room.known)
    local stem = (fields.file or fields.inputs):match("([^/]+)%.[^./]*$") or "arrays"
    return room.wrap(native.data_arrays(fields.name or stem, array(fields, "inputs"), array(fields, "labels"),
      { first_label = fields.first_label, classes = fields.classes, standardize = fields.standardize,
        class_names = fields.class_names }, like))
  end
end

return files
