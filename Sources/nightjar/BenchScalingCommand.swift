import ArgumentParser
import NightjarRuns
import NightjarScripting

/// `nightjar bench scaling`
struct BenchScalingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scaling", abstract: "What a training step costs by batch size and number of threads.",
        discussion: """
            All sizes are measured in turn, once a round, each in a process of its own; the least of the rounds counts. \
            Milliseconds for each batch and number of threads, microseconds a sample, and how many times as fast \
            as one thread the most threads are.
            """)

    @Option(help: "Models of plugins, with commas.") var models = "lenet,resnet18,resnet32,inception_lite"
    @Option(help: "Samples in a batch, with commas.") var batches = "32,64,128,256,512"
    @Option(help: "Threads that compute, with commas; the first is what the others are compared with.")
    var threads = "1,2"
    @Option(help: "Rounds.") var rounds = 3
    @Flag(help: "Prints JSON.") var json = false

    func validate() throws {
        try positive([("--rounds", rounds)])
        for (name, list) in [("--batches", batches), ("--threads", threads)] {
            for entry in list.split(separator: ",", omittingEmptySubsequences: false) {
                guard let value = Int(entry) else {
                    throw ValidationError("\(name) takes whole numbers with commas, got '\(list)'")
                }
                try positive([(name, value)])
            }
        }
    }

    private struct Cell {
        let model: String
        let batch: Int
        let threads: Int
        var least = Double.infinity
    }

    func run() throws {
        try Console.reporting {
            func numbers(_ list: String) -> [Int] { list.split(separator: ",").compactMap { Int($0) } }
            let (sizes, counts) = (numbers(batches), numbers(threads))
            var cells = models.split(separator: ",").flatMap { model in
                sizes.flatMap { batch in counts.map { Cell(model: String(model), batch: batch, threads: $0) } }
            }
            for _ in 0..<rounds {
                for index in cells.indices {
                    let cell = cells[index]
                    let result = try Child.json(
                        Child.ownPath,
                        [
                            "bench", "step", "--model", cell.model, "--batch", "\(cell.batch)", "--threads",
                            "\(cell.threads)", "--repeats", "1", "--no-machine", "--json",
                        ])
                    cells[index].least = min(cell.least, result["min_ms"]?.doubleValue ?? .infinity)
                }
            }
            Console.output(json ? self.json(cells).text() : markdown(cells, counts))
        }
    }

    private func json(_ cells: [Cell]) -> JSONValue {
        .array(
            cells.map {
                [
                    "model": .string($0.model), "batch": .integer($0.batch), "threads": .integer($0.threads),
                    "min_ms": .number($0.least),
                ]
            })
    }

    private func markdown(_ cells: [Cell], _ counts: [Int]) -> String {
        var lines = [
            "| model | batch | "
                + counts.map { "\($0) thread\($0 == 1 ? "" : "s") (ms) | us a sample" }
                .joined(separator: " | ") + " | speed-up |",
            "|---|---:|" + String(repeating: "---:|---:|", count: counts.count) + "---:|",
        ]
        for start in stride(from: 0, to: cells.count, by: counts.count) {
            let row = cells[start..<start + counts.count]
            guard let first = row.first, let last = row.last else { continue }
            let times = row.flatMap { cell in
                [
                    NumberText.fixed(cell.least, decimals: 1),
                    NumberText.fixed(cell.least * 1e3 / Double(cell.batch), decimals: 0),
                ]
            }
            lines.append(
                "| `\(first.model)` | \(first.batch) | \(times.joined(separator: " | ")) | "
                    + "\(NumberText.fixed(first.least / last.least, decimals: 2)) |")
        }
        return lines.joined(separator: "\n")
    }
}
