import NightjarTensor

/// What the launches of a plan share: the list of memories with their buffer numbers, and numbers of the structure.
final class PlanPool {
    private(set) var memories: [Memory] = []
    private var numberOf: [Memory: UInt16] = [:]
    /// Numbers that are part of the plan; they follow the request's own in the table of numbers.
    private(set) var constants: [Double] = []
    private var constantIndex: [UInt64: UInt16] = [:]
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
        if let known = constantIndex[value.bitPattern] { return known }
        let number = UInt16(truncatingIfNeeded: requestNumbers + constants.count)
        constants.append(value)
        constantIndex[value.bitPattern] = number
        return number
    }

    /// - Throws: ``EngineError`` when there are more memories or numbers than instructions can name.
    func check() throws {
        let most = Int(UInt16.max) - 1
        let largest = max(memories.count, requestNumbers + constants.count)
        guard largest <= most else {
            throw EngineError(
                "this is too much to compute at once: it has \(largest) numbers or tensors, and a plan takes \(most); "
                    + "read a value on the way, for example with :item()")
        }
    }
}
