import CKernels
import COpenBLAS
import NightjarTensor

/// The cofactors of square matrices, a few matrices a tile, in float64 whatever the matrices are made of.
///
/// Where the LU factorisation is far from singular they are det A times the inverse, transposed. Elsewhere the singular
/// values tell: A = U S V' has the cofactors det U det V U T V', where entry i of the diagonal T is the product of all
/// singular values but the i-th, so that nothing is divided by.
///
/// Along a direction H the cofactors change by det U det V U D(U' H V) V', where D(E) has the entries
/// -E[j][i] P[i][j] off its diagonal and the sums of E[k][k] P[i][k] over all other k on it, with P[i][j] the product of
/// all singular values but the i-th and the j-th: again nothing is divided by.
///
/// LAPACK reads matrices column by column, ours lie row by row: it works on the transposes, whose cofactors are the
/// transposes of the cofactors; so are the changes, along the transposes of the directions.
final class CofactorKernel<Number: LapackNumber>: TileKernel {
    private let order: Int
    private let count: Int
    private let source: Int
    private let direction: Int?
    private let target: Int
    private let matricesPerTile: Int
    private let workCount: Int

    /// Entries of the diagonal of U that far apart, and the inverse would have lost half of its digits.
    private static var smallestRatio: Double { 1e-8 }

    /// - Parameters:
    ///   - order: rows and columns of each of `count` matrices.
    ///   - source, target: buffer numbers.
    ///   - direction: that of the directions whose changes are wanted; nil for the cofactors themselves.
    init(order: Int, count: Int, source: UInt16, direction: UInt16?, target: UInt16) {
        singleThreadedOpenBLAS
        self.order = order
        self.count = count
        self.source = Int(source)
        self.direction = direction.map(Int.init)
        self.target = Int(target)
        workCount = max(1, 64 * order)
        let n = Double(order)
        let nanoseconds = 500 + n * n * 8 + n * n * n * 0.5
        matricesPerTile = max(1, Int(20_000 / nanoseconds))
        let numbers = 5 * order * order + 2 * order + workCount
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
        let turned: UnsafeMutablePointer<Double>
        let product: UnsafeMutablePointer<Double>
        let values: UnsafeMutablePointer<Double>
        let others: UnsafeMutablePointer<Double>
        let work: UnsafeMutablePointer<Double>
        let pivots: UnsafeMutablePointer<Int32>

        init(_ memory: UnsafeMutableRawPointer, _ order: Int, _ workCount: Int) {
            matrix = memory.assumingMemoryBound(to: Double.self)
            left = matrix + order * order
            right = left + order * order
            turned = right + order * order
            product = turned + order * order
            values = product + order * order
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
            if let direction {
                guard let from = bindings.pointee.buffers[direction] else { return }
                change(scratch, from.assumingMemoryBound(to: Number.self) + index * size, result)
                continue
            }
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

    /// U, V' and the singular values of what lies in the scratch; and the sign of det U det V, nil where LAPACK gives up.
    private func singularValues(_ scratch: Scratch) -> Double? {
        var (n, length, info) = (Int32(order), Int32(workCount), Int32(0))
        dgesvd_(
            "A", "A", &n, &n, scratch.matrix, &n, scratch.values, scratch.left, &n, scratch.right, &n, scratch.work,
            &length, &info, 1, 1)
        guard info == 0 else { return nil }
        // The signs: determinants of orthogonal matrices, by factorising copies of them.
        var sign = 1.0
        for factor in [scratch.left, scratch.right] {
            scratch.matrix.update(from: factor, count: order * order)
            _ = Double.factorise(scratch.matrix, order, scratch.pivots)
            if determinant(scratch.matrix, scratch.pivots) < 0 { sign = -sign }
        }
        return sign
    }

    /// The product of all singular values but one; with `factors` in their places, that of all factors but one.
    private func productsOfOthers(_ factors: UnsafePointer<Double>, _ others: UnsafeMutablePointer<Double>) {
        var before = 1.0
        for i in 0..<order {
            others[i] = before
            before *= factors[i]
        }
        var after = 1.0
        for i in (0..<order).reversed() {
            others[i] *= after
            after *= factors[i]
        }
    }

    private func fromSingularValues(_ scratch: Scratch, _ result: UnsafeMutablePointer<Number>) {
        guard let sign = singularValues(scratch) else {
            for entry in 0..<(order * order) { result[entry] = .nan }
            return
        }
        productsOfOthers(scratch.values, scratch.others)
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

    /// How the cofactors of the matrix in the scratch change along `direction`.
    private func change(
        _ scratch: Scratch, _ direction: UnsafePointer<Number>, _ result: UnsafeMutablePointer<Number>
    ) {
        let n = order
        guard let sign = singularValues(scratch), (0..<(n * n)).allSatisfy({ direction[$0].isFinite }) else {
            for entry in 0..<(n * n) { result[entry] = .nan }
            return
        }
        let (u, v, turned, product) = (scratch.left, scratch.right, scratch.turned, scratch.product)
        // E = U' H V, of the transpose H of ours: U (r, i) is u[i n + r], V (c, j) is v[c n + j], H (r, c) is
        // direction[c n + r], which is how LAPACK would read ours.
        for i in 0..<n {
            for c in 0..<n {
                var sum = 0.0
                for r in 0..<n { sum += u[i * n + r] * Double(direction[c * n + r]) }
                product[i * n + c] = sum
            }
        }
        for i in 0..<n {
            for j in 0..<n {
                var sum = 0.0
                for c in 0..<n { sum += product[i * n + c] * v[c * n + j] }
                turned[i * n + j] = sum
            }
        }
        // D(E), into `product`: for each i the singular values without it, and of those the products without one.
        let rest = scratch.matrix
        for i in 0..<n {
            let own = scratch.values[i]
            scratch.values[i] = 1
            productsOfOthers(scratch.values, scratch.others)
            scratch.values[i] = own
            for j in 0..<n { rest[i * n + j] = j == i ? 0 : scratch.others[j] }
        }
        for i in 0..<n {
            var diagonal = 0.0
            for j in 0..<n where j != i {
                diagonal += turned[j * n + j] * rest[i * n + j]
                product[i * n + j] = -turned[j * n + i] * rest[i * n + j]
            }
            product[i * n + i] = diagonal
        }
        // U D V', read back as ours.
        for i in 0..<n {
            for c in 0..<n {
                var sum = 0.0
                for j in 0..<n { sum += product[i * n + j] * v[c * n + j] }
                turned[i * n + c] = sum
            }
        }
        for r in 0..<n {
            for c in 0..<n {
                var sum = 0.0
                for i in 0..<n { sum += u[i * n + r] * turned[i * n + c] }
                result[c * n + r] = Number(sign * sum)
            }
        }
    }
}
