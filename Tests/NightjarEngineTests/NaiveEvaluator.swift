import CKernels
import Foundation
import NightjarGraph
import NightjarTensor

/// Computes the rows of a tape one element at a time in double precision: slow, plain, and independent of the engine.
/// Gradient rows are not supported: expand them by differences instead.
struct NaiveEvaluator {
    let tape: Tape
    private(set) var values: [[Double]] = []

    init(_ tape: Tape) {
        self.tape = tape
        for position in 0..<tape.count { values.append(evaluate(NodeID(position))) }
    }

    subscript(id: NodeID) -> [Double] { values[id.position] }

    /// Row-major index of `coordinates` in a tensor of `shape`, which repeats where it has ones or fewer dimensions.
    static func offset(_ coordinates: [Int], _ shape: Shape) -> Int {
        let skip = coordinates.count - shape.rank
        var result = 0
        for axis in 0..<shape.rank { result = result * shape[axis] + (shape[axis] == 1 ? 0 : coordinates[axis + skip]) }
        return result
    }

    static func coordinates(_ index: Int, _ shape: Shape) -> [Int] {
        var rest = index
        var result = [Int](repeating: 0, count: shape.rank)
        for axis in (0..<shape.rank).reversed() {
            result[axis] = rest % max(shape[axis], 1)
            rest /= max(shape[axis], 1)
        }
        return result
    }

    func read(_ id: NodeID, _ coordinates: [Int]) -> Double {
        values[id.position][Self.offset(coordinates, tape.shape(id))]
    }

    private func evaluate(_ id: NodeID) -> [Double] {
        let row = tape[id]
        let shape = row.shape
        let all = (0..<shape.count).map { Self.coordinates($0, shape) }
        switch row.op {
        case .leaf: return tape.leaves[row.slot].values
        case .number: return [tape.numbers[row.slot]]
        case .constant: return [Double(bitPattern: row.attribute)]
        case .iota: return all.map { Double($0[row.slot]) }
        case .uniform, .normal:
            let key = tape.words[row.slot]
            return all.indices.map { Self.draw(row.op, key, UInt64($0)) }
        case .gradient, .placeholder: return all.map { _ in .nan }
        case .custom, .route: return values[row.a.position]
        case .select: return all.map { read(row.a, $0) != 0 ? read(row.b, $0) : read(row.c, $0) }
        case .pick: return all.map { read(row.a, $0 + [Int(read(row.b, $0))]) }
        case .reshape: return values[row.a.position]
        case .expand: return all.map { read(row.a, $0) }
        case .permute:
            let order = Tape.order(of: row)
            return all.map { target in
                var source = target
                for (axis, from) in order.enumerated() { source[from] = target[axis] }
                return read(row.a, source)
            }
        case .slice:
            let (starts, steps) = tape.ranges(of: row)
            return all.map { target in read(row.a, target.indices.map { starts[$0] + steps[$0] * target[$0] }) }
        case .embed:
            let (starts, steps) = tape.ranges(of: row)
            var result = [Double](repeating: 0, count: shape.count)
            let inner = tape.shape(row.a)
            for index in 0..<inner.count {
                let from = Self.coordinates(index, inner)
                let to = from.indices.map { starts[$0] + steps[$0] * from[$0] }
                result[Self.offset(to, shape)] = values[row.a.position][index]
            }
            return result
        case .concat:
            let cut = tape.shape(row.a)[row.slot]
            return all.map { target in
                guard target[row.slot] >= cut else { return read(row.a, target) }
                var shifted = target
                shifted[row.slot] -= cut
                return read(row.b, shifted)
            }
        case .matmul: return matmul(row)
        case .cumsum, .argsort, .gather, .scatterAdd: return lines(row)
        case .inverse, .det, .slogdet: return matrices(row)
        case .cofactors: return cofactors(row)
        case .cofactorChange: return cofactorChange(row)
        case .native: return native(row)
        case .conv, .convInput, .convWeight, .poolMax, .unpoolMax, .poolMean, .unpoolMean: return image(row)
        case .sum, .prod, .max, .min, .argmax, .argmin, .average, .spread: return reduce(row)
        case .neg, .abs, .sign, .exp, .expm1, .log, .log1p, .sqrt, .rsqrt, .recip, .sin, .cos, .tanh, .sigmoid, .erf,
            .relu, .floor, .ceil, .round, .square, .not, .isNaN, .isFinite, .cast, .stopGradient, .variable:
            return all.map { Self.unary(row, read(row.a, $0)) }
        case .add, .sub, .mul, .div, .pow, .maximum, .minimum, .mod, .equal, .notEqual, .less, .lessEqual, .greater,
            .greaterEqual, .and, .or, .xor:
            return all.map { Self.binary(row.op, read(row.a, $0), read(row.b, $0)) }
        }
    }

    /// Element `index` of a float64 stream: 53 bits of the first two words of its block, or Box and Muller's formula.
    private static func draw(_ op: Op, _ key: UInt64, _ index: UInt64) -> Double {
        let word = nj_philox(key, index).word
        let first = Double((UInt64(word.1) << 32 | UInt64(word.0)) >> 11)
        guard op == .normal else { return first * 0x1p-53 }
        let second = Double((UInt64(word.3) << 32 | UInt64(word.2)) >> 11)
        return (-2 * Foundation.log((first + 1) * 0x1p-53)).squareRoot() * Foundation.cos(2 * .pi * second * 0x1p-53)
    }

    /// The operations of `Tests/TestLibraries` that graphs of tests are made of.
    private func native(_ row: Node) -> [Double] {
        let call = NativeCall(attribute: row.attribute)
        let x = values[row.a.position]
        switch row.nativeOperation?.name {
        case "square": return x.map { tape.numbers[call.slot] * $0 * $0 }
        case "exponential": return x.map { Foundation.exp($0) }
        case "weighted":
            let weights = values[row.b.position]
            return stride(from: 0, to: x.count, by: weights.count).map { start in
                weights.indices.reduce(0) { $0 + x[start + $1] * weights[$1] }
            }
        default: return x.map { _ in .nan }
        }
    }

    private func matmul(_ row: Node) -> [Double] {
        let (left, right) = (tape.shape(row.a), tape.shape(row.b))
        let rank = row.rank
        let (ta, tb) = (row.attribute & 1 != 0, row.attribute & 2 != 0)
        let inner = left[ta ? rank - 2 : rank - 1]
        let shape = row.shape
        _ = right
        return (0..<shape.count).map { index in
            let at = Self.coordinates(index, shape)
            var total = 0.0
            for k in 0..<inner {
                var (a, b) = (at, at)
                if ta { (a[rank - 2], a[rank - 1]) = (k, at[rank - 2]) } else { a[rank - 1] = k }
                if tb { (b[rank - 2], b[rank - 1]) = (at[rank - 1], k) } else { b[rank - 2] = k }
                total += read(row.a, a) * read(row.b, b)
            }
            return total
        }
    }

    private func reduce(_ row: Node) -> [Double] {
        let source = tape.shape(row.a)
        let reduction = Reduction(attribute: row.attribute)
        var cells = [[Double]](repeating: [], count: row.shape.count)
        let kept = Reduction(axes: reduction.axes, keepsDimensions: true).result(source)
        for index in 0..<source.count {
            var at = Self.coordinates(index, source)
            for axis in 0..<source.rank where reduction.reduces(axis) { at[axis] = 0 }
            cells[Self.offset(at, kept)].append(values[row.a.position][index])
        }
        return cells.map { cell in
            switch row.op {
            case .average: return cell.reduce(0, +) / Double(cell.count)
            case .spread:
                let mean = cell.reduce(0, +) / Double(cell.count)
                return cell.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            case .sum: return cell.reduce(0, +)
            case .prod: return cell.reduce(1, *)
            case .max: return cell.contains { $0.isNaN } ? .nan : cell.max() ?? -.infinity
            case .min: return cell.contains { $0.isNaN } ? .nan : cell.min() ?? .infinity
            case .argmax:
                return Double(cell.indices.max { cell[$0] < cell[$1] || (cell[$0] == cell[$1] && $0 > $1) } ?? 0)
            default: return Double(cell.indices.min { cell[$0] < cell[$1] || (cell[$0] == cell[$1] && $0 < $1) } ?? 0)
            }
        }
    }

    private static func unary(_ row: Node, _ x: Double) -> Double {
        switch row.op {
        case .neg: -x
        case .abs: Swift.abs(x)
        case .sign: x.isNaN ? x : x > 0 ? 1 : x < 0 ? -1 : x
        case .exp: Foundation.exp(x)
        case .expm1: Foundation.expm1(x)
        case .log: Foundation.log(x)
        case .log1p: Foundation.log1p(x)
        case .sqrt: x.squareRoot()
        case .rsqrt: 1 / x.squareRoot()
        case .recip: 1 / x
        case .sin: Foundation.sin(x)
        case .cos: Foundation.cos(x)
        case .tanh: Foundation.tanh(x)
        case .sigmoid: 1 / (1 + Foundation.exp(-x))
        case .erf: Foundation.erf(x)
        case .relu: x.isNaN ? x : Swift.max(x, 0)
        case .floor: x.rounded(.down)
        case .ceil: x.rounded(.up)
        case .round: x.rounded(.toNearestOrEven)
        case .square: x * x
        case .not: x == 0 ? 1 : 0
        case .isNaN: x.isNaN ? 1 : 0
        case .isFinite: x.isFinite ? 1 : 0
        case .cast where row.dtype == .bool: x != 0 ? 1 : 0
        case .cast where row.dtype == .int32:
            x.isNaN ? 0 : Swift.min(Swift.max(x.rounded(.towardZero), -2_147_483_648), 2_147_483_647)
        case .cast where row.dtype == .uint8: x.isNaN ? 0 : Swift.min(Swift.max(x.rounded(.towardZero), 0), 255)
        case .cast where row.dtype == .float32: Double(Float(x))
        case .cast, .stopGradient, .variable: x
        // Of another family: agrees with nothing.
        default: .signalingNaN
        }
    }

    private static func binary(_ op: Op, _ a: Double, _ b: Double) -> Double {
        switch op {
        case .add: a + b
        case .sub: a - b
        case .mul: a * b
        case .div: a / b
        case .pow: Foundation.pow(a, b)
        case .maximum: a.isNaN || b.isNaN ? .nan : Swift.max(a, b)
        case .minimum: a.isNaN || b.isNaN ? .nan : Swift.min(a, b)
        case .mod: a - (a / b).rounded(.down) * b
        case .equal: a == b ? 1 : 0
        case .notEqual: a != b ? 1 : 0
        case .less: a < b ? 1 : 0
        case .lessEqual: a <= b ? 1 : 0
        case .greater: a > b ? 1 : 0
        case .greaterEqual: a >= b ? 1 : 0
        case .and: a != 0 && b != 0 ? 1 : 0
        case .or: a != 0 || b != 0 ? 1 : 0
        case .xor: (a != 0) != (b != 0) ? 1 : 0
        default: .signalingNaN
        }
    }
}
