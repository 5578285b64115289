import NightjarEngine
import NightjarGraph
import NightjarTensor

/// A session with short ways to make leaves and read values.
struct Workbench {
    let session: Session
    var tape: Tape { session.tape }

    init(threads: Int = 1, eager: Bool = false, cacheCapacity: Int = 256) {
        session = Session(threads: threads, cacheCapacity: cacheCapacity)
        session.isEager = eager
    }

    static func tensor(_ values: [Double], _ dimensions: [Int], _ dtype: DType = .float64) throws -> Tensor {
        try Tensor.from(values, shape: Shape(dimensions), dtype: dtype)
    }

    func leaf(_ values: [Double], _ dimensions: [Int], _ dtype: DType = .float64) throws -> NodeID {
        tape.leaf(try Self.tensor(values, dimensions, dtype))
    }

    func read(_ id: NodeID) throws -> [Double] { try session.evaluate([Value(tape, id)])[0].values }

    func sum(_ id: NodeID) throws -> NodeID {
        try tape.reduce(.sum, id, axes: Reduction.all(rank: tape[id].rank), keep: false)
    }
}

/// What `body` throws, as a user reads it; an empty text when it throws nothing.
func refusal(_ body: () throws -> some Any) -> String {
    do {
        _ = try body()
        return ""
    } catch { return "\(error)" }
}
