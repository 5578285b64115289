-- Every operator of Lua with tensors of every type in every place: it gives what Lua gives for the numbers, or an error
-- that says what to write.
local nj = require "nightjar"
local test = require "nightjar.test"

local dtypes = { "float32", "float64", "int32", "uint8", "bool" }
local values = { -7, -2, -1, 0, 1, 2, 3, 5, 7 }
local small = { 0, 1, 1, 0, 1, 1, 0, 1, 0 }

local function of_type(dtype)
  local list = (dtype == "uint8" or dtype == "bool") and small or values
  return nj.tensor(list, { dtype = "float64" }):to(dtype), list
end

local function is_floating(dtype)
  return dtype == "float32" or dtype == "float64"
end

-- What Lua does with two numbers; nil where whole numbers are divided by 0.
local binary = {
  ["+"] = { function(a, b) return a + b end, whole = true },
  ["-"] = { function(a, b) return a - b end, whole = true },
  ["*"] = { function(a, b) return a * b end, whole = true },
  ["%"] = { function(a, b) return a % b end, whole = true, divides = true },
  ["//"] = { function(a, b) return a // b end, whole = true, divides = true },
  ["/"] = { function(a, b) return a / b end },
  ["^"] = { function(a, b) return a ^ b end },
}

local function same(got, expected)
  return got == expected or got ~= got and expected ~= expected
    or math.abs(got - expected) <= 1e-6 * math.max(1, math.abs(expected))
end

local function agrees(t, name, got, expected)
  for i, value in ipairs(got:totable()) do
    t.ok(same(value, expected(i)), string.format("%s gives %s at position %d, Lua %s", name, tostring(value), i,
      tostring(expected(i))))
  end
end

for sign, facts in pairs(binary) do
  local f = facts[1]
  test("'" .. sign .. "' of floating tensors is that of Lua's numbers, in both orders", function(t)
    for _, dtype in ipairs { "float32", "float64" } do
      local a, list = of_type(dtype)
      for _, number in ipairs(values) do
        local b = nj.full({ #list }, number, { dtype = dtype })
        for _, other in ipairs { number, b } do
          local name = dtype .. " " .. sign .. " " .. number
          agrees(t, name, f(a, other), function(i) return f(list[i] + 0.0, number + 0.0) end)
          agrees(t, "turned " .. name, f(other, a), function(i) return f(number + 0.0, list[i] + 0.0) end)
        end
        t.equal(f(a, number):dtype(), dtype)
      end
    end
  end)

  test("'" .. sign .. "' of whole numbers is exact, an error, or refused", function(t)
    local a, list = of_type("int32")
    for _, number in ipairs(values) do
      local b = nj.full({ #list }, number, { dtype = "int32" })
      for _, other in ipairs { number, b } do
        if not facts.whole then
          t.error_with(function() f(a, other):totable() end, sign == "/"
            and "int32 tensors cannot be divided with '/': a // b rounds down"
            or "'^' does not work on int32 tensors: convert them first with :to(\"float32\")")
        elseif facts.divides and number == 0 then
          t.error_with(function() f(a, other):totable() end, "'" .. sign
            .. "' of -7 by 0 at position 1: whole numbers cannot be divided by 0")
        else
          local got = f(a, other)
          t.equal(got:dtype(), "int32")
          agrees(t, "int32 " .. sign .. " " .. number, got, function(i) return f(list[i], number) end)
        end
      end
      if facts.divides then
        t.error_with(function() f(number, a):totable() end, "'" .. sign .. "' of " .. number .. " by 0 at position 4")
      end
    end
  end)

  test("'" .. sign .. "' of bytes and masks is refused with the cast to write", function(t)
    for _, dtype in ipairs { "uint8", "bool" } do
      local a = of_type(dtype)
      local cast = sign == "//" and "int32" or "float32"
      t.error_with(function() return f(a, a) end, "'" .. sign .. "' does not work on " .. dtype
        .. " tensors: convert them first with :to(\"" .. cast .. "\")")
      t.error_with(function() return f(a, 2) end, "'" .. sign .. "' does not work on a number and a " .. dtype
        .. " tensor: convert the tensor first, for example with :to(\"float32\")")
    end
  end)

  test("'" .. sign .. "' of two types is refused with the cast to write", function(t)
    for _, left in ipairs(dtypes) do
      for _, right in ipairs(dtypes) do
        if left ~= right then
          t.error_with(function() return f((of_type(left)), (of_type(right))) end, "'" .. sign .. "' does not work on "
            .. left .. " and " .. right .. ": convert one, for example with :to(\""
            .. (is_floating(left) and left or right) .. "\")")
        end
      end
    end
  end)
end

test("quotients that are rounded down have the gradient 0, and the ends of int32 are errors", function(t)
  local x = nj.tensor { 7.5, -7.5 }
  t.equal(nj.grad(function(y) return (y // 2 * y):sum() end, x), { 3, -4 })
  local least = nj.tensor({ -2147483648 }, { dtype = "int32" })
  t.equal(least // 1, { -2147483648 })
  t.equal(least // 2, { -1073741824 })
  t.equal(least // 3, { -715827883 })
  t.error_with(function() (least // -1):totable() end, "'//' gives 2147483648 at position 1: int32 holds whole numbers "
    .. "from -2147483648 to 2147483647; convert first, with :to(\"float64\")")
  t.error_with(function() (least // 0):totable() end, "'//' of -2147483648 by 0 at position 1: whole numbers cannot be "
    .. "divided by 0; convert first, with :to(\"float64\"), and it is -inf")
end)

test("unary minus turns signs, of whole numbers within their range", function(t)
  for _, dtype in ipairs { "float32", "float64", "int32" } do
    local a, list = of_type(dtype)
    agrees(t, "-" .. dtype, -a, function(i) return -list[i] end)
    t.equal((-a):dtype(), dtype)
  end
  for _, dtype in ipairs { "uint8", "bool" } do
    t.error_with(function() return -(of_type(dtype)) end, "'unary minus' needs a float32 or float64 tensor, got "
      .. dtype .. ": convert it first with :to(\"float32\")")
  end
end)

test("& | and ~ are for masks", function(t)
  local a, b = of_type("bool"), nj.tensor({ 1, 1, 0, 0, 1, 0, 1, 0, 1 }):to("bool")
  local one, two = a:totable(), b:totable()
  t.equal(nj.tensor((a & b):totable(), { dtype = "bool" }):sum():item(), 2)
  for i = 1, #one do
    t.equal((a & b):totable()[i], one[i] and two[i])
    t.equal((a | b):totable()[i], one[i] or two[i])
    t.equal((a ~ b):totable()[i], one[i] ~= two[i])
    t.equal((~a):totable()[i], not one[i])
  end
  for _, dtype in ipairs { "float32", "float64", "int32", "uint8" } do
    local x = of_type(dtype)
    t.error_with(function() return x & x end, "'logical_and' needs bool tensors, got " .. dtype
      .. ": compare first, for example with :gt(0)")
    t.error_with(function() return x | x end, "'logical_or' needs bool tensors, got " .. dtype)
    t.error_with(function() return x ~ x end, "'logical_xor' needs bool tensors, got " .. dtype)
    t.error_with(function() return ~x end, "'logical_not' needs a bool tensor, got " .. dtype
      .. ": compare first, for example with :ne(0)")
  end
end)

test("operators that tensors do not have say what to write", function(t)
  for _, dtype in ipairs(dtypes) do
    local x = of_type(dtype)
    for _, other in ipairs { x, 1 } do
      t.error_with(function() return x < other end, "tensors are not compared with '<' or '>': use a:lt(b), a:gt(b)")
      t.error_with(function() return x >= other end, "tensors are not compared with '<=' or '>=': use a:le(b), a:ge(b)")
      t.error_with(function() return x << other end, "tensors are not shifted with '<<': use t * 2 ^ n")
      t.error_with(function() return x >> other end, "tensors are not shifted with '>>': use t // 2 ^ n")
    end
    t.error_with(function() return x .. "" end, "a tensor is not joined with '..': use tostring(t)")
    t.error_with(function() return "" .. x end, "a tensor is not joined with '..'")
    t.error_with(function() return #x end, "a tensor has no '#': use t:size(1) for the first extent, or t:numel()")
    t.error_with(function() return x() end, "a tensor is not called: methods have a name and a colon, as in t:sum()")
    t.ok(x == x and x ~= x:copy(), "== asks whether it is the same tensor")
  end
end)

test("comparisons give masks, which count, choose and multiply after a cast", function(t)
  for _, dtype in ipairs { "float32", "float64", "int32" } do
    local a, list = of_type(dtype)
    local compared = {
      eq = function(x, y) return x == y end, ne = function(x, y) return x ~= y end,
      lt = function(x, y) return x < y end, le = function(x, y) return x <= y end,
      gt = function(x, y) return x > y end, ge = function(x, y) return x >= y end,
    }
    for name, f in pairs(compared) do
      local mask, count = a[name](a, 1), 0
      for i, holds in ipairs(mask:totable()) do
        t.equal(holds, f(list[i], 1))
        count = count + (holds and 1 or 0)
      end
      t.equal(mask:dtype(), "bool")
      t.equal(mask:sum():item(), count)
      t.equal(mask:sum():dtype(), "int32")
      t.near(mask:mean():item(), count / #list, 1e-7)
      t.equal(mask:cumsum():totable()[#list], count)
      t.equal(nj.where(mask, 1, 0):sum():item(), count)
      t.equal((mask:to(dtype) * a):dtype(), dtype)
      t.equal(a:masked_fill(mask, 0):ne(a):sum():item(), (mask & a:ne(0)):sum():item())
    end
  end
end)

test("bytes are compared with whole numbers of any size", function(t)
  local bytes = nj.tensor({ 0, 1, 255 }, { dtype = "uint8" })
  t.equal(bytes:eq(255), { false, false, true })
  t.equal(bytes:lt(300), { true, true, true })
  t.equal(bytes:ge(-1), { true, true, true })
  t.equal(bytes:ne(0):sum():item(), 2)
  t.error_with(function() return bytes:gt(0.5) end, "'gt' does not work on 0.5 and an int32 tensor")
  t.error_with(function() return bytes:maximum(3) end, "'maximum' does not work on a number and a uint8 tensor")
end)
