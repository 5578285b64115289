import Synchronization

/// A bound on the bytes of all tensors of the process together with what else somebody counts.
///
/// While one is in force, memory for a tensor, or for what grows with a number of the user's (``Room``), is refused where it
/// would go past the bound, in the words and the way in which the system's own refusal is told. Without one, nothing is
/// counted.
package final class MemoryLimit: Sendable {
    /// Bytes at most.
    package let bytes: Int
    private let others: @Sendable () -> Int
    private let wasMet = Atomic<Bool>(false)

    /// - Parameter others: bytes that count with those of tensors. Asked on any thread that wants memory.
    package init(bytes: Int, others: @escaping @Sendable () -> Int) {
        self.bytes = bytes
        self.others = others
    }

    /// From now on it is in force, until ``end()``.
    package func begin() { StoragePool.shared.add(self) }
    package func end() { StoragePool.shared.remove(self) }

    /// Whether it has refused memory.
    package var isMet: Bool { wasMet.load(ordering: .relaxed) }

    func meet() { wasMet.store(true, ordering: .relaxed) }

    /// Whether `more` bytes beside `tensors` stay within it.
    func allows(_ tensors: Int, _ more: Int) -> Bool {
        let (sum, overflow) = (tensors + others()).addingReportingOverflow(more)
        return !overflow && sum <= bytes
    }
}
