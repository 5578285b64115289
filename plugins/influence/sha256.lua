-- SHA-256 (FIPS 180-4), in parts: local hash = sha256.new(); hash:update(bytes); hash:digest() gives 32 bytes.
local sha256 = {}

-- The first 32 bits of the fractional parts of the cube roots of the first 64 primes (section 4.2.2).
local k = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
}

-- A word that stands twice in 64 bits is rotated by a shift; what is left in the upper half goes when a sum is cut to
-- 32 bits.
local function block(state, bytes, at)
  local w = { string.unpack(">I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4", bytes, at) }
  for t = 17, 64 do
    local x, y = w[t - 15], w[t - 2]
    local xx, yy = x << 32 | x, y << 32 | y
    w[t] = (w[t - 16] + w[t - 7] + (xx >> 7 ~ xx >> 18 ~ x >> 3) + (yy >> 17 ~ yy >> 19 ~ y >> 10)) & 0xFFFFFFFF
  end
  local a, b, c, d, e, f, g, h = table.unpack(state)
  for t = 1, 64 do
    local ee, aa = e << 32 | e, a << 32 | a
    local first = h + ((ee >> 6 ~ ee >> 11 ~ ee >> 25) & 0xFFFFFFFF) + (e & f ~ ~e & g) + k[t] + w[t]
    local second = ((aa >> 2 ~ aa >> 13 ~ aa >> 22) & 0xFFFFFFFF) + (a & b ~ a & c ~ b & c)
    h, g, f, e, d, c, b, a = g, f, e, (d + first) & 0xFFFFFFFF, c, b, a, (first + second) & 0xFFFFFFFF
  end
  for i, value in ipairs { a, b, c, d, e, f, g, h } do
    state[i] = (state[i] + value) & 0xFFFFFFFF
  end
end

local Hash = {}
Hash.__index = Hash

--- Adds bytes.
function Hash:update(bytes)
  self.length = self.length + #bytes
  bytes = self.rest .. bytes
  local whole = #bytes // 64 * 64
  for at = 1, whole, 64 do
    block(self.state, bytes, at)
  end
  self.rest = bytes:sub(whole + 1)
end

--- The 32 bytes of the digest; nothing is added afterwards.
function Hash:digest()
  local bits = 8 * self.length
  self:update("\x80" .. ("\0"):rep((55 - self.length) % 64) .. string.pack(">I8", bits))
  return string.pack(">I4I4I4I4I4I4I4I4", table.unpack(self.state))
end

function sha256.new()
  return setmetatable({ rest = "", length = 0, state = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
    0x9b05688c, 0x1f83d9ab, 0x5be0cd19 } }, Hash)
end

--- A text's digest in hexadecimal digits.
function sha256.hex(text)
  local hash = sha256.new()
  hash:update(text)
  return (hash:digest():gsub(".", function(byte) return string.format("%02x", byte:byte()) end))
end

return sha256
