import Foundation
import NightjarEngine
import NightjarTensor
import Testing

import NightjarScripting

/// Everything that can fail at the boundary fails once, one after the other: an error each time, never a crash, nothing
/// left behind, and the state goes on and gives right results.
///
/// `NIGHTJAR_FAULTS=all` (make sanitize) tries every place where the ordinary run tries some of those that are many.
@Suite(.serialized) struct FaultTests {
    private static let script = """
        local nj = require "nightjar"
        local t = nj.tensor({ { 1, 2 }, { 3, 4 } }, { dtype = "float64" })
        local value, gradient = nj.value_and_grad(function(x) return (x * x + 1):log():sum(-1):mean() end, t)
        local both = nj.grad(function(x) return (x.a * x.b):sum() end, { a = t, b = t })
        local ok, message = pcall(function() return t:sofmax() end)
        local _, second = xpcall(function() return t + nj.ones(3) end, function(m) return "handled: " .. m end)
        local loss = nj.losses.rll { alpha = 0.2 }
        local values = loss(t, nj.tensor({ 1, 2 }, { dtype = "int32" })):totable()
        local co = coroutine.wrap(function() coroutine.yield(t:sum():item()) end)
        local thread = coroutine.create(function() local x <close> = t:exp(); coroutine.yield(1) end)
        coroutine.resume(thread)
        coroutine.close(thread)
        local text = ("a,b"):gsub("%a", { a = "1" }) .. ("x"):rep(3) .. #nj.memory().lines
        local u <close> = nj.arange(4):reshape(2, 2):sum({ 1, 2 }, { keep = true })
        return value:item(), gradient:totable(), values, tostring(t), t:shape(), both.a:totable(), co(), u:item(),
          #text > 0, message ~= nil, second ~= nil
        """

    private static let isThorough = ProcessInfo.processInfo.environment["NIGHTJAR_FAULTS"] == "all"
    /// From one place that is tried to the next, where there are thousands.
    private static let stride = isThorough ? 1 : 19

    /// Runs the script with a fault at each position in turn, until it passes without meeting one.
    /// - Parameter inject: asks for a fault, or with nil for none, and says whether the one before has come.
    private func tryAll(
        atLeast: Int, stride: Int = FaultTests.stride, _ inject: (ScriptHost, Int?) -> Bool,
        _ isExpected: (String) -> Bool
    ) throws {
        let host = try makeHost()
        let expected = try host.run(FaultTests.script).map { "\($0)" }
        _ = try host.run(FaultTests.script)
        settle(host)
        let (native, own) = (ownStorages(host), host.luaByteCount)
        var failures = 0
        var position = 0
        var met = true
        while met, position < 100_000 {
            _ = inject(host, position)
            do {
                let values = try host.run(FaultTests.script)
                met = inject(host, nil)
                // A script that caught the error went another way.
                if !met { #expect(values.map { "\($0)" } == expected) }
            } catch let error as ScriptError {
                met = inject(host, nil)
                failures += 1
                #expect(isExpected(error.message), "\(error.message)")
            }
            #expect(try numbers("return (nj.ones(2) + 1):totable()", host) == [2, 2])
            #expect(!host.session.isInStep)
            position += stride
        }
        #expect(!met)
        #expect(failures > atLeast / stride, "\(failures) failures")
        #expect(try host.run(FaultTests.script).map { "\($0)" } == expected)
        settle(host)
        #expect(ownStorages(host) == native)
        #expect(host.luaByteCount < own + 32 << 10, "\(host.luaByteCount - own) bytes stayed")
    }

    private func settle(_ host: ScriptHost) {
        host.session.renewTape()
        for _ in 0..<3 { host.collectGarbage() }
    }

    private func ownStorages(_ host: ScriptHost) -> Int {
        Storage.live.filter { $0.origin?.session == host.session.number }.count
    }

    @Test func eachAllocationOfLuaFails() throws {
        try tryAll(atLeast: 200) {
            $0.inject(ScriptFaults(allocation: $1))
        } _: {
            $0.contains("not enough memory") || $0.contains("error in error handling")
        }
    }

    /// There are fewer than there were, since the boundary asks Lua for less: so each of them is tried.
    @Test func eachCallOfTheLuaInterfaceRaises() throws {
        try tryAll(atLeast: 100, stride: 1) {
            $0.inject(ScriptFaults(call: $1))
        } _: {
            $0.contains("injected fault") || $0.contains("error in error handling") || $0.contains("not enough memory")
        }
    }

    @Test func eachCallIntoTheHostAnswersWithAnError() throws {
        try tryAll(atLeast: 40, stride: 1) {
            $0.inject(ScriptFaults(callback: $1))
        } _: {
            $0.contains("injected fault")
        }
    }

    @Test func eachTensorFindsNoMemory() throws {
        try tryAll(atLeast: 8, stride: 1) {
            Storage.failAllocation(after: $1)
        } _: {
            $0.contains("out of memory")
        }
    }

    @Test func aHostThatCannotBeMadeSaysSoAndLeavesNothing() throws {
        let stride = FaultTests.isThorough ? 7 : 397
        for make in [{ ScriptFaults(call: $0) }, { ScriptFaults(allocation: $0) }] as [(Int) -> ScriptFaults] {
            var failures = 0
            for position in Swift.stride(from: 0, to: 400_000, by: stride) {
                var options = ScriptOptions()
                options.faults = make(position)
                do {
                    let host = try makeHost(options)
                    // What plugins do wrong is noted, not thrown.
                    if !host.inject(ScriptFaults()) { break }
                    #expect(try numbers("return (nj.ones(2) + 1):totable()", host) == [2, 2])
                } catch {
                    failures += 1
                    #expect(!"\(error)".isEmpty)
                }
            }
            #expect(failures > 3, "\(failures) failures")
        }
    }
}
