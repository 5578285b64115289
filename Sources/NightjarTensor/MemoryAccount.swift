import CProcess
import Synchronization

/// What one session takes of the process's memory, and how much it may.
///
/// Each thread has at most one account that its memory is counted in: that of the session that it works for. Tensors and
/// tapes that are made then keep the account and are taken off it when they go, whoever lets go of them last, also after
/// the session. Memory that is made while a thread has none is counted in none, and what the pool keeps to be used again
/// belongs to nobody.
///
/// Where memory would go past the account's bound it is refused, in the words and the way in which the system's own refusal
/// is told. In a process without accounts this costs a load.
package final class MemoryAccount: Sendable {
    private struct Bound {
        let bytes: Int
        let others: @Sendable () -> Int
    }

    private let liveBytes = Atomic<Int>(0)
    private let wasMet = Atomic<Bool>(false)
    private let bound = Mutex<Bound?>(nil)

    package init() { nj_account_added() }

    deinit { nj_account_removed() }

    // MARK: Whose memory it is

    /// The account of the calling thread.
    package static var current: MemoryAccount? {
        guard nj_accounts_exist(), let pointer = nj_account_current() else { return nil }
        return Unmanaged<MemoryAccount>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// A thread's work for somebody: from ``MemoryAccount/begin(_:)`` until ``end()``, on the same thread.
    package struct Work {
        /// Kept: the thread knows it by its address only.
        private let account: MemoryAccount?
        private let before: UnsafeMutableRawPointer?
        private let isCounted: Bool

        fileprivate init(_ account: MemoryAccount?) {
            self.account = account
            // An account that is made meanwhile has work of its own, which ends before this does.
            isCounted = nj_accounts_exist()
            before = isCounted ? nj_account_begin(account.map { Unmanaged.passUnretained($0).toOpaque() }) : nil
        }

        package func end() {
            if isCounted { _ = nj_account_begin(before) }
        }
    }

    /// What the calling thread takes from now on is counted in `account`; nil: in none. Work nests: its end brings back what
    /// was before.
    package static func begin(_ account: MemoryAccount?) -> Work { Work(account) }

    // MARK: Bounds

    /// From now on no more than `bytes` may be in use.
    /// - Parameter others: bytes that count besides, asked on any thread that wants memory. Not any more once the bound is
    ///   lifted.
    package func setBound(_ bytes: Int, besides others: @escaping @Sendable () -> Int) {
        bound.withLock { $0 = Bound(bytes: bytes, others: others) }
    }

    /// From now on nothing is refused. What is counted stays so.
    package func liftBound() { bound.withLock { $0 = nil } }

    /// Whether it has refused memory.
    package var isMet: Bool { wasMet.load(ordering: .relaxed) }

    // MARK: Counting

    /// Bytes of tensors and tapes that are in use.
    package var live: Int { liveBytes.load(ordering: .relaxed) }

    /// Whether so many bytes more stay within the bound; they are not counted.
    func hasRoom(_ byteCount: Int) -> Bool { allows(live, byteCount) }

    /// Counts bytes, unless they would go past the bound.
    func take(_ byteCount: Int) -> Bool {
        let before = liveBytes.add(byteCount, ordering: .relaxed).oldValue
        if allows(before, byteCount) { return true }
        give(byteCount)
        return false
    }

    /// Counts bytes that cannot be refused.
    package func count(_ byteCount: Int) { liveBytes.add(byteCount, ordering: .relaxed) }

    package func give(_ byteCount: Int) { liveBytes.subtract(byteCount, ordering: .relaxed) }

    private func allows(_ before: Int, _ more: Int) -> Bool {
        let isAllowed = bound.withLock { bound in
            guard let bound else { return true }
            let (sum, overflow) = (before + bound.others()).addingReportingOverflow(more)
            return !overflow && sum <= bound.bytes
        }
        if !isAllowed { wasMet.store(true, ordering: .relaxed) }
        return isAllowed
    }
}
