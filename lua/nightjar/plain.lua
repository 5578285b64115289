-- Numbers, texts, booleans and tables of them as one line of plain characters, and back to the same bits.
--
--   n<hex float>;  i<integer>;  t  f  s<text>;  {key value key value ...}  x<number of a tensor>;
--
-- In texts, what is not a letter, a digit or an underscore is %xx. Keys are in order, so equal tables are equal texts.
local deepest = 32

local plain = {}

local function escape(text)
  return (text:gsub("[^%w_]", function(c) return string.format("%%%02x", c:byte()) end))
end

local function write(owner, value, out, path, depth, tensors)
  local kind = math.type(value) or type(value)
  if kind == "integer" then
    out[#out + 1] = "i" .. value .. ";"
  elseif kind == "float" then
    out[#out + 1] = (value ~= value and "nnan" or value == math.huge and "ninf" or value == -math.huge and "n-inf"
      or string.format("n%a", value)) .. ";"
  elseif kind == "boolean" then
    out[#out + 1] = value and "t" or "f"
  elseif kind == "string" then
    out[#out + 1] = "s" .. escape(value) .. ";"
  elseif tensors and nj.is_tensor(value) then
    tensors[#tensors + 1] = value
    out[#out + 1] = "x" .. #tensors .. ";"
  elseif kind == "table" and not nj.is_tensor(value) and depth < deepest then
    local keys = {}
    for key in next, value do
      if type(key) ~= "string" and math.type(key) ~= "integer" then
        native.fail(string.format("%s: a key of %s is a %s, and only texts and whole numbers are kept", owner, path,
          type(key)))
      end
      keys[#keys + 1] = key
    end
    table.sort(keys, function(a, b)
      local first, second = math.type(a) == "integer", math.type(b) == "integer"
      if first ~= second then
        return first
      end
      return a < b
    end)
    out[#out + 1] = "{"
    for _, key in ipairs(keys) do
      write(owner, key, out, path, depth + 1, tensors)
      write(owner, value[key], out, path .. "." .. tostring(key), depth + 1, tensors)
    end
    out[#out + 1] = "}"
  else
    native.fail(string.format("%s: %s is a %s, and only numbers, texts, booleans%s and tables of them are "
      .. "kept%s", owner, path,
      nj.is_tensor(value) and "tensor" or type(value), tensors and ", tensors" or "",
      kind == "table" and depth >= deepest and " (it is nested too deeply, or holds itself)" or ""))
  end
end

--- `owner` is for messages about what cannot be written. Tensors are appended to `tensors`, where there is one.
function plain.write(owner, value, tensors)
  local out = {}
  write(owner, value, out, "state", 0, tensors)
  return table.concat(out)
end

local numbers = { nan = 0 / 0, inf = math.huge, ["-inf"] = -math.huge }

local function read(text, position, tensors)
  local mark = text:sub(position, position)
  if mark == "t" or mark == "f" then
    return mark == "t", position + 1
  elseif mark == "{" then
    local result = {}
    position = position + 1
    while text:sub(position, position) ~= "}" do
      local key, value
      key, position = read(text, position, tensors)
      value, position = read(text, position, tensors)
      result[key] = value
    end
    return result, position + 1
  end
  local body, after = text:match("^([^;]*);()", position + 1)
  if body and mark == "i" and math.tointeger(tonumber(body)) then
    return math.tointeger(tonumber(body)), after
  elseif body and mark == "n" and (numbers[body] or tonumber(body)) then
    return numbers[body] or tonumber(body) + 0.0, after
  elseif body and mark == "x" and tensors and tensors[tonumber(body)] then
    return tensors[tonumber(body)], after
  elseif body and mark == "s" then
    return (body:gsub("%%(%x%x)", function(code) return string.char(tonumber(code, 16)) end)), after
  end
  native.fail("what schedules and callbacks remember cannot be read: it is damaged at character " .. position)
end

--- `tensors` are those that `write` appended.
function plain.read(text, tensors)
  return (read(text, 1, tensors))
end

return plain
