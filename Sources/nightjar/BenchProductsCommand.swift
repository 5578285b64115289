import ArgumentParser
import Foundation
import NightjarExperiments
import NightjarRuns
import NightjarScripting
import NightjarTools

/// `nightjar bench products`
struct BenchProductsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "products", abstract: "The products of dense layers, beside OpenBLAS's and PyTorch's.",
        discussion: """
            One thread, float32. Ours are steps of the engine with one product each, recording included. The ratio is to \
            the faster of OpenBLAS and PyTorch (where make peers has installed it).
            """)

    @Option(help: "Rows of a batch, with commas.") var batches = "128,500"
    @Option(help: "Measurements, of which the least is shown.") var repeats = 5
    @Flag(help: "Prints JSON.") var json = false

    private var rows: [Int?] { batches.split(separator: ",").map { Int($0) } }

    func validate() throws {
        try positive([("--repeats", repeats)])
        guard !rows.isEmpty, rows.allSatisfy({ $0.map { (1...1_000_000).contains($0) } ?? false }) else {
            throw ValidationError("--batches must be whole numbers from 1 to 1000000 with commas, got '\(batches)'")
        }
    }

    func run() throws {
        try Console.reporting {
            var bench = ProductBench()
            (bench.batches, bench.repeats) = (rows.compactMap { $0 }, repeats)
            let results = try bench.run()
            let peer = peerRates(count: results.count)
            let ratios = results.enumerated().map { index, result in
                result.ours / max(result.library, peer.map { $0[index] } ?? 0)
            }
            guard !json else {
                let products = results.enumerated().map { index, result -> JSONValue in
                    var entries: [String: JSONValue] = [
                        "batch": .integer(result.batch), "layer": .string(result.layer.name),
                        "part": .string(result.part.rawValue), "gflops": .number(result.ours),
                        "openblas_gflops": .number(result.library), "ratio": .number(ratios[index]),
                    ]
                    entries["pytorch_gflops"] = peer.map { .number($0[index]) }
                    return .object(entries)
                }
                let entries: JSONValue = [
                    "framework": .string("nightjar \(NightjarVersion.text)"), "products": .array(products),
                ]
                return Console.output(entries.text(pretty: false))
            }
            var lines = [
                "| product, one thread, GFLOP/s | Nightjar | OpenBLAS | PyTorch | ratio |", "|---|---:|---:|---:|---:|",
            ]
            for (index, result) in results.enumerated() {
                func rate(_ value: Double) -> String { NumberText.fixed(value, decimals: 1) }
                lines.append(
                    "| batch \(result.batch), \(result.layer.name), \(result.part.rawValue) | \(rate(result.ours)) "
                        + "| \(rate(result.library)) | \(peer.map { rate($0[index]) } ?? "") "
                        + "| \(NumberText.fixed(ratios[index], decimals: 2)) |")
            }
            let mean = Foundation.exp(ratios.reduce(0) { $0 + Foundation.log($1) } / Double(max(ratios.count, 1)))
            lines.append("")
            lines.append(
                "least ratio \(NumberText.fixed(ratios.min() ?? .nan, decimals: 2)), "
                    + "geometric mean \(NumberText.fixed(mean, decimals: 2))")
            Console.output(lines.joined(separator: "\n"))
        }
    }

    /// GFLOP/s of PyTorch, in the order of our results; nil where it is not installed or gave no numbers.
    private func peerRates(count: Int) -> [Double]? {
        guard let peers = PeerScripts.find() else {
            Console.errors("note: no PyTorch to compare with (make peers)")
            return nil
        }
        var found: [Double]?
        let layers = ProductBench.layers.map(\.argument).joined(separator: ";")
        peers.measure(
            "PyTorch", "torch_products.py", ["--layers", layers, "--batches", batches, "--repeats", "\(repeats)"]
        ) { _, values in
            guard case .array(let rows)? = values["products"] else { return }
            let rates = rows.flatMap { row -> [Double] in
                guard case .array(let parts) = row else { return [] }
                return parts.compactMap(\.doubleValue)
            }
            if rates.count == count { found = rates }
        }
        return found
    }
}
