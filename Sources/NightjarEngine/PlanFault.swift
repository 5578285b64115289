import NightjarGraph
import NightjarTensor

/// What data made fail while a plan ran: an index out of range or a singular matrix, with the place in the script.
struct PlanFault: Error {
    /// The operation that failed.
    let op: Op
    let index: Int
    let limit: Int
    /// Where the bad index stands in the index tensor, or the matrix in its stack; row-major.
    let position: Int
    /// The shape that `position` counts in.
    let counted: Shape
    let place: Int32

    /// Counted from 1, as scripts count.
    var message: String {
        let found = index + 1
        switch op {
        case .inverse:
            return counted.rank == 0
                ? "the matrix is singular: it has no inverse"
                : "matrix \(placed) of \(counted) is singular: it has no inverse"
        case .gather, .scatterAdd:
            var text =
                "position \(found) at \(placed) of the positions is out of range: positions go from 1 to \(limit)"
            if found == 0 { text += " (positions that start at 0? In scripts they start at 1: add 1)" }
            return text
        default:
            var text = "label \(found) at position \(position + 1) is out of range: labels go from 1 to \(limit)"
            if found == 0 { text += " (labels that start at 0? In scripts they start at 1: add 1)" }
            return text
        }
    }

    /// The place in `counted`: `4`, or `(2, 3)` where there are several dimensions.
    private var placed: String {
        guard counted.rank > 1 else { return "\(position + 1)" }
        var rest = position
        var coordinates: [Int] = []
        for axis in (0..<counted.rank).reversed() {
            coordinates.insert(rest % max(counted[axis], 1) + 1, at: 0)
            rest /= max(counted[axis], 1)
        }
        return "(" + coordinates.map(String.init).joined(separator: ", ") + ")"
    }
}
