import Foundation
import NightjarRuns
import NightjarTensor
import Testing

/// Folders of runs that somebody changed: no command crashes, waits for ever, writes elsewhere or lets text act on a
/// terminal. What is changed, and how, is drawn; the same seed draws the same. `NIGHTJAR_RUN_CASES` is how many there are.
@Suite(.serialized) struct HostileRunTests {
    private static let cases = ProcessInfo.processInfo.environment["NIGHTJAR_RUN_CASES"].flatMap(Int.init) ?? 24

    private static let script = """
        local nj = require "nightjar"
        local cfg = nj.config { epochs = 3 }
        local data = nj.data.load "digits"
        nj.trainer { model = nj.models.mlp { inputs = 64, hidden = { 4 } }, loss = nj.losses.cce {},
          optimizer = nj.optim.sgd {}, learning_rate = 0.1, seed = 1 }:fit(data.train:first(50), { epochs = cfg.epochs })
        """

    /// A runs directory with one run of three epochs whose checkpoints are kept, beside a letter that is nobody's business.
    private static func made() throws -> (place: Workplace, run: String) {
        let place = try Workplace()
        try place.write(script, to: "plain.lua")
        try #require(try place.run(["run", "plain.lua", "--checkpoint-every", "1", "--quiet"]).status == 0)
        try place.write("dear", to: "home/letter")
        return (place, try #require(try place.runs("runs/plain").first))
    }

    /// Runs a command on what is there, and looks at how it ended.
    private static func look(_ place: Workplace, _ arguments: [String], _ what: String) throws {
        let start = Date()
        let ending = try place.run(["10"] + [Workplace.program.path] + arguments, program: timeout)
        let note = "\(what), then \(arguments.joined(separator: " ")): \(ending.errors.prefix(300))"
        #expect((0...64).contains(ending.status), "\(ending.status) of \(note)")
        #expect(Date().timeIntervalSince(start) < 10, "\(note)")
        let acting = (ending.output + ending.errors).unicodeScalars.first {
            ($0.value < 0x20 && $0 != "\n" && $0 != "\t") || (0x7F...0x9F).contains($0.value)
        }
        #expect(acting == nil, "\(note)")
        #expect(try place.names("home") == ["letter"] && place.read("home/letter") == "dear", "\(note)")
    }

    private static let timeout = URL(fileURLWithPath: "/usr/bin/timeout")

    private static func commands(_ run: String) -> [[String]] {
        let name = String(run.dropFirst("runs/".count))
        return [
            ["runs", "list"], ["runs", "show", name], ["runs", "why", name], ["report", "--out", "report.html"],
            ["table"], ["runs", "export", "--to", "copy"], ["runs", "export", "--to", "tensorboard", "events"],
            ["verify", run], ["rerun", run], ["fork", run, "--at", "1", "--set", "epochs=4"], ["evaluate", run],
            ["run", "plain.lua", "--resume"], ["run", "plain.lua", "--resume", "--epochs", "4"],
            ["run", "plain.lua", "--again"], ["runs", "rm", name, "--yes"],
        ]
    }

    /// What may stand where a file was.
    private enum Change: CaseIterable {
        case link, danglingLink, circle, endless, pipe, folder, nothing, hole, half

        func apply(to url: URL, letter: URL) throws {
            let manager = FileManager.default
            let old = (try? Data(contentsOf: url)) ?? Data()
            try? manager.removeItem(at: url)
            switch self {
            case .link: try manager.createSymbolicLink(at: url, withDestinationURL: letter)
            case .danglingLink:
                try manager.createSymbolicLink(at: url, withDestinationURL: letter.appendingPathExtension("new"))
            case .circle: try manager.createSymbolicLink(at: url, withDestinationURL: url)
            case .endless:
                try manager.createSymbolicLink(at: url, withDestinationURL: URL(fileURLWithPath: "/dev/zero"))
            case .pipe: try #require(mkfifo(url.path, 0o644) == 0)
            case .folder: try manager.createDirectory(at: url, withIntermediateDirectories: false)
            case .nothing: try Data().write(to: url)
            case .half: try old.prefix(old.count / 2).write(to: url)
            case .hole:
                try old.write(to: url)
                try #require(truncate(url.path, 300 << 20) == 0)
            }
        }
    }

    private struct Draw {
        private let random: RandomStream
        private var position: UInt64 = 0

        init(_ purpose: String) { random = RandomStream(seed: 20_261_130, purpose: purpose) }

        mutating func one<Element>(of list: [Element]) -> Element {
            position += 1
            return list[random.below(list.count, position)]
        }
    }

    @Test func filesThatAreNoneOfTheRun() throws {
        let (place, run) = try HostileRunTests.made()
        let names = [
            "config.json", "summary.json", "metrics.csv", "labels.csv", "ledger.npy", "log.txt", "weights.safetensors",
            "checkpoint.safetensors", "checkpoint.previous.safetensors", ".lock", "arrays", "../summary.csv",
            "../../runs.sqlite",
        ]
        var draw = Draw("files")
        let whole = place.url.appendingPathComponent("whole")
        try FileManager.default.copyItem(at: place.url.appendingPathComponent("runs"), to: whole)
        for _ in 0..<HostileRunTests.cases {
            for name in ["runs", "copy", "events", "reruns", "forks"] {
                try? FileManager.default.removeItem(at: place.url.appendingPathComponent(name))
            }
            try FileManager.default.copyItem(at: whole, to: place.url.appendingPathComponent("runs"))
            let (name, change) = (draw.one(of: names), draw.one(of: Change.allCases))
            try change.apply(
                to: place.url.appendingPathComponent("\(run)/\(name)"),
                letter: place.url.appendingPathComponent("home/letter"))
            try HostileRunTests.look(place, draw.one(of: HostileRunTests.commands(run)), "\(name): \(change)")
        }
    }

    // MARK: Values

    private static let values: [JSONValue] = {
        var deep: JSONValue = 1
        for _ in 0..<90 { deep = .array([deep]) }
        return [
            .null, true, -1, 0, 1.5, 1e308, .integer(.max), .integer(.min), "", "\u{1B}[2J\u{07}", "../../home/letter",
            "</script><svg onload=alert(2)>", "=cmd()", "a\nb\r", "\u{202E}x", [], [:], deep,
            .string(String(repeating: "x", count: 5000)), .array((0..<3000).map { .integer($0) }), ["name": "x"],
        ]
    }()

    /// A value somewhere inside of another becomes a drawn one.
    private static func changed(_ value: JSONValue, _ draw: inout Draw) -> JSONValue {
        let goesOn = draw.one(of: [true, true, true, false])
        switch value {
        case .object(var entries) where goesOn && !entries.isEmpty:
            let key = draw.one(of: entries.keys.sorted())
            entries[key] = changed(entries[key] ?? .null, &draw)
            return .object(entries)
        case .array(var list) where goesOn && !list.isEmpty:
            let place = draw.one(of: Array(list.indices))
            list[place] = changed(list[place], &draw)
            return .array(list)
        default: return draw.one(of: values)
        }
    }

    @Test func valuesThatNoRunWrites() throws {
        let (place, run) = try HostileRunTests.made()
        var draw = Draw("values")
        for round in 0..<max(1, HostileRunTests.cases / 12) {
            for number in 0..<20 {
                let copy = "runs/plain/r\(number)"
                try? FileManager.default.removeItem(at: place.url.appendingPathComponent(copy))
                try FileManager.default.copyItem(
                    at: place.url.appendingPathComponent(run), to: place.url.appendingPathComponent(copy))
                let name = draw.one(of: ["config.json", "config.json", "summary.json"])
                var value = try JSONValue(parsing: Data(place.read("\(run)/\(name)").utf8), source: name)
                if case .object(var entries) = value {
                    // Without a sum a file is as good as its word.
                    entries["checksum"] = nil
                    value = .object(entries)
                }
                for _ in 0..<draw.one(of: [1, 1, 3]) { value = HostileRunTests.changed(value, &draw) }
                try place.write(value.text(), to: "\(copy)/\(name)")
            }
            for name in ["copy", "events", "reruns", "forks", "mlruns"] {
                try? FileManager.default.removeItem(at: place.url.appendingPathComponent(name))
            }
            let one = "runs/plain/r\(round % 20)"
            for command in [
                ["runs", "list"], ["report", "--out", "report.html"], ["table"], ["runs", "export", "--to", "copy"],
                ["runs", "export", "--to", "mlflow", "mlruns"], ["runs", "show", "plain/r3"], ["verify", one],
                ["rerun", one], ["fork", one, "--at", "1"], ["evaluate", one],
                ["verify", "runs/plain", "--cells", "0"],
            ] { try HostileRunTests.look(place, command, "round \(round)") }
            let page = (try? place.read("report.html")) ?? ""
            #expect(!page.contains("<svg onload=alert"))
            #expect(!((try? place.read("copy/summary.csv")) ?? "").contains("\n=cmd"))
        }
    }
}
