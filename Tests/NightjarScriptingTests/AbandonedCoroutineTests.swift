import Foundation
import NightjarScripting
import Testing

/// What the library begins for a script it ends, whatever the script's coroutines do in between.
@Suite struct AbandonedCoroutineTests {
    private static let inside =
        "a coroutine cannot yield here: it is inside of a function that has to end first, such as nj.grad, "
        + "forward of a loss or a layer, or the comparison of table.sort"

    /// Ways to leave a library function in the middle.
    @Test(arguments: [
        "nj.grad(function(x) LEAVE return x:sum() end, nj.ones(2))",
        "nj.value_and_grad(function(x) LEAVE return x:sum() end, nj.ones(2))",
        "nj.grad(function(p) LEAVE return p.w:sum() end, { w = nj.ones(2) })",
        """
        local f = nj.custom { name = "f", forward = function(ctx, x) return x end, backward = function(ctx, d) LEAVE return d end }
        nj.grad(function(x) return f(x):sum() end, nj.ones(2))
        """,
        """
        local f = nj.custom { name = "f", forward = function(ctx, x) LEAVE return x end, backward = function(ctx, d) return d end }
        nj.grad(function(x) return f(x):sum() end, nj.ones(2))
        """,
        "nj.grad(function(x) table.sort({ 2, 1, 3 }, function(a, b) LEAVE return a < b end) return x:sum() end, nj.ones(2))",
        """
        local l = nj.loss { name = "l", forward = function(self, z, y) LEAVE return z:sum(-1) end } {}
        nj.grad(function(z) return l(z, nj.tensor({ 1 }, { dtype = "int32" })):sum() end, nj.ones(1, 2))
        """,
    ])
    func leavesNothingBehind(_ body: String) throws {
        for leave in ["coroutine.yield()", "error(\"left\")", "error({})", "coroutine.wrap(error)(\"left\")"] {
            let host = try makeHost()
            try run(
                """
                local function go() \(body.replacingOccurrences(of: "LEAVE", with: leave)) end
                for i = 1, 3 do
                  local thread = coroutine.create(go)
                  local ok, message = coroutine.resume(thread)
                  assert(not ok and coroutine.status(thread) == "dead")
                  assert(not pcall(coroutine.wrap(go)))
                  assert(not pcall(go))
                end
                -- Works outside of gradients only.
                assert(nj.ones(3):masked_select(nj.ones(3):gt(0)):numel() == 3)
                for i = 1, 20000 do local _ = nj.ones(8) + i end
                assert(nj.memory().tape_bytes < 1 << 27, nj.memory().tape_bytes)
                assert(nj.grad(function(x) return (x * x):sum() end, nj.ones(2)):totable()[1] == 2)
                """, host)
        }
    }

    @Test func yieldingOutOfAGradientSaysWhyNot() throws {
        #expect(
            try failure("coroutine.wrap(function() nj.grad(function(x) coroutine.yield() end, nj.ones(2)) end)()")
                .hasSuffix(AbandonedCoroutineTests.inside))
        #expect(try failure("coroutine.yield()").hasSuffix("attempt to yield from outside a coroutine"))
    }

    @Test func aCoroutineThatFailsIsClosedAtOnce() throws {
        try run(
            """
            local closed = {}
            local function guard(name) return setmetatable({}, { __close = function(_, e) closed[#closed + 1] = name .. tostring(e) end }) end
            local c = coroutine.create(function()
              local a <close> = guard "a"
              local b <close> = guard "b"
              error("oops", 0)
            end)
            local ok, message = coroutine.resume(c)
            assert(not ok and message == "oops" and table.concat(closed, " ") == "boops aoops", table.concat(closed, " "))
            assert(coroutine.status(c) == "dead" and not coroutine.resume(c))
            assert(coroutine.close(c))
            """)
    }

    @Test func tablesThatHoldThemselvesAreRefused() throws {
        let advice = ": hand over a table of what is meant, for example { w = t.w }"
        #expect(
            try failure(
                "local n = { w = nj.ones(2) } n.__index = n return nj.grad(function(p) return p.w:sum() end, n)")
                == "script.lua:2: nj.grad got a table that holds itself" + advice)
        #expect(
            try failure(
                "local t = { nj.ones(1) } for _ = 1, 100 do t = { t } end return nj.value_and_grad(function(x) return x end, t)"
            )
                == "script.lua:2: nj.value_and_grad got a table that is nested deeper than 32 levels")
        #expect(
            try failure(
                "local t = { nj.ones(1) } for _ = 1, 25 do t = { t, t } end return nj.grad(function(x) return x end, t)"
            )
                == "script.lua:2: nj.grad got a table of more than 1048576 tables")
        for call in [
            "nj.models.mlp { inputs = 4, classes = 2, hidden = T }", "nj.config { a = T }", "nj.cat(T)", "nj.tensor(T)",
            "nj.ones(2):sum(T)", "nj.save(\"x.npz\", T)", "nj.trainer(T)", "nj.experiment(T)", "nj.loss(T)",
            "nj.weighted(nj.losses.cce {}, T)", "nj.optim.sgd(T)", "nj.losses.cce(T)", "nj.nn.sequential(T)",
            "nj.data.from_tensors(T)", "nj.loss { name = \"l\", params = T, forward = print }",
            "nj.loss { name = \"l\", params = { a = T }, forward = print }",
            "nj.loss { name = \"l\", params = { a = { default = T } }, forward = print } {}",
            "nj.loss { name = \"l\", example = T, forward = print }",
        ] {
            for cycle in [
                "local T = {} T[1] = T", "local T = {} T.a = T", "local T = { name = \"a\" } T.params = { T }",
            ] {
                let message = try failure("\(cycle) local _ = \(call)")
                #expect(
                    message.hasPrefix("script.lua:2: ") || message.hasPrefix("no error"), "\(cycle) \(call): \(message)"
                )
            }
        }
    }

    /// A coroutine that resumes itself, or one that waits for it, is told so and goes on.
    @Test func aRunningCoroutineIsNotClosedByResumingIt() throws {
        let values = try run(
            """
            local said = {}
            local own
            own = coroutine.wrap(function()
              said[1] = select(2, pcall(own))
              local outer = coroutine.running()
              local inner = coroutine.create(function() return coroutine.resume(outer) end)
              said[2] = select(3, coroutine.resume(inner))
              coroutine.yield(1)
              return 2
            end)
            local first, second = own(), own()
            return said[1], said[2], first, second
            """)
        #expect(values[0].asString?.hasSuffix("cannot resume non-suspended coroutine") == true)
        #expect(values[1].asString == "cannot resume non-suspended coroutine")
        #expect(values[2].asInteger == 1 && values[3].asInteger == 2)
    }
}
