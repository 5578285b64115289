-- Samples as pictures that a page can hold: PNG without compression, as a data: address. Grey or red, green and blue.
local pictures = {}

local digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

--- RFC 4648, section 4.
function pictures.base64(bytes)
  local parts = {}
  for i = 1, #bytes, 3 do
    local a, b, c = bytes:byte(i, i + 2)
    local word = a << 16 | (b or 0) << 8 | (c or 0)
    for n = 0, 3 do
      local place = word >> (18 - 6 * n) & 63
      local is_there = n < 2 or n == 2 and b or n == 3 and c
      parts[#parts + 1] = is_there and digits:sub(place + 1, place + 1) or "="
    end
  end
  return table.concat(parts)
end

local crc_table = {}
for i = 0, 255 do
  local c = i
  for _ = 1, 8 do
    c = c & 1 == 1 and 0xEDB88320 ~ (c >> 1) or c >> 1
  end
  crc_table[i] = c
end

local function crc(text)
  local c = 0xFFFFFFFF
  for i = 1, #text do
    c = crc_table[(c ~ text:byte(i)) & 255] ~ (c >> 8)
  end
  return c ~ 0xFFFFFFFF
end

local function adler(text)
  local a, b = 1, 0
  for i = 1, #text do
    a = (a + text:byte(i)) % 65521
    b = (b + a) % 65521
  end
  return b << 16 | a
end

local function chunk(kind, content)
  return string.pack(">I4", #content) .. kind .. content .. string.pack(">I4", crc(kind .. content))
end

--- The bytes of a PNG file (ISO/IEC 15948) of rows of bytes, each a string of width * channels.
function pictures.png(rows, width, channels)
  local raw = {}
  for i, row in ipairs(rows) do
    -- Each row begins with its filter: none.
    raw[i] = "\0" .. row
  end
  local all, blocks = table.concat(raw), {}
  -- Blocks of zlib's stream that are stored as they are.
  for first = 1, #all, 65535 do
    local part = all:sub(first, first + 65534)
    blocks[#blocks + 1] = string.pack("<I1I2I2", first + 65535 > #all and 1 or 0, #part, #part ~ 0xFFFF) .. part
  end
  local stream = "\x78\x01" .. table.concat(blocks) .. string.pack(">I4", adler(all))
  return "\x89PNG\r\n\x1a\n"
    .. chunk("IHDR", string.pack(">I4I4I1I1I1I1I1", width, #rows, 8, channels == 3 and 2 or 0, 0, 0, 0))
    .. chunk("IDAT", stream) .. chunk("IEND", "")
end

--- What draws the samples of inputs (samples, height, width, 1 or 3): a function of a position that gives a data:
--- address. Numbers are drawn from the least to the largest of each channel over all samples. nil for what is no image.
function pictures.of(inputs)
  if inputs == nil or inputs:rank() ~= 4 or inputs:size(4) ~= 1 and inputs:size(4) ~= 3 then
    return nil
  end
  local height, width, channels = inputs:size(2), inputs:size(3), inputs:size(4)
  local flat = inputs:reshape(inputs:size(1) * height * width, channels)
  local low, high = flat:min(1):double(), flat:max(1):double()
  local span = (high - low):maximum(1e-12)
  return function(position)
    local image = inputs:narrow(1, position, 1):squeeze(1):double()
    local bytes = (255 * (image - low) / span + 0.5):floor():clamp(0, 255):int():totable()
    local rows = {}
    for y, row in ipairs(bytes) do
      local texts = {}
      for x, pixel in ipairs(row) do
        texts[x] = string.char(table.unpack(pixel))
      end
      rows[y] = table.concat(texts)
    end
    return "data:image/png;base64," .. pictures.base64(pictures.png(rows, width, channels))
  end
end

return pictures
