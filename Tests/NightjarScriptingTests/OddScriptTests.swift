import NightjarScripting
import Testing

/// Scripts that nobody writes on purpose: sizes that are no sizes, numbers at the end of their range, tensors that are gone,
/// errors inside of errors. Each gets a message, and the process goes on. Line 1 of every script is the require.
@Suite struct OddScriptTests {
    /// Expressions that fail, and the message after `script.lua:2: `.
    static let refused: [(expression: String, message: String)] = [
        (
            "nj.zeros(0 / 0)",
            "'zeros' expects a shape (a list of integers such as {2, 3}) for 'shape', got the number nan\n"
                + "  usage: nj.zeros(shape, ..., [{ dtype }])"
        ),
        (
            "nj.zeros({ 2, width = 3 })",
            "'zeros' expects a shape (a list of integers such as {2, 3}) for 'shape', got a table with the field \"width\"\n"
                + "  usage: nj.zeros(shape, ..., [{ dtype }])"
        ),
        ("nj.zeros(1 << 62)", "dimension 4611686018427387904 is too large: at most 2147483647"),
        (
            "nj.zeros(1 << 20, 1 << 20, 1 << 20)",
            "a tensor of shape (1048576, 1048576, 1048576) has too many elements: at most 2^40"
        ),
        (
            "nj.arange(4):slice({ math.mininteger, math.maxinteger })",
            "the range {-9223372036854775808, 9223372036854775807} leaves dimension 1 of (4): positions are 1 to 4\n"
                + "  operand (4) made at script.lua:2 by arange"
        ),
        (
            "nj.arange(4):norm({ p = 0 / 0 })",
            "'norm' needs a number p, finite or infinite, got nan\n"
                + "  operand (4) made at script.lua:2 by arange"
        ),
        (
            "nj.bincount(nj.tensor({ 1 / 0 }))",
            "label inf at position 1 is no whole number: labels are whole numbers from 1 to the number of classes"
        ),
        ("nj.arange(0, 1, 1e-300)", "'arange' would have 9.999999999999999e+299 elements"),
        (
            "nj.full({ 2 }, 2 ^ 53, { dtype = \"int32\" })",
            "9007199254740992 does not fit into int32: int32 holds whole numbers from -2147483648 to 2147483647"
        ),
        (
            "nj.full({ 2 }, 0 / 0, { dtype = \"int32\" })",
            "nan does not fit into int32: int32 holds whole numbers from -2147483648 to 2147483647"
        ),
        (
            "nj.zeros(0):var({ correction = 0 })",
            "'var' of no elements: the shape is (0)\n  operand (0) made at script.lua:2 by zeros"
        ),
        (
            "nj.einsum((\"i,\"):rep(5000) .. \"i\", nj.ones(2))",
            "'einsum' of \"i,i,i,i,i,i,i,i,i,i,i,i,i,i,i,i,i,i,i,i,i,i,i,i,i,i,i,i,i...\": it names 5001 operands, got 1\n"
                + "  operand (2) made at script.lua:2 by ones"
        ),
        ("nj.tensor({ 1, nil, 3 })", "entry [2] is nil: is a variable misspelt, or was an entry left out?"),
        (
            "nj.ones(2) + setmetatable({}, { __add = print })",
            "'+' does not work on a float32 tensor of shape (2) and a table: operands are tensors and numbers"
        ),
    ]

    @Test(arguments: refused.indices) func isRefusedWithAMessage(_ index: Int) throws {
        let (expression, message) = Self.refused[index]
        let host = try makeHost()
        #expect(try failure("return \(expression)", host) == "script.lua:2: " + message)
        #expect(try numbers("return (nj.ones(2) * 3):totable()", host) == [3, 3])
    }

    /// Two dozen tables that name the next one twice are sixteen million where each is copied.
    @Test func tablesThatShareTablesAreNoLongerThanATableMayBe() throws {
        let script = """
            local t = {}
            for _ = 1, 24 do t = { t, t } end
            return nj.loss { name = "a", params = { x = { default = t } }, forward = print }
            """
        #expect(try failure(script) == "script.lua:4: a parameter got a table of more than 1048576 tables")
    }

    /// Reading and copying tables counts against the limits, however few instructions name them.
    @Test func tablesThatAreReadAreCounted() throws {
        let options = ScriptOptions()
        let host = try makeHost(options)
        let script = "local t = {} for _ = 1, 16 do t = { t, t } end for _ = 1, 200 do pcall(nj.tensor, t) end"
        let message = try host.limited(instructions: 1_000_000) { try failure(script, host) }
        #expect(message.contains("the script used up its instructions"), "\(message)")
    }

    @Test func numbersAtTheEndOfTheirRangeAreTakenWhereTheyMeanSomething() throws {
        #expect(try numbers("return nj.arange(4):slice({ 4, 1, math.mininteger }):totable()") == [3])
        #expect(try numbers("return nj.arange(4):slice({ 1, 4, math.maxinteger }):totable()") == [0])
        #expect(try numbers("return nj.arange(4):slice({ 4, 1, -3 }):totable()") == [3, 0])
        #expect(try numbers("return nj.arange(0, -1e300):numel(), nj.arange(1e308, -1e308):numel()") == [0, 0])
        #expect(try numbers("return nj.arange(4):roll(math.mininteger):totable()") == [0, 1, 2, 3])
        #expect(try numbers("return #nj.arange(4):chunk(math.maxinteger)") == [4])
    }

    @Test func aReleasedTensorInAClosureIsNamedWhereItIsUsed() throws {
        let script = """
            local w = nj.ones(2)
            local function f(x)
              return (x * w):sum()
            end
            w:release()
            return nj.grad(f, nj.ones(2))
            """
        #expect(
            try failure(script)
                == "script.lua:4: this tensor was released at script.lua:6: it cannot be used any more")
    }

    @Test func errorsInsideOfGradientsLeaveNothingBehind() throws {
        let script = """
            for _, value in ipairs { "text", {}, 5, false } do
              pcall(nj.grad, function() error(value) end, nj.ones(2))
              pcall(nj.grad, function(x) return nj.grad(function(y) error(value) end, x) end, nj.ones(2))
            end
            local inner = nj.grad(function(x)
              local ok = pcall(function() return x + nj.ones(7) end)
              return (ok and x or x * 3):sum()
            end, nj.ones(2))
            return inner:totable()
            """
        #expect(try numbers(script) == [3, 3])
    }

    /// A gradient that a coroutine leaves could never end: see AbandonedCoroutineTests.
    @Test func coroutinesDoNotStopInsideOfAGradient() throws {
        let script = """
            local function gradient()
              return nj.grad(function(x) coroutine.yield(x) return x:square():sum() end, nj.ones(2))
            end
            local left = coroutine.create(gradient)
            local ok, message = coroutine.resume(left)
            assert(not ok and message:find("cannot yield here", 1, true), message)
            return nj.grad(function(x) return x:sum() end, nj.ones(1)):totable()
            """
        #expect(try numbers(script) == [1])
    }

    @Test func anErrorWhileClosingIsTheErrorAndTensorsAreReleased() throws {
        let script = """
            local kept
            local ok, message = pcall(function()
              local t <close> = nj.ones(2)
              local u <close> = setmetatable({}, { __close = function() error("in close", 0) end })
              kept = t
              error("in the body")
            end)
            local used, why = pcall(function() return kept + 1 end)
            return ok, message == "in close", used, why:find("was released") ~= nil
            """
        #expect(try numbers(script) == [0, 1, 0, 1])
    }

    @Test func recursionWithoutEndIsAnError() throws {
        let host = try makeHost()
        let plain = try failure("local function f(x) return f(x + 1) + 1 end\nreturn f(nj.ones(1))", host)
        #expect(plain.contains("stack overflow"))
        let gradients = try failure(
            "local function f(x) return nj.grad(f, x):sum() end\nreturn nj.grad(f, nj.ones(1))", host)
        #expect(gradients.contains("stack overflow"))
        #expect(try numbers("return (nj.ones(2) * 3):totable()", host) == [3, 3])
    }
}
