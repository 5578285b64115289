import Foundation
import Nightjar
import Testing

@Suite struct RuntimeTests {
    private func failure(_ body: () throws -> some Any) -> Runtime.Failure? {
        do { _ = try body() } catch { return error as? Runtime.Failure }
        return nil
    }

    private let head = "local nj = require 'nightjar'\n"

    // MARK: Values

    @Test func valuesGoBothWays() throws {
        let runtime = try Runtime()
        let given: [LuaValue] = [
            .integer(1), .number(0.5), .string("ä\0b"), .boolean(true), .nil,
            .table(ScriptTable(array: [.integer(1)], fields: [("k", .string("v"))])),
        ]
        let values = try runtime.run("return select('#', ...), ...", arguments: given)
        #expect(values.count == 7)
        #expect(values[0].asNumber == 6 && values[1].asNumber == 1 && values[2].asNumber == 0.5)
        #expect(values[3].asString == "ä\0b" && values[4].asBoolean == true)
        #expect(values[6].asTable?.array.count == 1 && values[6].asTable?["k"]?.asString == "v")
    }

    @Test func tensorsShareTheirMemory() throws {
        let runtime = try Runtime()
        let tensor = try Tensor([1, 2, 3, 4] as [Float], shape: Shape([2, 2]))
        let values = try runtime.run("local t = ... return t, t * 2", arguments: [runtime.value(tensor)])
        #expect(try runtime.tensor(values[0]).pointer == tensor.pointer)
        let doubled = try runtime.tensor(values[1])
        #expect(doubled.values == [2, 4, 6, 8])
        #expect(try runtime.tensor(values[1]).pointer == doubled.pointer)
        #expect(failure { try runtime.tensor(.integer(1)) }?.message == "expected a tensor, got a number")
    }

    @Test func functionsOfScriptsCanBeCalled() throws {
        let runtime = try Runtime()
        let add = try #require(try runtime.run("return function(a, b) return a + b end").first?.asFunction)
        #expect(try runtime.call(add, [.integer(2), .integer(3)]).first?.asNumber == 5)
    }

    // MARK: What the program gives

    @Test func theProgramGivesFunctions() throws {
        let runtime = try Runtime()
        try runtime.register("sum") { arguments in [.number(arguments.compactMap(\.asNumber).reduce(0, +))] }
        try runtime.register("fail") { _ in throw ScriptError("no luck today") }
        #expect(try runtime.run(head + "return nj.host.sum(1, 2, 3.5)").first?.asNumber == 6.5)
        #expect(
            failure { try runtime.run(head + "\nreturn nj.host.fail()", name: "mine.lua") }?.message.contains(
                "no luck today") == true)
        #expect(
            failure { try runtime.run(head + "return nj.host.sun()") }?.message
                == "script.lua:2: nj.host has no 'sun': did you mean 'sum'?\n  this program gives fail, sum")
        #expect(
            failure { try runtime.register("a b") { _ in [] } }?.message
                == "'a b' is no name in Lua: use letters, digits and _")
        #expect(
            failure { try Runtime().run(head + "return nj.host.sum()") }?.message
                == "script.lua:2: nj.host has no 'sum'\n  this program gives its scripts no functions")
    }

    private final class Counter: HostObject {
        let hostTypeName = "Counter"
        var value = 0
    }

    @Test func theProgramGivesObjectsOfItsOwnTypes() throws {
        let runtime = try Runtime()
        try runtime.register(
            type: "Counter",
            methods: [
                "add": { arguments in
                    guard case .object(let object) = arguments[0], let counter = object as? Counter else {
                        throw ScriptError("add expects a Counter")
                    }
                    counter.value += Int(arguments[1].asNumber ?? 0)
                    return [.integer(counter.value)]
                }
            ])
        let counter = Counter()
        try runtime.register("counter") { _ in [.object(counter)] }
        #expect(
            try runtime.run(head + "local c = nj.host.counter() c:add(2) return c:add(3), tostring(c)").compactMap(
                \.asNumber)
                == [5])
        #expect(counter.value == 5)
        #expect(
            failure { try runtime.run(head + "return nj.host.counter():ad(1)") }?.message
                == "script.lua:2: a Counter has no 'ad': did you mean 'add'?")
        #expect(
            failure { try runtime.run(head + "nj.host.counter().value = 1") }?.message
                == "script.lua:2: a Counter of the program does not change: 'value' cannot be set")
        #expect(
            failure { try runtime.register(type: "Counter", methods: [:]) }?.message
                == "the type 'Counter' is registered already")
        let other = try Runtime()
        try other.register("counter") { _ in [.object(counter)] }
        #expect(
            failure { try other.run(head + "nj.host.counter()") }?.message
                == "script.lua:2: the program gave an object of type 'Counter', which it did not register")
        // A number is no object, and none can be made up.
        #expect(
            failure { try runtime.run(head + "return nj.host.counter().add(1, 2)") }?.message.contains(
                "add expects a Counter") == true)
        runtime.host.collectGarbage()
        #expect(try runtime.host.hostObjectCount() == 0)
    }

    // MARK: Errors, limits, cancelling

    @Test func errorsAreValuesWithFileAndLine() throws {
        let runtime = try Runtime()
        let failure = try #require(failure { try runtime.run(head + "\nerror('boom')", name: "mine.lua") })
        #expect(failure.message == "mine.lua:3: boom")
        #expect(failure.file == "mine.lua" && failure.line == 3 && !failure.isCancelled)
        #expect(try runtime.run("return 1").first?.asNumber == 1)
    }

    @Test func instructionsAreLimitedForEachCall() throws {
        var options = Runtime.Options()
        options.instructionLimit = 1_000_000
        let runtime = try Runtime(options)
        #expect(failure { try runtime.run("while true do pcall(function() while true do end end) end") } != nil)
        #expect(try runtime.run("local n = 0 for i = 1, 1000 do n = n + i end return n").first?.asNumber == 500_500)
    }

    @Test func anotherThreadCancels() throws {
        let runtime = try Runtime()
        nonisolated(unsafe) let shared = runtime
        for script in ["while true do end", "while true do pcall(error, 'x') end"] {
            let thread = Thread {
                Thread.sleep(forTimeInterval: 0.05)
                shared.cancel()
            }
            thread.start()
            let failure = try #require(failure { try runtime.run(script) })
            #expect(failure.isCancelled && failure.message == "cancelled")
            #expect(try runtime.run("return 7").first?.asNumber == 7)
        }
        // What is cancelled before it runs does not run.
        runtime.cancel()
        #expect(failure { try runtime.run("return 1") }?.isCancelled == true)
        #expect(try runtime.run("return 1").first?.asNumber == 1)
    }

    // MARK: Training

    static let training = """
        local nj = require 'nightjar'
        local data = nj.data.load 'digits'
        local trainer = nj.trainer {
          model = nj.models.mlp { inputs = data.features, hidden = { 16 }, classes = data.classes },
          loss = nj.losses.rll {}, optimizer = nj.optim.sgd {}, schedule = nj.schedules.constant { base = 0.1 }, seed = 1,
        }
        local records = trainer:fit(data.train:first(256), { test = data.test, epochs = ... })
        return records[#records].loss, #records
        """

    @Test func trainingIsHeard() throws {
        let runtime = try Runtime()
        var heard: [Runtime.Progress] = []
        runtime.progress = { heard.append($0) }
        let values = try runtime.run(RuntimeTests.training, arguments: [.integer(3)])
        #expect(heard.map(\.epoch) == [1, 2, 3] && heard.allSatisfy { $0.lastEpoch == 3 })
        #expect(heard.last?.values["loss"] == values[0].asNumber)
    }

    @Test func aTrainingIsCancelledAfterItsStep() throws {
        let runtime = try Runtime()
        var epochs = 0
        runtime.progress = { progress in
            epochs = progress.epoch
            if progress.epoch == 2 { runtime.cancel() }
        }
        #expect(failure { try runtime.run(RuntimeTests.training, arguments: [.integer(1000)]) }?.isCancelled == true)
        #expect(epochs == 2)
        #expect(try runtime.run("return 1").first?.asNumber == 1)
    }

    @Test func severalRuntimesTrainAtOnceToTheSameBits() throws {
        nonisolated(unsafe) var losses: [Double] = []
        let lock = NSLock()
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            let loss = (try? Runtime().run(RuntimeTests.training, arguments: [.integer(2)]))?.first?.asNumber
            lock.withLock { losses.append(loss ?? .nan) }
        }
        #expect(losses.count == 4 && Set(losses).count == 1 && losses.allSatisfy(\.isFinite))
    }
}
