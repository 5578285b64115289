import NightjarEngine
import NightjarScripting

/// What this machine does at best, measured with loops of a known amount of work.
public struct Roofline: Sendable {
    /// Of OpenBLAS's matrix product on every thread; see ``ProductLoop``.
    public let flopsPerSecond: Double
    /// Read and written together, by a copy of 64 MiB on every thread.
    public let bytesPerSecond: Double
    /// Seconds that a cache line takes from one core to another: the one number here that no limit is made from. Nil with
    /// one thread.
    public let handOver: Double?

    /// Takes about two seconds.
    static func measure(threads: Int) throws -> Roofline {
        let copied = 64 << 20
        let product = try ProductLoop(threads: threads)
        let copy = try CopyLoop(bytes: copied, threads: threads)
        let times = try BenchTimes.measureInTurn(repeats: 5, target: 0.2, [product.run, copy.run])
        return Roofline(
            flopsPerSecond: product.flops / times[0].minimum, bytesPerSecond: Double(2 * copied) / times[1].minimum,
            handOver: threads > 1 ? HandOver.measure() : nil)
    }

    /// Seconds that these launches take when each is limited only by its arithmetic or by the memory it touches,
    /// whichever takes longer. Convolutions count as plain sums of products, so that an algorithm that needs fewer can
    /// be faster than this.
    func seconds(_ plans: [PlanReport]) -> Double {
        plans.flatMap(\.launches).reduce(0) { sum, launch in
            let moved = Double(launch.bytesRead + launch.bytesWritten)
            return sum + max(launch.flops / flopsPerSecond, moved / bytesPerSecond)
        }
    }
}
