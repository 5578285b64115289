-- What nightjar audit is asked about: data sets by name, in a user's own files, and runs.
local nj = require "nightjar"

local sources = {}

-- What tables are called, plain or gzipped, and what separates their values.
local function separator_of(path)
  local plain = path:lower():gsub("%.gz$", "")
  return plain:match("%.csv$") and "," or plain:match("%.tsv$") and "\t" or nil
end

-- A column by its number where it is one.
local function column_of(text)
  if text == "" then
    return nil
  end
  return math.tointeger(tonumber(text)) or text
end

local function table_of(path, fields)
  return nj.data.csv { file = path, separator = fields.separator ~= "" and fields.separator or separator_of(path),
    label = column_of(fields.label), missing = fields.missing, standardize = true }
end

-- Height and width from 32 or 32x48.
local function size_of(text)
  if text == "" then
    return nil
  end
  local height, width = text:match("^(%d+)x(%d+)$")
  height = tonumber(height or text:match("^%d+$"))
  if height == nil then
    error("--size takes height and width such as 32x48, or one number, got '" .. text .. "'")
  end
  return { math.tointeger(height), math.tointeger(tonumber(width) or height) }
end

-- A message without the place in this plugin that it came from.
local function reason(message)
  return (tostring(message):gsub("^[^\n]-%.lua:%d+: ", ""))
end

--- Either { set =, files = } or { run = } of what the command line names; `fields` has label, separator, missing, size
--- and part.
function sources.of(subject, fields)
  local is_table = separator_of(subject) ~= nil or (fields.separator or "") ~= ""
  local is_path = subject:find("/", 1, true) or subject == "."
  for _, option in ipairs { { "label", "tables", is_table },
    { "size", "folders of images", is_path and not is_table } } do
    if (fields[option[1]] or "") ~= "" and not option[3] then
      error(string.format("--%s is for %s, and '%s' is none", option[1], option[2], subject))
    end
  end
  if is_table then
    return { set = table_of(subject, fields) }
  elseif not is_path then
    local data = nj.data.load(subject)
    return { set = fields.part == "test" and data.test or data.train }
  end
  -- Runs are named EXPERIMENT/RUN, and a folder of images is a path as well.
  local is_run, run = pcall(nj.load_run, subject)
  if is_run then
    return { run = run }
  end
  local size = size_of(fields.size)
  local is_folder, set, files = pcall(nj.data.images, { folder = subject, size = size })
  if is_folder then
    return { set = set, files = files }
  end
  error(string.format("'%s' is neither a run nor a folder of images\n  as a run: %s\n  as images: %s", subject,
    reason(run), reason(set)))
end

return sources
