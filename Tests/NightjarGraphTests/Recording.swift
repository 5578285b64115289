import NightjarGraph
import NightjarTensor
import Testing

extension Tape {
    /// A leaf of zeros.
    func zeros(_ dimensions: [Int], _ dtype: DType = .float32) throws -> NodeID {
        leaf(try .zeros(Shape(dimensions), dtype: dtype))
    }

    /// A node of a shape that no memory could hold.
    func huge(_ dimensions: [Int], _ dtype: DType = .float32) throws -> NodeID {
        try expand(constant(1, dtype: dtype), Shape(dimensions))
    }
}

/// What `body` throws, as a user reads it; an empty text when it throws nothing.
func refusal(_ body: () throws -> some Any) -> String {
    do {
        _ = try body()
        return ""
    } catch { return "\(error)" }
}
