import NightjarEngine
import NightjarTensor
import Testing

import NightjarScripting

/// Every allocation of a script fails once, one after the other: an error each time, never a crash, and the state goes on.
@Suite(.serialized) struct FaultTests {
    private static let script = """
        local nj = require "nightjar"
        local t = nj.tensor({ { 1, 2 }, { 3, 4 } }, { dtype = "float64" })
        local value, gradient = nj.value_and_grad(function(x) return (x * x + 1):log():sum(-1):mean() end, t)
        local ok, message = pcall(function() return t:sofmax() end)
        local loss = nj.losses.rll { alpha = 0.2 }
        local values = loss(t, nj.tensor({ 1, 2 }, { dtype = "int32" })):totable()
        local co = coroutine.wrap(function() coroutine.yield(t:sum():item()) end)
        return value:item(), gradient:totable(), values, tostring(t), message, co()
        """

    @Test func eachAllocationFailsOnce() throws {
        let host = try makeHost()
        let expected = try host.run(FaultTests.script).count
        host.collectGarbage()
        var failures = 0
        var passed = false
        for position in 0..<20_000 where !passed {
            host.failAllocation(after: position)
            do {
                let values = try host.run(FaultTests.script)
                host.failAllocation(after: nil)
                #expect(values.count == expected)
                passed = true
            } catch let error as ScriptError {
                failures += 1
                host.failAllocation(after: nil)
                #expect(
                    error.message.contains("not enough memory") || error.message.contains("error in error handling"))
            }
            if position % 50 == 0 {
                #expect(try numbers("return (nj.ones(2) + 1):totable()", host) == [2, 2])
            }
        }
        #expect(passed)
        #expect(failures > 50)
    }
}
