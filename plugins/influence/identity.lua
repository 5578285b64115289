-- Which data set scores are about: SHA-256 over the given labels from 0 (int32, little endian), then the inputs
-- (float32, little endian, row by row). In NumPy: sha256(labels.astype("<i4").tobytes() + x.astype("<f4").tobytes()).
local nj = require "nightjar"

local identity = {}

--- 32 bytes as a uint8 tensor.
function identity.of(set)
  local digits = nj.hash(set:labels():int() - 1, set:inputs():float())
  local bytes = {}
  for pair in digits:gmatch("%x%x") do
    bytes[#bytes + 1] = tonumber(pair, 16)
  end
  return nj.tensor(bytes, { dtype = "uint8" })
end

--- The digest in hexadecimal digits.
function identity.hex(bytes)
  local digits = {}
  for i, byte in ipairs(bytes:int():totable()) do
    digits[i] = string.format("%02x", byte)
  end
  return table.concat(digits)
end

return identity
