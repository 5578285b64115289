import Foundation
import Testing

/// One signal stops any kind of work, and nothing a script does keeps it from that. The limits are generous; what it
/// takes is printed by scripts/stop-times.py.
@Suite(.serialized) struct StopTests {
    /// Kinds of work that go on for much longer than any limit here.
    static let scripts: [(name: String, text: String)] = [
        ("a tight loop", "while true do end"),
        ("a loop that catches errors", "while true do pcall(function() while true do end end) end"),
        ("a handler of errors", "xpcall(function() while true do end end, function() while true do end end)"),
        ("a pattern", "string.find(('a'):rep(50), ('.-'):rep(12) .. 'b')"),
        ("a replacement", "for i = 1, 1e9 do (('a'):rep(1e5)):gsub('a', getmetatable) end"),
        (
            "sort",
            "local t = {} for i = 1, 3e6 do t[i] = -i end while true do table.sort(t) t[1], t[2] = t[2], t[1] end"
        ),
        ("sort by a function", "table.sort({ 3, 2, 1 }, function() while true do end end)"),
        ("concat", "table.concat(setmetatable({}, { __index = getmetatable, __metatable = '' }), '', 1, 1 << 53)"),
        ("move", "table.move({}, 1, 1 << 50, 2)"),
        ("insert", "table.insert(setmetatable({}, { __len = function() return 1 << 60 end }), 1, 1)"),
        ("rep", "while true do local s = ('ab'):rep(3e7) end"),
        (
            "unpack",
            "local t = setmetatable({}, { __len = function() return 9e5 end }) while true do select('#', table.unpack(t)) end"
        ),
        ("coroutines", "coroutine.wrap(function() coroutine.wrap(function() while true do end end)() end)()"),
        (
            "a gradient",
            "require('nightjar').value_and_grad(function(x) while true do end end, require('nightjar').ones(2))"
        ),
        (
            "products",
            "local nj = require('nightjar') local a = nj.randn(700, 700) while true do a:matmul(a):sum():item() end"
        ),
        ("closing", "local x <close> = setmetatable({}, { __close = function() while true do end end })"),
    ]

    /// - Parameter input: a file that it reads.
    private func stop(
        _ place: Workplace, _ arguments: [String], _ signal: Int32 = SIGINT, after seconds: Double = 1.5,
        input: URL? = nil
    ) throws -> (process: Process, seconds: Double) {
        let process = try place.start(arguments, input: input.map { try FileHandle(forReadingFrom: $0) })
        Thread.sleep(forTimeInterval: seconds)
        #expect(process.isRunning, "it ended by itself")
        let start = Date()
        kill(process.processIdentifier, signal)
        while process.isRunning, Date().timeIntervalSince(start) < 15 { usleep(10_000) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        return (process, Date().timeIntervalSince(start))
    }

    @Test(arguments: StopTests.scripts.indices) func aScriptStops(index: Int) throws {
        let place = try Workplace()
        let (name, text) = StopTests.scripts[index]
        try place.write(text + "\nprint('not reached')\n", to: "work.lua")
        let (signal, status): (Int32, Int32) = index.isMultiple(of: 2) ? (SIGINT, 130) : (SIGTERM, 143)
        let (process, seconds) = try stop(place, ["run", "work.lua"], signal)
        #expect(process.terminationStatus == status, "\(name)")
        #expect(process.terminationReason == .exit && seconds < 10, "\(name)")
    }

    @Test func theSandboxMakesNoDifference() throws {
        let place = try Workplace()
        try place.write("while true do pcall(string.find, ('a'):rep(50), ('.-'):rep(12) .. 'b') end", to: "work.lua")
        #expect(try stop(place, ["run", "--trust", "work.lua"]).process.terminationStatus == 130)
    }

    /// A loop in C, which goes on to the limit of a check on processor time: one of Lua meets that on instructions within
    /// about a second, before a signal comes.
    @Test func checksAndTestsStopAsWell() throws {
        let place = try Workplace()
        let work = "table.concat(setmetatable({}, { __index = getmetatable, __metatable = '' }), '', 1, 1 << 53)"
        try place.write(loss("slow", work), to: "slow.lua")
        try place.write(
            "local test = require('nightjar.test') test('slow', function() while true do end end)", to: "tests/slow.lua"
        )
        #expect(try stop(place, ["check", "slow.lua"]).process.terminationStatus == 130)
        #expect(try stop(place, ["test", "tests"], SIGTERM).process.terminationStatus == 143)
        #expect(try stop(place, ["explain", "slow.lua"]).process.terminationStatus == 130)
    }

    @Test func aLossWithoutAnEndDoesNotHoldATraining() throws {
        let place = try Workplace()
        try place.write(
            tinyExperiment.replacing(
                "loss = nj.losses[cfg.loss] {}",
                with: "loss = nj.loss { name = 'slow', forward = function(self, z, y) while true do end end } {}"),
            to: "tiny.lua")
        let one = ["run", "tiny.lua", "--set", "rate=0.4", "--set", "loss=rll", "--seed", "1"]
        #expect(try stop(place, one).process.terminationStatus == 130)
        let run = try #require(try place.runs("runs/tiny").first)
        #expect(try place.read(run + "/summary.json").contains("\"status\": \"interrupted\""))
    }

    /// A step is finished first, but not before it is planned: that takes longer than any step for thousands of layers.
    @Test func theStepOfADeepNetworkIsNotWaitedFor() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            local hidden = {}
            for i = 1, 20000 do hidden[i] = 1 end
            nj.trainer {
              model = nj.models.mlp { inputs = 64, hidden = hidden, classes = 10 }, loss = nj.losses.cce {},
              optimizer = nj.optim.sgd {}, learning_rate = 0.1, seed = 1,
            }:fit(nj.data.load("digits").train:first(20), { epochs = 100000 })
            """, to: "deep.lua")
        let (process, seconds) = try stop(place, ["run", "deep.lua"], SIGTERM, after: 4)
        #expect(process.terminationStatus == 143 && process.terminationReason == .exit && seconds < 8)
    }

    /// It writes nothing, so nothing is waited for.
    @Test func aDryRunOfADeepNetworkStops() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            local hidden = {}
            for i = 1, 50000 do hidden[i] = 1 end
            return nj.experiment {
              name = "deep", doc = "A deep network.", settings = { epochs = 2 }, grid = { { "seed", { 1 } } },
              run = function(cfg)
                nj.trainer {
                  model = nj.models.mlp { inputs = 64, hidden = hidden, classes = 10 }, loss = nj.losses.cce {},
                  optimizer = nj.optim.sgd {}, learning_rate = 0.1, seed = cfg.seed,
                }:fit(nj.data.load("digits").train:first(20), { epochs = cfg.epochs })
              end,
            }
            """, to: "deep.lua")
        let (process, seconds) = try stop(place, ["run", "deep.lua", "--dry-run"], SIGINT, after: 1.5)
        #expect(process.terminationStatus == 130 && process.terminationReason == .exit && seconds < 8)
        #expect(!FileManager.default.fileExists(atPath: place.url.appendingPathComponent("runs").path))
    }

    /// Nobody ends a session from outside: what runs there has to look by itself, also inside of one long line.
    @Test func aLineAtThePromptStops() throws {
        let place = try Workplace()
        let line = try place.write("print(nj.randn(2e7):sort():sort():sort():sort():sum():item())\n", to: "typed.lua")
        let (process, seconds) = try stop(place, ["repl"], input: line)
        #expect(process.terminationStatus == 130 && process.terminationReason == .exit && seconds < 8)
    }

    /// timeout(1) sends two signals that mean one.
    @Test func twoSignalsAtOnceAreOne() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let one = ["run", "tiny.lua", "--epochs", "100000", "--set", "rate=0.4", "--set", "loss=rll", "--seed", "1"]
        let ending = try place.run(
            ["4", Workplace.program.path] + one, program: URL(fileURLWithPath: "/usr/bin/timeout"))
        #expect(ending.status == 124)
        let run = try #require(try place.runs("runs/tiny").first)
        #expect(try place.read(run + "/summary.json").contains("\"status\": \"interrupted\""))
    }

    /// Workers whose parent is killed, with no time to say so, do not go on alone.
    @Test func workersDieWithTheirParent() throws {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let process = try place.start(["run", "tiny.lua", "--epochs", "100000"])
        let limit = Date().addingTimeInterval(60)
        func workers() -> [String] {
            let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
            return all.filter { number in
                guard Int(number) != nil, number != "\(process.processIdentifier)" else { return false }
                let folder = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(number)/cwd")
                return folder == place.url.path
            }
        }
        while workers().isEmpty, Date() < limit { usleep(20_000) }
        #expect(!workers().isEmpty)
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let end = Date().addingTimeInterval(20)
        while !workers().isEmpty, Date() < end { usleep(20_000) }
        #expect(workers().isEmpty)
    }

    @Test func whatAScriptPrintsBreaksNoSweep() throws {
        let place = try Workplace()
        try place.write(
            tinyExperiment.replacing("local data =", with: "print('run folder: /nowhere')\n    local data ="),
            to: "tiny.lua")
        let ending = try place.run(["run", "tiny.lua", "--epochs", "1", "--set", "rate=0.4", "--quiet"])
        #expect(ending.status == 0)
        #expect(ending.errors == "")
        #expect(try place.runs("runs/tiny").count == 4)
    }
}
