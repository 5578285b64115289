import NightjarGraph
import NightjarTensor

extension PlanGraph {
    /// Multiplications and additions of a matrix product, a convolution or a gradient of one, taps in the padding
    /// included; 0 for other rows.
    func flops(of index: Int) -> Double {
        let row = rows[index]
        func count(_ operand: NodeID) -> Double { Double(shape(operand.position).count) }
        /// Products for each number of the output: the window's taps times the channels of a group.
        func taps(_ weights: Shape) -> Double { Double(weights[0]) * Double(weights[1]) * Double(weights[2]) }
        switch row.op {
        case .matmul:
            let left = shape(row.a.position)
            let summed = left[row.attribute & 1 != 0 ? row.rank - 2 : row.rank - 1]
            return 2 * Double(row.shape.count) * Double(summed)
        case .conv: return 2 * Double(row.shape.count) * taps(shape(row.b.position))
        case .convInput: return 2 * count(row.a) * taps(shape(row.b.position))
        case .convWeight: return 2 * count(row.b) * taps(row.shape)
        default: return 0
        }
    }
}
