import Foundation
import NightjarEngine
import NightjarNN
import NightjarProcess
import NightjarScripting

/// How long a training step takes (forward, loss, gradients, update, and reading the loss), or an evaluation pass over
/// one batch (forward in evaluation mode, and reading the predictions).
///
/// Model, loss and optimizer come from plugins and go the way of any script's. Inputs are random and lie ready.
public struct StepBench: Sendable {
    public enum Work: String, Sendable { case training = "step", evaluation = "eval" }

    public var work = Work.training
    public var model = "mlp"
    public var loss = "rll"
    public var optimizer = "sgd"
    public var batch = 128
    /// Nil for what the model's channels suggest.
    public var image: SampleImage?
    public var threads = 2
    public var repeats = 5
    /// Without Winograd's algorithms.
    public var isConvolutionExact = false
    /// Whether the machine is measured as well; see ``Result/roofline``.
    public var measuresMachine = true

    public init() {}

    public struct Result: Sendable {
        public let times: BenchTimes
        public let parameters: Int
        /// Seconds from the start of this process to the end of the first step or pass.
        public let firstSeconds: Double?
        /// The most memory that the process held, in MiB.
        public let peakResidentMebibytes: Double?
        /// What the plan said it needs before it ran, in bytes; the program and what it has loaded come on top.
        public let plannedBytes: Int
        /// Multiplications and additions of one step; see ``PlanReport/Launch/flops``.
        public let flops: Double
        public let machine: Roofline?
        /// The time that the machine's rooflines allow over the time of the fastest repeat; see ``Roofline/seconds(_:)``.
        public let roofline: Double?

        public var gigaflops: Double { flops / times.minimum / 1e9 }
    }

    /// - Throws: ``ScriptError`` for names that no plugin provides, and what the step throws.
    public func run() throws -> Result {
        let session = Session(threads: threads)
        session.isConvolutionExact = isConvolutionExact
        let step = try PreparedStep(
            session: session, model: model, loss: loss, optimizer: optimizer, batch: batch, image: image)
        let once = work == .training ? step.run : step.evaluate
        try once()
        let firstSeconds = secondsSinceStart()
        let times = try BenchTimes.measure(repeats: repeats) { count in
            for _ in 0..<count { try once() }
        }
        let peak = NightjarProcess.peakResidentMebibytes()
        let plans = try session.explaining { try once() }
        let machine = try measuresMachine ? Roofline.measure(threads: threads) : nil
        return Result(
            times: times, parameters: step.trainer.model.parameterCount, firstSeconds: firstSeconds,
            peakResidentMebibytes: peak, plannedBytes: plans.map { $0.memory.peak(threads: threads) }.max() ?? 0,
            flops: plans.reduce(0) { $0 + $1.flops }, machine: machine,
            roofline: machine.map { $0.seconds(plans) / times.minimum })
    }
}

/// Seconds since this process was started, in steps of a hundredth; nil where the system does not say.
private func secondsSinceStart() -> Double? {
    guard let status = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
        let uptime = try? String(contentsOfFile: "/proc/uptime", encoding: .utf8),
        let now = uptime.split(separator: " ").first.flatMap({ Double($0) }),
        // The program's name, which may hold anything, ends with the last parenthesis. Field 22 is the start.
        let end = status.lastIndex(of: ")")
    else { return nil }
    let fields = status[end...].split(separator: " ")
    guard fields.count > 20, let ticks = Double(fields[20]) else { return nil }
    return now - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
}
