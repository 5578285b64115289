extension Tensor {
    /// The number of entries that are not 0; NaN is none. Cost: one sweep.
    public var nonzeroCount: Int {
        switch dtype {
        case .float32: return count(of: Float.self)
        case .float64: return count(of: Double.self)
        case .int32: return count(of: Int32.self)
        case .uint8, .bool: return count(of: UInt8.self)
        }
    }

    /// Calls `body` with the row-major position of each entry that is not 0, in order.
    public func forEachNonzero(_ body: (Int) -> Void) {
        switch dtype {
        case .float32: visit(Float.self, body)
        case .float64: visit(Double.self, body)
        case .int32: visit(Int32.self, body)
        case .uint8, .bool: visit(UInt8.self, body)
        }
    }

    private func count<E: Numeric>(of type: E.Type) -> Int {
        let typed = UnsafeBufferPointer(start: pointer.assumingMemoryBound(to: E.self), count: count)
        var found = 0
        for element in typed where element != 0 { found &+= 1 }
        return found
    }

    private func visit<E: Numeric>(_ type: E.Type, _ body: (Int) -> Void) {
        let typed = UnsafeBufferPointer(start: pointer.assumingMemoryBound(to: E.self), count: count)
        for index in typed.indices where typed[index] != 0 { body(index) }
    }
}
