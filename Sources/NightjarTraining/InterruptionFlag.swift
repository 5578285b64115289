import Synchronization

/// How the outside asks training to stop: set from a signal handler or another thread, looked at between steps.
public final class InterruptionFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    public init() {}

    /// Asks for the stop. Takes no lock and allocates nothing.
    public func request() { flag.store(true, ordering: .releasing) }

    /// Whether a stop was asked for.
    public var isRequested: Bool { flag.load(ordering: .acquiring) }

    /// Forgets the request.
    public func clear() { flag.store(false, ordering: .releasing) }
}
