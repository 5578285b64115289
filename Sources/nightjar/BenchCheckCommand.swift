import ArgumentParser
import Foundation
import NightjarRuns
import NightjarScripting

/// `nightjar bench check`
struct BenchCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Fails where a training step has become slower, measured against the machine.",
        discussion: """
            Each model's roofline share (see bench step) is a ratio to OpenBLAS's product and to a copy measured in the \
            same run, so that slower machines and busy hours cancel. It must reach the value in the file less the \
            tolerance that the file states; the best of several tries counts. --update writes the shares of this run.
            """)

    @Option(help: "The file of values.", completion: .file(extensions: ["json"]))
    var thresholds = "scripts/bench-thresholds.json"
    @Option(help: "Tries of each model.") var tries = 3
    @Flag(help: "Writes the measured shares into the file.") var update = false

    func validate() throws { try positive([("--tries", tries)]) }

    func run() throws {
        try Console.reporting {
            let url = URL(fileURLWithPath: thresholds)
            let file = try JSONValue(parsing: Data(contentsOf: url), source: thresholds)
            guard case .object(let values)? = file["roofline"], let tolerance = file["tolerance"]?.doubleValue,
                let batch = file["batch"]?.intValue, let threads = file["threads"]?.intValue
            else {
                throw RunError("\(thresholds): expected batch, threads, tolerance and roofline, a table of models")
            }
            var measured: [String: JSONValue] = [:]
            var slow: [String] = []
            for (model, value) in values.sorted(by: { $0.key < $1.key }) {
                let limit = (value.doubleValue ?? 0) * (1 - tolerance)
                var best = 0.0
                for _ in 0..<tries where update || best < limit || best == 0 {
                    let result = try Child.json(
                        Child.ownPath,
                        [
                            "bench", "step", "--model", model, "--batch", "\(batch)", "--threads", "\(threads)",
                            "--repeats", "3", "--json",
                        ])
                    best = max(best, result["roofline"]?.doubleValue ?? 0)
                }
                measured[model] = .number((best * 1000).rounded() / 1000)
                func text(_ number: Double) -> String { NumberText.fixed(number, decimals: 3) }
                Console.output(
                    "\(model): roofline \(text(best)), at least \(text(limit))\(best < limit ? ": SLOWER" : "")")
                if best < limit { slow.append(model) }
            }
            if update {
                let entries: JSONValue = [
                    "batch": .integer(batch), "threads": .integer(threads), "tolerance": .number(tolerance),
                    "roofline": .object(measured),
                ]
                return try AtomicFile.write(entries.text() + "\n", to: url)
            }
            guard slow.isEmpty else {
                throw RunError("slower than \(thresholds) allows: \(slow.joined(separator: ", "))")
            }
        }
    }
}
