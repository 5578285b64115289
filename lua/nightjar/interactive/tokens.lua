-- The tokens of a piece of Lua, as far as a session looks at what is typed before Lua does: where statements at the
-- outermost level begin, and which locals are declared there.

-- How much deeper a token makes what follows. `while` and `for` have their `do`, `elseif` and `else` the `if`.
local blocks = { ["function"] = 1, ["do"] = 1, ["if"] = 1, ["repeat"] = 1, ["end"] = -1, ["until"] = -1 }
local brackets = { ["("] = 1, ["{"] = 1, ["["] = 1, [")"] = -1, ["}"] = -1, ["]"] = -1 }

-- Where a text in quotes ends: at its quote, or with the line that it may not leave.
local function end_of_quoted(text, at)
  local quote = text:sub(at, at)
  local i = at + 1
  while i <= #text do
    local c = text:sub(i, i)
    if c == "\\" then
      local blank = text:match("^z%s*()", i + 1)
      i = blank or i + 2
    elseif c == quote then
      return i
    elseif c == "\n" then
      return i - 1
    else
      i = i + 1
    end
  end
  return #text
end

-- Where a text or comment in long brackets that begins at a position ends; nil where none begins there.
local function end_of_long(text, at)
  local level = text:match("^%[(=*)%[", at)
  if level == nil then
    return nil
  end
  local _, last = text:find("]" .. level .. "]", at, true)
  return last or #text
end

local function end_of_number(text, at)
  local i = at
  while true do
    local c = text:sub(i, i)
    if c:find("[eEpP]") and text:find("^[+-]", i + 1) then
      i = i + 2
    elseif c ~= "" and c:find("[%w_.]") then
      i = i + 1
    else
      return i - 1
    end
  end
end

-- The kind of the token that begins at a position, which is no blank, and where it ends.
local function token_at(text, at)
  if text:find("^%-%-", at) then
    return "comment", end_of_long(text, at + 2) or (text:find("\n", at, true) or #text + 1) - 1
  elseif text:find("^[%a_]", at) then
    return "name", select(2, text:find("^[%w_]+", at))
  elseif text:find("^%.?%d", at) then
    return "number", end_of_number(text, at)
  elseif text:find("^[\"']", at) then
    return "text", end_of_quoted(text, at)
  elseif end_of_long(text, at) then
    return "text", end_of_long(text, at)
  end
  local _, dots = text:find("^%.%.?%.?", at)
  if dots then
    return "sign", dots
  end
  return "sign", select(2, text:find("^[=~<>]=", at)) or select(2, text:find("^([/:<>])%1", at)) or at
end

--- The tokens without comments, in order: { kind, text, from, to, depth, starts }. The depth is that in front of the
--- token: how many blocks and brackets are open. `starts`: the first of its line.
return function(text)
  local list, depth, at, line = {}, 0, 1, true
  while true do
    local from = text:find("%S", at)
    if from == nil then
      return list
    end
    line = line or text:sub(at, from):find("\n", 1, true) ~= nil
    local kind, to = token_at(text, from)
    if kind ~= "comment" then
      local word = text:sub(from, to)
      list[#list + 1] = { kind = kind, text = word, from = from, to = to, depth = depth, starts = line }
      depth = depth + (kind == "name" and blocks[word] or kind == "sign" and brackets[word] or 0)
      line = false
    elseif text:sub(from, to):find("\n", 1, true) then
      line = true
    end
    at = to + 1
  end
end
