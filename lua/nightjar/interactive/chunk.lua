-- What is typed into a session, made into a function: an expression, statements, or statements with an expression as
-- their last line. A `local` at the outermost level makes a name of the session, so that the next input knows it; all
-- else is Lua as it is. Lines stay where they are, so messages name the line that was typed.
local part = ...
local tokens = part "interactive/tokens"

-- Changes of a text, made from the end to the beginning.
local function changed(text, edits)
  for i = #edits, 1, -1 do
    local edit = edits[i]
    text = text:sub(1, edit.from - 1) .. edit.with .. text:sub(edit.to + 1)
  end
  return text
end

local function blank(token)
  return { from = token.from, to = token.to, with = (" "):rep(token.to - token.from + 1) }
end

-- The edits for `local a <const>, b = ...`, whose names begin with token `first`; nil where it stays a local: what is
-- closed at the end of the input is none of the session, and neither is another _ENV.
local function edits_of_names(list, first)
  local edits, i = {}, first
  while list[i] and list[i].kind == "name" do
    local last = list[i]
    if last.text == "_ENV" then
      return nil
    end
    i = i + 1
    if list[i] and list[i].text == "<" and list[i + 1] and list[i + 2] and list[i + 2].text == ">" then
      if list[i + 1].text ~= "const" then
        return nil
      end
      edits[#edits + 1] = blank(list[i])
      edits[#edits + 1] = blank(list[i + 1])
      edits[#edits + 1] = blank(list[i + 2])
      last, i = list[i + 2], i + 3
    end
    if not list[i] or list[i].text ~= "," then
      if not list[i] or list[i].text ~= "=" then
        edits[#edits + 1] = { from = last.to + 1, to = last.to, with = " = nil;" }
      end
      return edits
    end
    i = i + 1
  end
  return nil
end

--- The text with the locals of its outermost level made names of the session.
local function with_session_names(text, list)
  local edits = {}
  for i, token in ipairs(list) do
    local next_token = list[i + 1]
    if token.text == "local" and token.kind == "name" and token.depth == 0 and next_token then
      if next_token.text == "function" then
        edits[#edits + 1] = blank(token)
      else
        local more = edits_of_names(list, i + 1)
        if more then
          edits[#edits + 1] = blank(token)
          table.move(more, 1, #more, #edits + 1, edits)
        end
      end
    end
  end
  return changed(text, edits)
end

-- Words with which no expression begins.
local statements = {}
for word in ("and break do else elseif end for goto if in local or repeat return then until while"):gmatch("%a+") do
  statements[word] = true
end

local function may_begin_expression(token, is_whole)
  if is_whole then
    -- The text is right as it is; its last line can only be a call, and a bracket in front would belong to the line
    -- before.
    return token.kind == "name" and not statements[token.text] and token.text ~= "function"
  end
  return not statements[token.text]
end

-- The text with a `return` in front of its last statement, where that is an expression on lines of its own; nil where
-- it is none. The second result tells that such an expression has only begun.
local function with_last_value(text, list, name, is_whole)
  for i = #list, 2, -1 do
    local token = list[i]
    if token.depth == 0 and token.starts then
      if may_begin_expression(token, is_whole) then
        local front = with_session_names(text:sub(1, token.from - 1), tokens(text:sub(1, token.from - 1)))
        if native.compile(front .. "\n", name) then
          local whole = front .. "return " .. text:sub(token.from)
          local chunk, message = native.compile(whole .. "\n", name)
          return chunk, message and message:find("<eof>$") ~= nil
        end
      end
    end
  end
  return nil
end

local function is_unfinished(message)
  return message ~= nil and message:find("<eof>$") ~= nil
end

-- Whether Lua's word about the text as a statement says less than that about the text as an expression.
local function is_about_expression(first, message)
  if statements[first.text] then
    return false
  end
  return first.kind ~= "name" and first.text ~= "(" or first.text == "not" or first.text == "nil"
    or first.text == "true" or first.text == "false" or message:find(": syntax error near ", 1, true) ~= nil
end

-- Lua's message for people who typed nothing but the text: its end is on their last line, and what was put around
-- it is not there.
local function worded(message, text)
  if is_unfinished(message) then
    local lines = select(2, text:gsub("\n", "")) + 1
    return (message:gsub(":%d+:", ":" .. lines .. ":", 1))
  end
  return (message:gsub("<eof> expected near", "unexpected symbol near", 1))
end

--- Compiles what was typed. `state` is "empty", "complete" (with the function), "incomplete", or "wrong"; the last two
--- come with Lua's message.
return function(text, name)
  local list = tokens(text)
  if #list == 0 then
    local _, message = native.compile(text .. "\n", name)
    return message and "incomplete" or "empty", message and worded(message, text)
  end
  local chunk, message, last, has_begun
  local is_forced = list[1].text == "="
  if is_forced then
    text = text:sub(1, list[1].from - 1) .. "return " .. text:sub(list[1].to + 1)
  end
  local expression, about_expression = native.compile((is_forced and "" or "return ") .. text .. "\n", name)
  if expression then
    return "complete", expression
  elseif not is_forced then
    chunk, message = native.compile(with_session_names(text, list) .. "\n", name)
    last, has_begun = with_last_value(text, list, name, chunk ~= nil)
    if last or chunk then
      return "complete", last or chunk
    end
  end
  if is_unfinished(about_expression) then
    return "incomplete", worded(about_expression, text)
  elseif has_begun or is_unfinished(message) then
    return "incomplete", worded(message, text)
  end
  local is_statement = not is_forced and not is_about_expression(list[1], message)
  return "wrong", worded(is_statement and message or about_expression, text)
end
