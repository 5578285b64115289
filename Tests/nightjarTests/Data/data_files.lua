-- Data sets in a user's own files, in a folder where a script may write.
local nj = require "nightjar"
local test = require "nightjar.test"

local function int(values) return nj.tensor(values, { dtype = "int32" }) end

local function list(tensor) return table.concat(tensor:int():totable(), " ") end

local function are_close(a, b) return a:isclose(b):all():item() end

local function message_of(f)
  local fine, message = pcall(f)
  return fine and "" or message:match("^data_files.lua:%d+: (.*)$") or message
end

local function write(name, text)
  nj.save(name, nj.tensor({ text:byte(1, -1) }, { dtype = "uint8" }))
  return name
end

test("a table is read, and another as the first was", function(t)
  write("first.u8", "kind;a;b\nx;1;5\ny;3;5\n")
  write("second.u8", "kind;a;b\ny;4;6\n")
  local fields = { file = "first.u8", label = "kind", separator = ";", standardize = true }
  local first = nj.data.csv(fields)
  t.equal(list(first:inputs():reshape(4)), "-1 0 1 0")
  t.equal(table.concat(first:class_names(), " "), "x y")
  local second = nj.data.csv { file = "second.u8", label = 1, separator = ";", like = first }
  t.equal(list(second:inputs():reshape(2)), "2 1")
  t.equal(list(second:labels()), "2")
  t.equal(list(nj.data.csv { file = "first.u8", label = "kind", separator = ";", inputs = { "b", 2 } }:inputs()
    :reshape(4)), "5 1 5 3")
end)

test("mistakes about a table are answered", function(t)
  write("t.u8", "a,k\n1,x\n2,y\n")
  local function fault(change)
    local fields = { file = "t.u8" }
    for name, value in pairs(change) do
      fields[name] = value
    end
    return message_of(function() nj.data.csv(fields) end):gsub("%S*/t%.u8", "t.u8")
  end
  t.equal(fault { label = "kk" }, "t.u8: has no column 'kk': did you mean 'k'?")
  t.equal(fault { label = 0 }, "'label' of nj.data.csv is a column, by its name or its number from 1 (or from -1, the "
    .. "last), got 0")
  t.equal(fault { separator = ",," }, "'separator' of nj.data.csv is one character of ASCII, got \",,\"")
  t.equal(fault { separator = "\"" }, "'separator' and 'quote' of nj.data.csv are the same")
  t.equal(fault { class_names = { "x", "x" } }, "entry 2 of 'class_names' of nj.data.csv is \"x\", as an earlier one")
  t.equal(fault { like = 3 }, "'like' of nj.data.csv must be a data set, got a number")
  t.equal(fault { most_bytes = 3 }, "t.u8: holds more than 3 bytes. A larger limit can be given")
  t.equal(fault { seperator = "," }:match("^[^\n]*"), "a CSV file has an unknown field 'seperator': did you mean "
    .. "'separator'?")
end)

test("images are read by folder, in one size and as another folder", function(t)
  for i, name in ipairs { "cat", "dog" } do
    nj.save("pets/" .. name .. "/1.png", nj.full({ 4, 6, 3 }, 100 * i, { dtype = "uint8" }))
  end
  nj.save("pets/dog/2.png", nj.full({ 8, 2, 1 }, 200, { dtype = "uint8" }))
  local pets, files = nj.data.images { folder = "pets", size = { 2, 3 }, channels = 1 }
  t.equal(table.concat(files, " "), "cat/1.png dog/1.png dog/2.png")
  t.equal(table.concat(pets:inputs():shape(), " "), "3 2 3 1")
  t.equal(pets:inputs():mean():abs():item() < 1e-3, true)
  nj.save("more/cat/9.png", nj.full({ 2, 3 }, 100, { dtype = "uint8" }))
  nj.save("more/dog/9.png", nj.full({ 2, 3 }, 200, { dtype = "uint8" }))
  local more = nj.data.images { folder = "more", like = pets }
  t.equal(are_close(more:inputs(), pets:inputs():narrow(1, 1, 2)), true)
  t.equal(message_of(function() nj.data.images { folder = "pets", channels = 2 } end),
    "'channels' of nj.data.images is 1 or 3, got 2")
  t.equal(message_of(function() nj.data.images { folder = "pets", size = { 3 } } end):match("^[^,]*"),
    "'size' of nj.data.images is { height")
end)

test("arrays of NumPy's files are a data set", function(t)
  nj.save("x.npy", nj.arange(6):double():reshape(3, 2))
  nj.save("y.npy", int { 3, 5, 4 })
  local data = nj.data.arrays { inputs = "x.npy", labels = "y.npy", first_label = 3 }
  t.equal(list(data:labels()), "1 3 2")
  t.equal(data:classes(), 3)
  t.equal(list(data:inputs():reshape(6)), "0 1 2 3 4 5")
  nj.save("both.npz", { x = nj.full({ 2, 2, 2, 1 }, 7, { dtype = "uint8" }), y = int { 1, 0 } })
  local both = nj.data.arrays { file = "both.npz", inputs = "x", labels = "y", class_names = { "no", "yes" } }
  t.equal(list(both:labels()), "2 1")
  t.equal(both:inputs():abs():max():item() < 0.01, true)
  local function fault(fields) return message_of(function() nj.data.arrays(fields) end) end
  t.equal(fault { file = "both.npz", inputs = "x", labels = "z" }, "both.npz has no array 'z'\n  it has x, y")
  t.equal(fault { inputs = "both.npz", labels = "y.npy" }, "'inputs' of nj.data.arrays is a file of one array, as .npy "
    .. "files are: give both.npz as 'file', and the name of the array in it")
  t.equal(fault { inputs = "x.npy", labels = "y.npy", first_label = 4 }, "data set 'x': label 3 at position 0 (counted "
    .. "from 0) is not a class: they are whole numbers from 4, which first_label says")
end)
