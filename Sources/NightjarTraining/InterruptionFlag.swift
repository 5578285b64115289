import NightjarProcess
import Synchronization

/// How the outside asks training to stop: set from another thread, or for all of the process by a signal; looked at
/// between steps and between batches of an evaluation.
public final class InterruptionFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    public init() {}

    /// Asks for the stop. Takes no lock and allocates nothing.
    public func request() { flag.store(true, ordering: .releasing) }

    /// Whether a stop was asked for, here or by a signal.
    public var isRequested: Bool { flag.load(ordering: .acquiring) || StopSignal.isRaised }

    /// Forgets the request.
    public func clear() { flag.store(false, ordering: .releasing) }
}
