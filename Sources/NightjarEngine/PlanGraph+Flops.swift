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
        // Bound by memory: comparisons and additions, or one operation an element.
        case .poolMax, .unpoolMax, .poolMean, .unpoolMean: return 0
        // Not counted, since no kernel of ours multiplies: LAPACK's, and short lines.
        case .cumsum, .argsort, .gather, .scatterAdd, .inverse, .det, .cofactors, .cofactorChange, .slogdet, .native:
            return 0
        case .leaf, .number, .constant, .iota, .uniform, .normal, .placeholder, .sum, .prod, .max, .min, .argmax,
            .argmin, .average, .spread, .pick, .gradient, .custom, .route:
            return 0
        case .neg, .abs, .sign, .exp, .expm1, .log, .log1p, .sqrt, .rsqrt, .recip, .sin, .cos, .tanh, .sigmoid, .erf,
            .relu, .floor, .ceil, .round, .square, .not, .isNaN, .isFinite, .cast, .stopGradient, .variable:
            return 0
        case .add, .sub, .mul, .div, .pow, .maximum, .minimum, .mod, .equal, .notEqual, .less, .lessEqual, .greater,
            .greaterEqual, .and, .or, .xor, .select:
            return 0
        case .reshape, .permute, .expand, .slice, .embed, .concat: return 0
        }
    }
}
