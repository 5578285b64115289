import NightjarData
import NightjarEngine
import NightjarScripting
import NightjarTraining

/// Two training steps that are measured in turn: which comes first changes from turn to turn, so that whatever else the
/// machine does reaches both alike.
struct StepPair {
    /// A step and where it stands.
    final class Side {
        let step: TrainingStep
        private let samples: Batch
        private var number = 0

        init(_ step: TrainingStep, _ samples: Batch) {
            self.step = step
            self.samples = samples
        }

        func seconds() throws -> Double {
            number += 1
            let start = ContinuousClock.now
            let result = try step.run(samples, epoch: 1, step: number, learningRate: 0.01)
            let seconds = start.duration(to: .now) / .seconds(1)
            guard result.loss.isFinite else { throw ScriptError("the loss became \(result.loss) in the benchmark") }
            return seconds
        }
    }

    let one: Side
    let other: Side

    /// Seconds of both, a pair a turn, after a few turns to warm up.
    func measure(turns: Int) throws -> [(one: Double, other: Double)] {
        for _ in 0..<5 { _ = (try one.seconds(), try other.seconds()) }
        return try (0..<turns).map { turn in
            if turn.isMultiple(of: 2) {
                let first = try one.seconds()
                return (first, try other.seconds())
            }
            let first = try other.seconds()
            return (try one.seconds(), first)
        }
    }

    /// One over the other of each turn: the quantiles 0.1, 0.5 and 0.9.
    static func ratios(_ pairs: [(one: Double, other: Double)]) -> (low: Double, median: Double, high: Double) {
        let all = pairs.map { $0.one / $0.other }
        return (quantile(all, 0.1), quantile(all, 0.5), quantile(all, 0.9))
    }

    static func quantile(_ values: [Double], _ part: Double) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return .nan }
        return sorted[min(sorted.count - 1, Int(part * Double(sorted.count)))]
    }
}
