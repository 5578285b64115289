import CKernels
import COpenBLAS
import NightjarTensor

/// The cofactors of square matrices, a few matrices a tile, in float64 whatever the matrices are made of.
///
/// Where the LU factorisation is far from singular they are det A times the inverse, transposed. Elsewhere the singular
/// values tell: A = U S V' has the cofactors det U det V U T V', where entry i of the diagonal T is the product of all
/// singular values but the i-th, so that nothing is divided by.
///
/// LAPACK reads matrices column by column, ours lie row by row: it works on the transposes, whose cofactors are the
/// transposes of the cofactors.
final class CofactorKernel<Number: LapackNumber>: TileKernel {
    private let order: Int
    private let count: Int
    private let source: Int
    private let target: Int
    private let matricesPerTile: Int
    private let workCount: Int

    /// Entries of the diagonal of U that far apart, and the inverse would have lost half of its digits.
    private static var smallestRatio: Double { 1e-8 }

    /// - Parameters:
    ///   - order: rows and columns of each of `count` matrices.
    ///   - source, target: buffer numbers.
    init(order: Int, count: Int, source: UInt16, target: UInt16) {
        singleThreadedOpenBLAS
        self.order = order
        self.count = count
        self.source = Int(source)
        self.target = Int(target)
        workCount = max(1, 64 * order)
        let n = Double(order)
        let nanoseconds = 500 + n * n * 8 + n * n * n * 0.5
        matricesPerTile = max(1, Int(20_000 / nanoseconds))
        let numbers = 3 * order * order + 2 * order + workCount
        super.init(
            tileCounts: [(count + matricesPerTile - 1) / matricesPerTile],
            scratchBytes: numbers * MemoryLayout<Double>.stride + order * MemoryLayout<Int32>.stride, partialBytes: 0,
            cost: nanoseconds * Double(count))
    }

    /// What a thread needs for one matrix.
    private struct Scratch {
        /// A, then what it is factorised into.
        let matrix: UnsafeMutablePointer<Double>
        let left: UnsafeMutablePointer<Double>
        let right: UnsafeMutablePointer<Double>
        let values: UnsafeMutablePointer<Double>
        let others: UnsafeMutablePointer<Double>
        let work: UnsafeMutablePointer<Double>
        let pivots: UnsafeMutablePointer<Int32>

        init(_ memory: UnsafeMutableRawPointer, _ order: Int, _ workCount: Int) {
            matrix = memory.assumingMemoryBound(to: Double.self)
            left = matrix + order * order
            right = left + order * order
            values = right + order * order
            others = values + order
            work = others + order
            pivots = UnsafeMutableRawPointer(work + workCount).assumingMemoryBound(to: Int32.self)
        }
    }

    override func run(
        phase: Int, tile: Int, _ bindings: UnsafePointer<nj_bindings>, _ memory: UnsafeMutableRawPointer
    ) {
        guard let from = bindings.pointee.buffers[source], let to = bindings.pointee.buffers[target] else { return }
        let matrices = from.assumingMemoryBound(to: Number.self)
        let results = to.assumingMemoryBound(to: Number.self)
        let scratch = Scratch(memory, order, workCount)
        let size = order * order
        for index in (tile * matricesPerTile)..<min(count, (tile + 1) * matricesPerTile) {
            let (matrix, result) = (matrices + index * size, results + index * size)
            guard (0..<size).allSatisfy({ matrix[$0].isFinite }) else {
                for entry in 0..<size { result[entry] = .nan }
                continue
            }
            for entry in 0..<size { scratch.matrix[entry] = Double(matrix[entry]) }
            if !fromInverse(scratch, result) {
                for entry in 0..<size { scratch.matrix[entry] = Double(matrix[entry]) }
                fromSingularValues(scratch, result)
            }
        }
    }

    /// The determinant of what was factorised.
    private func determinant(_ factors: UnsafePointer<Double>, _ pivots: UnsafePointer<Int32>) -> Double {
        var product = 1.0
        for row in 0..<order {
            product *= Int(pivots[row]) == row + 1 ? factors[row * order + row] : -factors[row * order + row]
        }
        return product
    }

    /// False where the matrix is singular or nearly so.
    private func fromInverse(_ scratch: Scratch, _ result: UnsafeMutablePointer<Number>) -> Bool {
        guard Double.factorise(scratch.matrix, order, scratch.pivots) == 0 else { return false }
        var (smallest, largest) = (Double.infinity, 0.0)
        for row in 0..<order {
            let entry = abs(scratch.matrix[row * order + row])
            (smallest, largest) = (min(smallest, entry), max(largest, entry))
        }
        guard smallest > largest * Self.smallestRatio else { return false }
        let factor = determinant(scratch.matrix, scratch.pivots)
        guard factor.isFinite, factor.isNormal else { return false }
        Double.invert(scratch.matrix, order, scratch.pivots, scratch.work, workCount)
        for row in 0..<order {
            for column in 0..<order {
                result[row * order + column] = Number(factor * scratch.matrix[column * order + row])
            }
        }
        return true
    }

    private func fromSingularValues(_ scratch: Scratch, _ result: UnsafeMutablePointer<Number>) {
        var (n, length, info) = (Int32(order), Int32(workCount), Int32(0))
        dgesvd_(
            "A", "A", &n, &n, scratch.matrix, &n, scratch.values, scratch.left, &n, scratch.right, &n, scratch.work,
            &length, &info, 1, 1)
        guard info == 0 else {
            for entry in 0..<(order * order) { result[entry] = .nan }
            return
        }
        var before = 1.0
        for i in 0..<order {
            scratch.others[i] = before
            before *= scratch.values[i]
        }
        var after = 1.0
        for i in (0..<order).reversed() {
            scratch.others[i] *= after
            after *= scratch.values[i]
        }
        // The signs: determinants of orthogonal matrices, by factorising copies of them.
        var sign = 1.0
        for factor in [scratch.left, scratch.right] {
            scratch.matrix.update(from: factor, count: order * order)
            _ = Double.factorise(scratch.matrix, order, scratch.pivots)
            if determinant(scratch.matrix, scratch.pivots) < 0 { sign = -sign }
        }
        // Column by column, of the transposes: element (row, column) of ours is (column, row) of LAPACK's.
        for row in 0..<order {
            for column in 0..<order {
                var sum = 0.0
                for i in 0..<order {
                    sum += scratch.left[i * order + column] * scratch.others[i] * scratch.right[row * order + i]
                }
                result[row * order + column] = Number(sign * sum)
            }
        }
    }
}
