import Foundation
import NightjarGraph
import NightjarTensor

/// Running sums, sorting, moving by index and matrices, one element at a time.
extension NaiveEvaluator {
    func lines(_ row: Node) -> [Double] {
        let walk = Walk(attribute: row.attribute)
        let (shape, source) = (row.shape, tape.shape(row.a))
        let all = (0..<shape.count).map { Self.coordinates($0, shape) }
        switch row.op {
        case .cumsum:
            return all.map { at in
                let range = walk.isBackward ? at[walk.axis]..<source[walk.axis] : 0..<(at[walk.axis] + 1)
                let order = walk.isBackward ? Array(range.reversed()) : Array(range)
                return order.reduce(0) { $0 + read(row.a, moved(at, walk.axis, to: $1)) }
            }
        case .argsort:
            return all.map { at in
                let line = (0..<source[walk.axis]).map { read(row.a, moved(at, walk.axis, to: $0)) }
                let order = line.indices.sorted { one, two in
                    let (a, b) = walk.isBackward ? (line[two], line[one]) : (line[one], line[two])
                    return a < b || (b.isNaN && !a.isNaN) || (!(b < a || (a.isNaN && !b.isNaN)) && one < two)
                }
                return Double(order[at[walk.axis]])
            }
        case .gather:
            return all.map { at in read(row.a, moved(at, walk.axis, to: position(row.b, at, walk.axis))) }
        default:
            var result = [Double](repeating: 0, count: shape.count)
            for index in 0..<source.count {
                let at = Self.coordinates(index, source)
                let target = moved(at, walk.axis, to: position(row.b, at, walk.axis))
                result[Self.offset(target, shape)] += values[row.a.position][index]
            }
            return result
        }
    }

    private func moved(_ at: [Int], _ axis: Int, to place: Int) -> [Int] {
        var result = at
        result[axis] = place
        return result
    }

    private func position(_ positions: NodeID, _ at: [Int], _ axis: Int) -> Int {
        let isList = tape[positions].rank == 1
        return Int(read(positions, isList ? [at[axis]] : at))
    }

    /// By the definition: determinants of what is left without a row and a column.
    private static func cofactor(_ a: [[Double]], _ r: Int, _ c: Int) -> Double {
        func determinant(_ a: [[Double]]) -> Double {
            a.isEmpty ? 1 : a[0].indices.reduce(0) { $0 + a[0][$1] * cofactor(a, 0, $1) }
        }
        let rest = a.indices.filter { $0 != r }.map { i in a[i].indices.filter { $0 != c }.map { a[i][$0] } }
        return ((r + c) % 2 == 0 ? 1 : -1) * determinant(rest)
    }

    private func stack(_ id: NodeID) -> [[[Double]]] {
        let shape = tape.shape(id)
        let n = shape.last
        let (numbers, count) = (values[id.position], shape.dimensions.dropLast(2).reduce(1, *))
        func line(_ index: Int) -> [Double] { Array(numbers[(index * n)..<(index * n + n)]) }
        return (0..<count).map { matrix in (0..<n).map { line(matrix * n + $0) } }
    }

    func cofactors(_ row: Node) -> [Double] {
        var result: [Double] = []
        for a in stack(row.a) {
            for r in a.indices { for c in a.indices { result.append(Self.cofactor(a, r, c)) } }
        }
        return result
    }

    /// Cofactors are linear in each row: the sum of those of the matrices that have one row of the direction.
    func cofactorChange(_ row: Node) -> [Double] {
        var result: [Double] = []
        for (a, h) in zip(stack(row.a), stack(row.b)) {
            for r in a.indices {
                for c in a.indices {
                    var sum = 0.0
                    for k in a.indices where k != r {
                        var changed = a
                        changed[k] = h[k]
                        sum += Self.cofactor(changed, r, c)
                    }
                    result.append(sum)
                }
            }
        }
        return result
    }

    /// By Gauss and Jordan with pivots.
    func matrices(_ row: Node) -> [Double] {
        let shape = tape.shape(row.a)
        let n = shape.last
        let size = n * n
        let count = shape.dimensions.dropLast(2).reduce(1, *)
        return (0..<count).flatMap { index -> [Double] in
            var a = (0..<n).map { r in (0..<n).map { values[row.a.position][index * size + r * n + $0] } }
            var inverse = (0..<n).map { r in (0..<n).map { $0 == r ? 1.0 : 0.0 } }
            var determinant = 1.0
            for column in 0..<n {
                let pivot = (column..<n).max { abs(a[$0][column]) < abs(a[$1][column]) } ?? column
                if pivot != column {
                    a.swapAt(pivot, column)
                    inverse.swapAt(pivot, column)
                    determinant = -determinant
                }
                let factor = a[column][column]
                determinant *= factor
                a[column] = a[column].map { $0 / factor }
                inverse[column] = inverse[column].map { $0 / factor }
                for other in 0..<n where other != column {
                    let share = a[other][column]
                    for k in 0..<n {
                        a[other][k] -= share * a[column][k]
                        inverse[other][k] -= share * inverse[column][k]
                    }
                }
            }
            switch row.op {
            case .inverse: return inverse.flatMap { $0 }
            case .det: return [determinant]
            default: return [determinant < 0 ? -1 : 1, Foundation.log(abs(determinant))]
            }
        }
    }
}
