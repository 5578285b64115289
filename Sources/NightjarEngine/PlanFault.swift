import NightjarGraph
import NightjarTensor

/// What data made fail while a plan ran: an index out of range, a singular matrix or a whole number that its type does
/// not hold, with the place in the script.
struct PlanFault: Error {
    /// What the kernel found, as far as it concerns whole numbers.
    let whole: WholeNumberFault.Kind?
    /// What the kernel of a plugin's operation said.
    let native: NativeComplaint?
    /// Of the result.
    let dtype: DType
    /// The operation that failed.
    let op: Op
    let index: Int
    let limit: Int
    /// Where the bad index stands in the index tensor, the matrix in its stack, or the number in the result; row-major.
    var position: Int
    /// The shape that `position` counts in.
    var counted: Shape
    let place: Int32

    /// A complaint of a plugin's kernel.
    struct NativeComplaint {
        /// `'fused.smoothed_cce'`
        let operation: String
        let text: String
    }

    /// Counted from 1, as scripts count.
    /// - Parameter name: what the script called, where that is not the operation itself.
    func message(named name: String?) -> String {
        if let whole {
            return WholeNumberFault(
                whole, dtype, operation: name.map { "'\($0)'" } ?? op.title(on: dtype),
                place: counted.rank == 0 ? nil : counted.place(of: position)
            ).message
        }
        if let native {
            let row = limit > 1 ? ", in row \(position + 1) of \(limit)" : ""
            return "\(native.operation): \(native.text)\(row)"
        }
        let found = index &+ 1
        switch op {
        case .inverse:
            return counted.rank == 0
                ? "the matrix is singular: it has no inverse"
                : "matrix \(counted.place(of: position)) of \(counted) is singular: it has no inverse"
        case .gather, .scatterAdd:
            var text =
                "position \(found) at \(counted.place(of: position)) of the positions is out of range: positions go from 1 to \(limit)"
            if found == 0 { text += " (positions that start at 0? In scripts they start at 1: add 1)" }
            return text
        case .pick:
            return LabelFault(label: Double(index) + 1, index: position, shape: counted, classes: limit).message
        default: return "'\(op.name)' failed"
        }
    }
}
