import NightjarEngine
import NightjarGraph
import NightjarTensor
import TestLibraries

extension FuzzTarget {
    /// Graphs that the bytes choose, with their gradients: planned as eagerly computed.
    static let planner = FuzzTarget("planner", share: 0.1) {
        { bytes in
            var dice = Dice(choices: Array(bytes.prefix(512)))
            let dtype: DType = dice.below(2) == 0 ? .float64 : .float32
            let dimensions = dice.below(4) == 0 ? [0, 1, 2, 3] : [1, 2, 3, 5, 10]
            let graph = try RandomGraph(dice, dtype: dtype, size: 2 + dice.below(24), dimensions: dimensions)
            var wanted = Array(graph.all.suffix(4))
            if dice.below(2) == 0 {
                wanted += try graph.tape.gradient(of: graph.loss(), withRespectTo: graph.leaves)
            }
            let planned = try values(graph.tape, wanted, eager: false)
            let eager = try values(graph.tape, wanted, eager: true)
            for (id, (one, other)) in zip(wanted, zip(planned, eager)) {
                guard one.shape == graph.tape.shape(id), one.shape == other.shape, one.dtype == other.dtype else {
                    throw Disagreement(description: "%\(id.index): \(one.dtype)\(one.shape), eagerly \(other.shape)")
                }
                let tolerance = dtype == .float64 ? 1e-9 : 1e-3
                for (a, b) in zip(one.values, other.values)
                where !(a == b || a.isNaN && b.isNaN || abs(a - b) <= tolerance * max(1, abs(b))) {
                    throw Disagreement(description: "%\(id.index): \(a), eagerly \(b)")
                }
            }
        }
    }

    private static func values(_ tape: Tape, _ wanted: [NodeID], eager: Bool) throws -> [Tensor] {
        for position in 0..<tape.count { tape.forget(NodeID(position)) }
        tape.frontier = 0
        let session = Session(threads: 1)
        session.isEager = eager
        return try session.evaluate(wanted.map { Value(tape, $0) })
    }
}
