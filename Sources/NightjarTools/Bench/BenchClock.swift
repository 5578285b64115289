import Foundation
import NightjarScripting

/// Repeated timings of one thing.
public struct BenchTimes: Sendable {
    /// Seconds of one call, one entry a repeat, ascending.
    public let seconds: [Double]

    public var minimum: Double { seconds.first ?? .nan }
    public var median: Double { seconds.isEmpty ? .nan : seconds[seconds.count / 2] }

    /// The times of one of `parts` equal parts.
    func divided(by parts: Double) -> BenchTimes { BenchTimes(seconds: seconds.map { $0 / parts }) }

    /// Warms up with two calls, sizes a repeat to take about `target` seconds by a third, and measures.
    /// - Parameter body: makes that many calls.
    static func measure(repeats: Int, target: Double = 0.7, _ body: (Int) throws -> Void) throws -> BenchTimes {
        try body(2)
        let one = try time { try body(1) }
        let inner = max(1, min(1_000_000, Int(target / max(one, 1e-9))))
        let times = try (0..<max(1, repeats)).map { _ in try time { try body(inner) } / Double(inner) }
        return BenchTimes(seconds: times.sorted())
    }

    /// Measures several things in turn, so that what slows the machine for a while slows all of them.
    static func measureInTurn(
        repeats: Int, target: Double = 0.3, _ bodies: [(Int) throws -> Void]
    ) throws -> [BenchTimes] {
        let counts = try bodies.map { body in
            try body(2)
            let one = try (0..<3).map { _ in try time { try body(1) } }.min() ?? 0
            return max(1, min(1_000_000, Int(target / max(one, 1e-9))))
        }
        var seconds = [[Double]](repeating: [], count: bodies.count)
        for _ in 0..<max(1, repeats) {
            for (index, body) in bodies.enumerated() {
                seconds[index].append(try time { try body(counts[index]) } / Double(counts[index]))
            }
        }
        return seconds.map { BenchTimes(seconds: $0.sorted()) }
    }

    private static func time(_ body: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try body()
        return start.duration(to: .now) / .seconds(1)
    }
}
