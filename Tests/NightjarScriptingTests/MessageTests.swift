import NightjarScripting
import Testing

/// Messages are part of the product: each is tested in full. Line 1 of every script is the require.
@Suite struct MessageTests {
    @Test(arguments: [
        (
            "local t = nj.ones(2) return t:sofmax()",
            "script.lua:2: tensors have no method 'sofmax': did you mean 'softmax'?"
        ),
        ("return nj.tensro({1})", "script.lua:2: nj has no 'tensro': did you mean 'tensor'?"),
        ("return mth.log(2)", "script.lua:2: there is no variable 'mth': did you mean 'math'?"),
        ("return math.lgo(2)", "script.lua:2: math has no 'lgo': did you mean 'log'?"),
        ("x = 1", "script.lua:2: 'x' is not declared: write 'local x = ...' (scripts have no global variables)"),
        ("math.pi = 3", "script.lua:2: this table belongs to Nightjar: 'pi' cannot be set in it"),
        ("nj.zeros = 3", "script.lua:2: this table belongs to Nightjar: 'zeros' cannot be set in it"),
        (
            "local t = nj.ones(2) t.name = 1",
            "script.lua:2: a tensor does not change: 'name' cannot be set on it: what a tensor is, its type and shape say: "
                + "write x:dtype()"
        ),
        (
            "local l = nj.nn.linear(2, 2) l.weight = 1",
            "script.lua:2: a layer does not change: 'weight' cannot be set on it: copies of the parameters are in a table by "
                + "path: write model:parameters()"
        ),
        ("local l = nj.nn.linear(2, 2) l[1] = 1", "script.lua:2: a layer does not change: [1] cannot be set on it"),
        (
            "local t = nj.ones(2) return t[1]",
            "script.lua:2: tensors are not indexed with []: use t:slice({ first, last }) for rows, "
                + "t:narrow(dimension, first, count), or t:totable() for Lua numbers"
        ),
        (
            "local t = nj.ones(2) return t < 1",
            "script.lua:2: tensors are not compared with '<' or '>': use a:lt(b), a:gt(b), which give a tensor of "
                + "true and false"
        ),
        (
            "local t = nj.ones(2) return t .. 'x'",
            "script.lua:2: a tensor is not joined with '..': use tostring(t), t:item(), or nj.cat for tensors"
        ),
        (
            "local t = nj.ones(2) return #t",
            "script.lua:2: a tensor has no '#': use t:size(1) for the first extent, or t:numel()"
        ),
        (
            "local t = nj.ones(2, { dtype = \"int32\" }) return t // 2.5",
            "script.lua:2: '//' does not work on 2.5 and an int32 tensor: convert the tensor first with :to(\"float32\")\n"
                + "  operand (2) made at script.lua:2 by ones"
        ),
        (
            "local t = nj.ones(2, 3) return t.sum(-1)",
            "script.lua:2: 'sum' expects a tensor in front, got the number -1\n"
                + "  a method is called with a colon: t:sum([dimensions], [{ keep }])"
        ),
        (
            "local t = nj.ones(2, 3) return t.exp()",
            "script.lua:2: 'exp' expects a tensor in front, got nothing\n  a method is called with a colon: t:exp()"
        ),
        (
            "local t = nj.ones(2, 3) return t:sum(0)",
            "script.lua:2: dimensions count from 1 (or from -1, the last, backwards): there is no dimension 0\n"
                + "  operand (2, 3) made at script.lua:2 by ones"
        ),
        (
            "local t = nj.ones(2, 3) return t:size(3)",
            "script.lua:2: there is no dimension 3 in (2, 3), which has 2\n"
                + "  operand (2, 3) made at script.lua:2 by ones"
        ),
        (
            "local t = nj.ones(2, 3) return t:sum(-1, { kep = true })",
            "script.lua:2: 'sum' has no option 'kep': did you mean 'keep'?\n  usage: t:sum([dimensions], [{ keep }])"
        ),
        (
            "local t = nj.ones(2, 3) return t:sum(-1, { keep = 1 })",
            "script.lua:2: 'sum' expects true or false for the option 'keep', got the number 1\n"
                + "  usage: t:sum([dimensions], [{ keep }])"
        ),
        (
            "local t = nj.ones(2, 3) return t:softmax('last')",
            "script.lua:2: 'softmax' expects a dimension or a list of dimensions for 'dimensions', got the string "
                + "\"last\"\n  usage: t:softmax([dimensions])"
        ),
        (
            "local t = nj.ones(2, 3) return t:softmax(1, 2)",
            "script.lua:2: 'softmax' takes at most 1 argument, got 2\n  usage: t:softmax([dimensions])"
        ),
        (
            "local t = nj.ones(2, 3) return t:index(2, { 1, 4 }):totable()",
            "script.lua:2: position 4 at 2 of the positions is out of range: positions go from 1 to 3\n"
                + "  in what was recorded at script.lua:2 by index"
        ),
        (
            "local t = nj.ones(2, 3) return t:index(2, 0):totable()",
            "script.lua:2: position 0 at 1 of the positions is out of range: positions go from 1 to 3 (positions that "
                + "start at 0? In scripts they start at 1: add 1)\n  in what was recorded at script.lua:2 by index"
        ),
        (
            "local t = nj.ones(2, 3) return t:gather(2, t:gt(0))",
            "script.lua:2: positions must be int32, got bool: convert them with :to(\"int32\")\n"
                + "  operand (2, 3) made at script.lua:2 by gt"
        ),
        (
            "local t = nj.ones(2, 3)\nlocal p = nj.ones(3, 1):int()\nreturn t:gather(2, p)",
            "script.lua:4: 'gather' along dimension 2 of (2, 3) needs positions of equal shape but for that dimension, or "
                + "one list of them, got (3, 1)\n  left operand (2, 3) made at script.lua:2 by ones\n"
                + "  right operand (3, 1) made at script.lua:4 by '-'"
        ),
        (
            "local t = nj.ones(3, 2, 2)\nreturn t:inverse():totable()",
            "script.lua:3: matrix 1 of (3) is singular: it has no inverse\n  in what was recorded at script.lua:3"
        ),
        (
            "local t = nj.ones(2, 3) return t:topk(4)",
            "script.lua:2: 'topk' of 4 entries: dimension 2 of (2, 3) has 3\n"
                + "  operand (2, 3) made at script.lua:2 by ones"
        ),
        (
            "local t = nj.ones(2, 3) return t:split({ 1, 1 }, 2)",
            "script.lua:2: 'split' of dimension 2 of (2, 3) into {1, 1}: the sizes must add up to 3\n"
                + "  operand (2, 3) made at script.lua:2 by ones"
        ),
        (
            "local t = nj.ones(2, 3) return t:split('a')",
            "script.lua:2: 'split' expects a size or a list of sizes for 'sizes', got the string \"a\"\n"
                + "  usage: t:split(sizes, [dimension])"
        ),
        (
            "local t = nj.ones(2, 3) return t:pad({ 1, 2 })",
            "script.lua:2: 'pad' expects a list such as {{1, 1}, {0, 2}}, or one number, for 'widths', got a table\n"
                + "  usage: t:pad(widths, [{ value }])"
        ),
        (
            "local t = nj.ones(2, 3) return nj.einsum('ij,jk', t, t)",
            "script.lua:2: 'einsum' of \"ij,jk\": 'j' has the extents 3 and 2\n"
                + "  left operand (2, 3) made at script.lua:2 by ones\n  right operand (2, 3) made at script.lua:2 by ones"
        ),
        (
            "local t = nj.ones(2) return nj.grad(function(x) return x:masked_select(x:gt(0)):sum() end, t)",
            "script.lua:2: 'masked_select' works outside of gradients and training steps, since its size depends on "
                + "values: inside, use nj.where(mask, t, 0), or t:index(dimension, mask:nonzero())\n"
                + "  left operand (2) made at script.lua:2\n  right operand (2) made at script.lua:2 by gt"
        ),
        (
            "return nj.choice(3, 4, { replace = false })",
            "script.lua:2: 'choice' cannot draw 4 of 3 without replacement: only 3 can come"
        ),
        ("return nj.randint(3, 2, 4)", "script.lua:2: 'randint' needs int32 numbers low <= high, got 3 and 2"),
        (
            "return nj.bernoulli(1.5, 4)", "script.lua:2: 'bernoulli' needs a probability from 0 to 1, got 1.5"
        ),
        (
            "local t = nj.ones(2) return t:to('float46')",
            "script.lua:2: there is no dtype \"float46\": did you mean \"float64\"?\n  dtypes are \"float32\", "
                + "\"float64\", \"int32\", \"uint8\", \"bool\""
        ),
        (
            "local t = nj.ones(2) return t + missing_value",
            "script.lua:2: there is no variable 'missing_value'"
        ),
        (
            "local t, u = nj.ones(2) return t + u",
            "script.lua:2: '+' does not work on a float32 tensor of shape (2) and nil: is a variable misspelt, or did a function "
                + "forget to return?"
        ),
        (
            "local t = nj.ones(2) return t + 'one'",
            "script.lua:2: '+' does not work on a float32 tensor of shape (2) and the string \"one\": operands are tensors and "
                + "numbers"
        ),
        (
            "local t = nj.ones(2):int() return t + 0.5",
            "script.lua:2: '+' does not work on 0.5 and an int32 tensor: convert the tensor first with :to(\"float32\")\n"
                + "  operand (2) made at script.lua:2 by cast"
        ),
        (
            "return nj.tensor({{1, 2}, {3}})",
            "script.lua:2: entry [2] has 1 entries where the ones before it have 2"
        ),
        (
            "return nj.tensor({1, 'two'})",
            "script.lua:2: entry [2] is the string \"two\", not a number"
        ),
        (
            "return nj.tensor({300}, { dtype = 'uint8' })",
            "script.lua:2: 300 does not fit into uint8: uint8 holds whole numbers from 0 to 255"
        ),
        (
            "local t = nj.ones(2) t:release() return t + 1",
            "script.lua:2: this tensor was released at script.lua:2: it cannot be used any more"
        ),
        (
            "local t = nj.ones(2, 3) return t:item()",
            "script.lua:2: 'item' needs a tensor of one element, got shape (2, 3): reduce it first, for example with "
                + ":mean(), or use :totable()\n  operand (2, 3) made at script.lua:2 by ones"
        ),
    ])
    func mistake(_ script: String, _ expected: String) throws {
        #expect(try failure(script) == expected)
    }

    @Test func shapesThatDoNotFitTellWhereBothWereMade() throws {
        let script = """
            local logits = nj.ones(64, 10)
            local p = logits:softmax()
            local one = p:sum(-1, { keep = true })
            local given = p:mean(-1)
            return one - given
            """
        #expect(
            try failure(script)
                == "script.lua:6: shapes (64, 1) and (64) do not fit for '-': dimensions must be equal or 1, or the "
                + "smaller shape must equal the last dimensions of the larger\n"
                + "  left operand (64, 1) made at script.lua:4 by sum\n"
                + "  right operand (64) made at script.lua:5 by mean")
    }

    @Test func mixedTypesSuggestTheCast() throws {
        let script = """
            local a = nj.ones(3)
            local b = nj.zeros({ 3 }, { dtype = "float64" })
            return a + b
            """
        #expect(
            try failure(script)
                == "script.lua:4: '+' does not work on float32 and float64: convert one, for example with :to(\"float32\")\n"
                + "  left operand (3) made at script.lua:2 by ones\n  right operand (3) made at script.lua:3 by zeros")
    }

    @Test func tracebackShowsOnlyScripts() throws {
        let host = try makeHost()
        do {
            try run(
                "local function inner(t) return t:sum(5) end\nlocal function outer(t) return inner(t) + 1 end\nlocal t = outer(nj.ones(2))",
                host)
            Issue.record("no error")
        } catch let error as ScriptError {
            #expect(
                error.traceback == [
                    "script.lua:2 in upvalue 'inner'", "script.lua:3 in function 'outer'",
                    "script.lua:4 in the main chunk",
                ]
                    || error.traceback == [
                        "script.lua:2 in function 'inner'", "script.lua:3 in function 'outer'",
                        "script.lua:4 in the main chunk",
                    ])
        }
    }

    @Test func errorsOfFunctionsThatAreDifferentiatedKeepTheirLine() throws {
        #expect(
            try failure("return nj.grad(function(x)\n  return (x * y):sum()\nend, nj.ones(3))")
                == "script.lua:3: there is no variable 'y'")
        #expect(
            try failure("return nj.grad(function(x) local y = x * 2 end, nj.ones(3))")
                == "script.lua:2: the function to differentiate returned nothing: did it forget 'return'?")
        #expect(
            try failure("return nj.grad(function(x) return x * 2 end, nj.ones(3))")
                == "script.lua:2: the function must return a single number to differentiate, got shape (3): reduce it "
                + "first, for example with :mean()\n  operand (3) made at script.lua:2 by '*'")
    }
}
