import Foundation
import NightjarEngine
import NightjarScripting
import NightjarTensor
import Testing

/// Every operation that scripts have against NumPy and SciPy: 200 random cases for each and each element type, which
/// `NumPy/cases.py` draws from a seed and works out. `NIGHTJAR_CASES` and `NIGHTJAR_SEED` set how many, and which.
@Suite struct NumPyTests {
    @Test func operationsAgreeWithNumPyAndSciPy() throws {
        let cases = try NumPyCase.draw()
        let host = try makeHost(threads: 2)
        var counts: [String: Int] = [:]
        var failures: [String: [String]] = [:]
        for example in cases {
            counts[example.operation, default: 0] += 1
            if let problem = disagreement(example, host) {
                failures[example.operation, default: []].append(problem)
            }
        }
        for (operation, problems) in failures.sorted(by: { $0.key < $1.key }) {
            let total = counts[operation] ?? 0
            Issue.record(
                "\(operation): \(problems.count) of \(total) differ:\n\(problems.prefix(3).joined(separator: "\n"))")
        }
        #expect(counts.count > 100)
        #expect(counts.values.allSatisfy { $0 >= min(200, NumPyCase.count) })
    }

    /// What is wrong with a case, or nil.
    private func disagreement(_ example: NumPyCase, _ host: ScriptHost) -> String? {
        let script = """
            local nj = require "nightjar"
            local a, b, c, d = ...
            return \(example.expression)
            """
        let results: [Tensor]
        do {
            let arguments = example.inputs.map {
                ScriptValue.tensor(Value(host.session.tape, host.session.tape.leaf($0)))
            }
            let values = try host.run(script, arguments: arguments)
            results = try host.session.evaluate(values.compactMap(\.asTensor))
        } catch { return "\(example): \(error)" }
        guard results.count == example.results.count else { return "\(example): \(results.count) results" }
        for (got, expected) in zip(results, example.results) {
            if let problem = difference(got, expected, bound: example.bound) { return "\(example): \(problem)" }
        }
        return nil
    }

    private func difference(_ got: Tensor, _ expected: NumPyCase.Expected, bound: Double) -> String? {
        let wanted = expected.tensor
        guard got.shape == wanted.shape, got.dtype == wanted.dtype else {
            return "\(got.dtype)\(got.shape) for \(wanted.dtype)\(wanted.shape)"
        }
        // Two of the smallest numbers, where numbers lose digits.
        let tiny =
            wanted.dtype == .float32 ? Double(Float.leastNonzeroMagnitude) * 2 : Double.leastNonzeroMagnitude * 20
        for index in 0..<got.count {
            let (x, y) = (got.value(at: index), wanted.value(at: index))
            if x == y || (x.isNaN && y.isNaN) { continue }
            if abs(x - y) <= max(bound * max(abs(y), expected.scale), bound > 0 ? tiny : 0) { continue }
            return "\(x) for \(y) at element \(index + 1)"
        }
        return nil
    }
}
