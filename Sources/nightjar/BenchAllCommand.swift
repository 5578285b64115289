import ArgumentParser
import Foundation
import NightjarRuns
import NightjarScripting

/// `nightjar bench all`: every benchmark, in turn with PyTorch and JAX where they are installed.
struct BenchAllCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "all", abstract: "Every benchmark, in turn with PyTorch and JAX where they are installed.",
        discussion: """
            The peers run with .peers/bin/python (make peers installs it); their scripts peer_torch.py, peer_jax.py and \
            peer_loss.py are looked for in the folder that NIGHTJAR_PEERS names, then in bench/ and ../shared/bench. \
            Each side is measured in a process of its own, twice and in turn; the best of both counts.
            """)

    @Option(help: "Samples in a batch.") var batch = 128
    @Option(help: "Threads that compute.") var threads = 2
    @Option(help: "Where bench.md and bench.json go.", completion: .directory) var runsDir = "runs/bench"

    func validate() throws { try positive([("--batch", batch), ("--threads", threads)]) }

    func run() throws {
        try Console.reporting {
            var table = BenchTable()
            let peers = PeerScripts.find()
            if peers == nil {
                Console.errors("note: no peers to compare with (make peers; NIGHTJAR_PEERS=folder of scripts)")
            }
            for _ in 0..<2 {
                try measureStep(&table, peers)
            }
            try measureLoss(&table, peers)
            try measureBoundary(&table)
            let folder = URL(fileURLWithPath: runsDir, isDirectory: true)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try AtomicFile.write(table.markdown, to: folder.appendingPathComponent("bench.md"))
            try AtomicFile.write(table.json.text(), to: folder.appendingPathComponent("bench.json"))
            Console.output(table.markdown)
            Console.output("written: \(runsDir)/bench.md, \(runsDir)/bench.json")
        }
    }

    private func measureStep(_ table: inout BenchTable, _ peers: PeerScripts?) throws {
        let size = ["--model", "mlp", "--batch", "\(batch)", "--threads", "\(threads)", "--json"]
        let name = "step, mlp 784-512-512-10, batch \(batch), \(threads) threads (ms)"
        let own = try Child.json(Child.ownPath, ["bench", "step", "--loss", "rll"] + size)
        table.add(name, side: "Nightjar", own, ["min_ms", "median_ms"])
        guard let peers else { return }
        for (side, script, extra) in [
            ("PyTorch eager", "peer_torch.py", []), ("PyTorch compiled", "peer_torch.py", ["--compile"]),
            ("JAX", "peer_jax.py", []),
        ] where peers.has(script) {
            do {
                let result = try Child.json(peers.python, [peers.path(script), "--loss", "rll"] + size + extra)
                table.add(name, side: side, result, ["min_ms", "median_ms"])
            } catch {
                Console.errors("note: \(side) gave no number: \(error)")
            }
        }
    }

    private func measureLoss(_ table: inout BenchTable, _ peers: PeerScripts?) throws {
        for (batch, classes) in [(128, 10), (128, 100), (1024, 1000)] {
            let own = try Child.json(
                Child.ownPath,
                [
                    "bench", "loss", "--batch", "\(batch)", "--classes", "\(classes)", "--threads", "\(threads)",
                    "--json",
                ])
            table.add(lossName(batch, classes), side: "Nightjar", own, ["min_us", "median_us"])
        }
        guard let peers, peers.has("peer_loss.py") else { return }
        do {
            let text = try Child.output(peers.python, [peers.path("peer_loss.py"), "--threads", "\(threads)"])
            for line in text.split(separator: "\n") {
                // batch 128 classes 10 eager: 400.1 us min, 450.2 us median
                let halves = line.split(separator: ":", maxSplits: 1)
                let words = line.split(separator: " ")
                guard halves.count == 2, words.count > 4, let batch = Int(words[1]), let classes = Int(words[3]) else {
                    continue
                }
                let numbers = halves[1].split(separator: " ").compactMap { Double($0) }
                guard numbers.count == 2 else { continue }
                let side = halves[0].split(separator: " ").dropFirst(4).joined(separator: " ")
                let values: JSONValue = ["min_us": .number(numbers[0]), "median_us": .number(numbers[1])]
                table.add(lossName(batch, classes), side: "PyTorch \(side)", values, ["min_us", "median_us"])
            }
        } catch {
            Console.errors("note: peer_loss.py gave no numbers: \(error)")
        }
    }

    private func measureBoundary(_ table: inout BenchTable) throws {
        let own = try Child.json(Child.ownPath, ["bench", "boundary", "--threads", "\(threads)", "--json"])
        table.add("a + b in a script, recorded (ns)", side: "Nightjar", own, ["record_min_ns", "record_median_ns"])
        table.add(
            "an operation in a script, recorded and run in blocks of \(BoundaryBench.blockLength) (ns)",
            side: "Nightjar", own, ["run_min_ns", "run_median_ns"])
    }

    private func lossName(_ batch: Int, _ classes: Int) -> String {
        "loss rll and its gradient, (\(batch), \(classes)), \(threads) threads (us)"
    }
}

/// The peers' scripts and the Python that runs them.
struct PeerScripts {
    let python: String
    let folder: String

    static func find() -> PeerScripts? {
        let python = ".peers/bin/python"
        let named = ProcessInfo.processInfo.environment["NIGHTJAR_PEERS"].map { [$0] } ?? []
        guard FileManager.default.isExecutableFile(atPath: python),
            let folder = (named + ["bench", "../shared/bench"]).first(where: {
                FileManager.default.fileExists(atPath: $0 + "/peer_torch.py")
            })
        else { return nil }
        return PeerScripts(python: python, folder: folder)
    }

    func path(_ script: String) -> String { folder + "/" + script }
    func has(_ script: String) -> Bool { FileManager.default.fileExists(atPath: path(script)) }
}

/// A program that is run for what it prints.
enum Child {
    /// The file this process runs.
    static var ownPath: String { URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path }

    /// What it prints on standard output; standard error goes to ours.
    static func output(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw RunError("\(program) \(arguments.joined(separator: " ")): exit status \(process.terminationStatus)")
        }
        return String(decoding: data, as: UTF8.self)
    }

    /// Its last line as JSON.
    static func json(_ program: String, _ arguments: [String]) throws -> JSONValue {
        let lines = try output(program, arguments).split(separator: "\n")
        return try JSONValue(parsing: Data((lines.last ?? "").utf8), source: program)
    }
}
