import Foundation
import NightjarScripting
import Synchronization

/// How long a cache line takes from one core to another.
///
/// About 30 ns where two cores have a cache in common and 150 ns and more where they have none. On a shared machine that
/// changes from minute to minute, and with it the time of everything that threads hand each other: transformed weights,
/// partial sums.
enum HandOver {
    private final class Line: Sendable {
        /// Odd while it is the second thread's turn; negative when that one is to end.
        let turn = Atomic<Int>(0)
    }

    private static let rounds = 200
    /// Nanoseconds that a round may take: threads that share a core take turns by the clock of the system.
    private static let patience: UInt64 = 100_000_000

    /// Seconds, the least of some hundreds of rounds; nil where the second thread does not answer soon.
    static func measure() -> Double? {
        let line = Line()
        let second = Thread {
            while true {
                let turn = line.turn.load(ordering: .acquiring)
                if turn < 0 { return }
                guard turn & 1 == 1 else { continue }
                _ = line.turn.compareExchange(expected: turn, desired: turn &+ 1, ordering: .acquiringAndReleasing)
            }
        }
        second.start()
        defer { line.turn.store(-1, ordering: .releasing) }
        var least = UInt64.max
        for _ in 0..<rounds {
            let started = DispatchTime.now().uptimeNanoseconds
            for _ in 0..<rounds {
                let turn = line.turn.load(ordering: .relaxed) &+ 1
                line.turn.store(turn, ordering: .releasing)
                var waited = 0
                while line.turn.load(ordering: .acquiring) == turn {
                    waited &+= 1
                    guard waited & 0xffff == 0 else { continue }
                    if DispatchTime.now().uptimeNanoseconds &- started > patience { return nil }
                }
            }
            least = min(least, DispatchTime.now().uptimeNanoseconds &- started)
        }
        // Two a turn: there and back.
        return Double(least) / Double(2 * rounds) / 1e9
    }
}
