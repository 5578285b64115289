import Dispatch
import NightjarTensor

/// The thread on which a process exchanges sums with others, one after the other, while it computes.
final class ExchangeLine {
    private let queue = DispatchQueue(label: "nightjar.exchange")
    private let isAlone: Bool

    init(_ collective: any Collective) { isAlone = collective.count == 1 }

    /// An exchange that has begun.
    final class Pending: @unchecked Sendable {
        fileprivate let done = DispatchSemaphore(value: 0)
        /// Written before ``done`` is signalled, read after.
        fileprivate var result: Result<Void, any Error> = .success(())

        /// Returns when it is over.
        /// - Throws: what failed, in any of the processes.
        func wait() throws {
            done.wait()
            done.signal()
            try result.get()
        }
    }

    /// Begins an exchange, behind those that have begun before.
    /// - Parameter join: belongs to the line until it is waited for.
    func begin(_ join: LevelJoin, failure: (any Error)?) -> Pending {
        let pending = Pending()
        let job = Job(join: join, failure: failure)
        let account = MemoryAccount.current
        let run: @Sendable () -> Void = {
            let work = MemoryAccount.begin(account)
            pending.result = Result { try job.join.exchange(failure: job.failure) }
            work.end()
            pending.done.signal()
        }
        // Nobody is waited for.
        if isAlone { run() } else { queue.async(execute: run) }
        return pending
    }

    /// Handed from one thread to another, never shared.
    private struct Job: @unchecked Sendable {
        let join: LevelJoin
        let failure: (any Error)?
    }
}
