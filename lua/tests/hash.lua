local nj = require "nightjar"
local test = require "nightjar.test"

test("texts have the SHA-256 of FIPS 180-4", function(t)
  t.equal(nj.hash(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  t.equal(nj.hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  t.equal(nj.hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
  t.equal(nj.hash(("a"):rep(1000)), "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3")
end)

test("what is put behind each other is hashed as one", function(t)
  t.equal(nj.hash("a", "", "bc"), nj.hash("abc"))
end)

test("bytes that are no UTF-8 count as they are", function(t)
  -- hashlib.sha256(bytes([0xff, 0x00, 0x80])).hexdigest()
  t.equal(nj.hash("\xff\0\x80"), "ef192b7af54e943f206ab27075ec1805384c972c9959fc5820f1fa7d5268fcef")
end)

test("tensors count by the bytes of their elements", function(t)
  t.equal(nj.hash(nj.tensor({ 97, 98, 99 }, { dtype = "uint8" })), nj.hash("abc"))
  t.equal(nj.hash(nj.tensor({ 1, -2 }, { dtype = "int32" })), nj.hash(string.pack("<i4i4", 1, -2)))
  t.equal(nj.hash(nj.tensor({ { 0.5, 1 }, { 2, 3 } })), nj.hash(string.pack("<ffff", 0.5, 1, 2, 3)))
  t.equal(nj.hash(nj.tensor({ { 0.5, 1 }, { 2, 3 } }):t()), nj.hash(string.pack("<ffff", 0.5, 2, 1, 3)))
  t.equal(nj.hash(nj.tensor({ 0.1 }, { dtype = "float64" })), nj.hash(string.pack("<d", 0.1)))
end)

test("what is neither is said", function(t)
  t.error_with(function() return nj.hash() end, "'hash' expects a text or a tensor")
  t.error_with(function() return nj.hash("a", 3) end, "'hash' expects texts and tensors")
end)
