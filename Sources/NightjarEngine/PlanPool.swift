import NightjarTensor

/// What the launches of a plan share: the list of memories with their buffer numbers, and numbers of the structure.
final class PlanPool {
    private(set) var memories: [Memory] = []
    private var numberOf: [Memory: UInt16] = [:]
    /// Numbers that are part of the plan; they follow the request's own in the table of numbers.
    private(set) var constants: [Double] = []
    private let requestNumbers: Int

    init(requestNumbers: Int) { self.requestNumbers = requestNumbers }

    /// The buffer number of a memory.
    func buffer(_ memory: Memory) -> UInt16 {
        if let known = numberOf[memory] { return known }
        let number = UInt16(truncatingIfNeeded: memories.count)
        memories.append(memory)
        numberOf[memory] = number
        return number
    }

    /// The index of a constant in the table of numbers.
    func constant(_ value: Double) -> UInt16 {
        if let known = constants.firstIndex(where: { $0.bitPattern == value.bitPattern }) {
            return UInt16(truncatingIfNeeded: requestNumbers + known)
        }
        constants.append(value)
        return UInt16(truncatingIfNeeded: requestNumbers + constants.count - 1)
    }
}
