/// Processes that train one model together, as the engine sees them: each can exchange bytes with each.
///
/// What is added in which order is not their matter; see ``BatchShards``. One thread at a time exchanges.
public protocol Collective: AnyObject, Sendable {
    /// This process among them, from 0.
    var rank: Int { get }
    /// How many there are: a power of two.
    var count: Int { get }

    /// Sends bytes to another process and receives those that it sends: both call this at the same place of their work.
    /// - Parameters:
    ///   - received: takes what comes, as many bytes as the other one sends.
    ///   - partner: the other one's rank.
    /// - Throws: ``EngineError`` where the other one is gone.
    func exchange(
        _ bytes: UnsafeRawBufferPointer, for received: UnsafeMutableRawBufferPointer, with partner: Int
    ) throws

    /// Another process ends what all of them do, since a signal asked it for a stop; 0 where which one is not known.
    func stopped(by signal: Int32)
}

extension Collective {
    public func stopped(by signal: Int32) {}
}

/// One process alone.
public final class SingleProcess: Collective {
    public let rank = 0
    public let count = 1

    public init() {}

    public func exchange(
        _ bytes: UnsafeRawBufferPointer, for received: UnsafeMutableRawBufferPointer, with partner: Int
    ) throws {
        throw EngineError("process 0 of 1 was to exchange bytes with process \(partner), which is not there")
    }
}
