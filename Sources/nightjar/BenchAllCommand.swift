import ArgumentParser
import Foundation
import NightjarRuns
import NightjarScripting
import NightjarTools

/// `nightjar bench all`: every benchmark, in turn with PyTorch and JAX where they are installed.
struct BenchAllCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "all", abstract: "Every benchmark, in turn with PyTorch and JAX where they are installed.",
        discussion: """
            The peers run with .peers/bin/python (make peers installs it), and their scripts are in scripts/peers. Each side is \
            measured in a process of its own, in turn; the best of all rounds counts.
            """)

    @Option(help: "Samples in a training batch.") var batch = 128
    @Option(help: "Samples in a batch of an evaluation pass.") var evaluationBatch = 500
    @Option(help: "Threads that compute.") var threads = 2
    @Option(help: "Turns of both sides, of which the best counts.") var rounds = 3
    @Option(help: "Models, with commas.") var models = "mlp,lenet,resnet18,resnet32,inception_lite"
    @Option(help: "Where bench.md and bench.json go.", completion: .directory) var runsDir = "runs/bench"

    func validate() throws {
        try positive([
            ("--batch", batch), ("--evaluation-batch", evaluationBatch), ("--threads", threads), ("--rounds", rounds),
        ])
    }

    func run() throws {
        try Console.reporting {
            var table = BenchTable()
            let peers = PeerScripts.find()
            if peers == nil {
                Console.errors("note: no peers to compare with (make peers)")
            }
            for model in models.split(separator: ",").map(String.init) {
                for _ in 0..<rounds {
                    try measureStep(model, &table, peers)
                    try measureEvaluation(model, &table, peers)
                }
            }
            for _ in 0..<rounds { try measureLayers(&table, peers) }
            try measureLoss(&table, peers)
            try measureOptimizers(&table)
            try measureLuaShare(&table)
            try measureBoundary(&table)
            let folder = URL(fileURLWithPath: runsDir, isDirectory: true)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try AtomicFile.write(table.markdown, to: folder.appendingPathComponent("bench.md"))
            try AtomicFile.write(table.json.text(), to: folder.appendingPathComponent("bench.json"))
            Console.output(table.markdown)
            Console.output("written: \(runsDir)/bench.md, \(runsDir)/bench.json")
        }
    }

    private func size(_ model: String, _ batch: Int) -> [String] {
        ["--model", model, "--batch", "\(batch)", "--threads", "\(threads)"]
    }

    private func measureStep(_ model: String, _ table: inout BenchTable, _ peers: PeerScripts?) throws {
        let name = "step, \(model), batch \(batch), \(threads) threads (ms)"
        let keys = ["min_ms", "median_ms"]
        let arguments = size(model, batch)
        let own = try Child.json(Child.ownPath, ["bench", "step", "--loss", "rll", "--json"] + arguments)
        table.add(name, side: "Nightjar", own, keys)
        guard let peers else { return }
        peers.measure("PyTorch", "peer_torch.py", arguments + ["--loss", "rll", "--json"]) {
            table.add(name, side: $0, $1, keys)
        }
        peers.measure("PyTorch", "torch_first.py", arguments) { table.addFirst(name, side: $0, $1) }
        guard model == "mlp" else { return }
        peers.measure("PyTorch compiled", "peer_torch.py", arguments + ["--loss", "rll", "--json", "--compile"]) {
            table.add(name, side: $0, $1, keys)
        }
        peers.measure("JAX", "peer_jax.py", ["--batch", "\(batch)"]) { table.add(name, side: $0, $1, keys) }
    }

    private func measureEvaluation(_ model: String, _ table: inout BenchTable, _ peers: PeerScripts?) throws {
        let name = "evaluation pass, \(model), batch \(evaluationBatch), \(threads) threads (ms)"
        let keys = ["min_ms", "median_ms"]
        let arguments = size(model, evaluationBatch) + ["--json"]
        table.add(name, side: "Nightjar", try Child.json(Child.ownPath, ["bench", "eval"] + arguments), keys)
        peers?.measure("PyTorch", "torch_eval.py", arguments) {
            table.add(name, side: $0, $1, keys)
        }
    }

    private func measureLayers(_ table: inout BenchTable, _ peers: PeerScripts?) throws {
        let arguments = ["--batch", "\(batch)", "--threads", "\(threads)"]
        func add(_ side: String, _ result: JSONValue) {
            guard case .array(let layers)? = result["layers"] else { return }
            for (layer, numbers) in zip(LayerBench.layers, layers) {
                for (key, what) in [("forward_ms", "forward"), ("gradients_ms", "with gradients")] {
                    let name = "\(what), \(layer.name), batch \(batch), \(threads) threads (ms)"
                    table.add(name, side: side, numbers, [key, key])
                }
            }
        }
        add("Nightjar", try Child.json(Child.ownPath, ["bench", "layers", "--json"] + arguments))
        let list = ["--layers", LayerBench.layers.map(\.argument).joined(separator: ";")]
        peers?.measure("PyTorch", "torch_layers.py", list + arguments, add)
        peers?.measure("JAX", "jax_layers.py", list + arguments, add)
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
        guard let peers else { return }
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

    private func measureOptimizers(_ table: inout BenchTable) throws {
        for optimizer in ["sgd", "adamw"] {
            let name = "update of the weights of resnet18, \(optimizer), \(threads) threads (ms)"
            let own = try Child.json(
                Child.ownPath, ["bench", "optimizer", "--optimizer", optimizer, "--threads", "\(threads)", "--json"])
            table.add(name, side: "Nightjar", own, ["min_ms", "median_ms"])
            table.add(name, side: "a copy of as many bytes", own, ["copy_min_ms", "copy_median_ms"])
        }
    }

    private func measureLuaShare(_ table: inout BenchTable) throws {
        let name = "step, mlp, batch \(batch), \(threads) threads, in turn with the same in Swift (ms)"
        let own = try Child.json(
            Child.ownPath, ["bench", "lua-share", "--batch", "\(batch)", "--threads", "\(threads)", "--json"])
        table.add(name, side: "Nightjar", own, ["lua_median_ms", "lua_median_ms"])
        table.add(name, side: "loss and optimizer in Swift", own, ["swift_median_ms", "swift_median_ms"])
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
