import CKernels
import COpenBLAS
import NightjarTensor

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Inverses and determinants of square matrices by LAPACK's LU factorisation, a few matrices a tile.
///
/// LAPACK reads matrices column by column, ours lie row by row: it works on the transposes. That changes no determinant,
/// and the inverse of the transpose is the transpose of the inverse.
final class FactorizationKernel<Number: LapackNumber>: TileKernel {
    enum Task {
        case inverse
        /// One number a matrix.
        case determinant
        /// Two numbers a matrix: the sign and the logarithm of the magnitude.
        case signAndLogarithm
    }

    private let task: Task
    private let order: Int
    private let count: Int
    private let source: Int
    private let target: Int
    private let tag: Int32
    private let matricesPerTile: Int
    // What a thread needs: a copy of the matrix, pivots, and blocks of 64 columns for LAPACK.
    private let matrixBytes: Int
    private let pivotBytes: Int
    private let workCount: Int

    /// - Parameters:
    ///   - order: rows and columns of each of `count` matrices.
    ///   - source, target: buffer numbers.
    ///   - tag: names the row in faults.
    init(_ task: Task, order: Int, count: Int, source: UInt16, target: UInt16, tag: Int) {
        singleThreadedOpenBLAS
        self.task = task
        self.order = order
        self.count = count
        self.source = Int(source)
        self.target = Int(target)
        self.tag = Int32(truncatingIfNeeded: tag)
        func aligned(_ bytes: Int) -> Int { (bytes + 63) / 64 * 64 }
        matrixBytes = aligned(order * order * MemoryLayout<Number>.stride)
        pivotBytes = aligned(order * MemoryLayout<Int32>.stride)
        workCount = max(1, 64 * order)
        let n = Double(order)
        let nanoseconds = 300 + n * n * 4 + n * n * n * (task == .inverse ? 0.25 : 0.1)
        matricesPerTile = max(1, Int(20_000 / nanoseconds))
        super.init(
            tileCounts: [(count + matricesPerTile - 1) / matricesPerTile],
            scratchBytes: matrixBytes + pivotBytes + workCount * MemoryLayout<Number>.stride, partialBytes: 0,
            cost: nanoseconds * Double(count))
    }

    override func run(
        phase: Int, tile: Int, _ bindings: UnsafePointer<nj_bindings>, _ scratch: UnsafeMutableRawPointer
    ) {
        guard let from = bindings.pointee.buffers[source], let to = bindings.pointee.buffers[target] else { return }
        let matrices = from.assumingMemoryBound(to: Number.self)
        let results = to.assumingMemoryBound(to: Number.self)
        let copy = scratch.assumingMemoryBound(to: Number.self)
        let pivots = (scratch + matrixBytes).assumingMemoryBound(to: Int32.self)
        let work = (scratch + matrixBytes + pivotBytes).assumingMemoryBound(to: Number.self)
        let size = order * order
        for index in (tile * matricesPerTile)..<min(count, (tile + 1) * matricesPerTile) {
            let matrix = task == .inverse ? results + index * size : copy
            matrix.update(from: matrices + index * size, count: size)
            let isSingular = Number.factorise(matrix, order, pivots) > 0
            switch task {
            case .inverse:
                if isSingular {
                    report(index, tile, bindings)
                } else {
                    Number.invert(matrix, order, pivots, work, workCount)
                }
            case .determinant:
                results[index] = isSingular ? 0 : product(matrix, pivots)
            case .signAndLogarithm:
                let (sign, logarithm) = isSingular ? (0, -Double.infinity) : logarithms(matrix, pivots)
                results[2 * index] = Number(sign)
                results[2 * index + 1] = Number(logarithm)
            }
        }
    }

    private func report(_ index: Int, _ tile: Int, _ bindings: UnsafePointer<nj_bindings>) {
        guard let faults = bindings.pointee.faults, faults[tile].code == 0 else { return }
        faults[tile] = nj_fault(
            code: Int32(NJ_FAULT_SINGULAR.rawValue), tag: tag, value: 0, limit: Int64(count), position: Int64(index))
    }

    /// Rows that changed places an odd number of times turn the sign.
    private func sign(_ pivots: UnsafePointer<Int32>) -> Double {
        var sign = 1.0
        for row in 0..<order where Int(pivots[row]) != row + 1 { sign = -sign }
        return sign
    }

    /// The product of the diagonal, which neither overflows nor vanishes on the way.
    private func product(_ factors: UnsafePointer<Number>, _ pivots: UnsafePointer<Int32>) -> Number {
        var (fraction, exponent) = (sign(pivots), 0)
        for row in 0..<order {
            fraction *= Double(factors[row * order + row])
            guard fraction != 0, fraction.isFinite else { break }
            exponent += Int(fraction.exponent)
            fraction = Double(sign: fraction.sign, exponent: 0, significand: fraction.significand)
        }
        let bounded = Int32(clamping: max(-100_000, min(100_000, exponent)))
        return Number(scalbn(fraction, bounded))
    }

    private func logarithms(
        _ factors: UnsafePointer<Number>, _ pivots: UnsafePointer<Int32>
    ) -> (sign: Double, logarithm: Double) {
        var (sign, total) = (sign(pivots), 0.0)
        for row in 0..<order {
            let entry = Double(factors[row * order + row])
            if entry < 0 { sign = -sign }
            total += log(abs(entry))
        }
        return (sign, total)
    }
}

/// OpenBLAS computes on the calling thread: threads are ours, and so is what runs where.
let singleThreadedOpenBLAS: Void = openblas_set_num_threads(1)

/// The element types that LAPACK knows.
protocol LapackNumber: BinaryFloatingPoint {
    /// P A = L U in place, pivots counted from 1. More than 0 where U has an exact zero on its diagonal.
    static func factorise(_ a: UnsafeMutablePointer<Self>, _ order: Int, _ pivots: UnsafeMutablePointer<Int32>) -> Int
    /// The inverse of what was factorised, in place.
    static func invert(
        _ a: UnsafeMutablePointer<Self>, _ order: Int, _ pivots: UnsafePointer<Int32>,
        _ work: UnsafeMutablePointer<Self>, _ workCount: Int)
}

extension Float: LapackNumber {
    static func factorise(_ a: UnsafeMutablePointer<Float>, _ order: Int, _ pivots: UnsafeMutablePointer<Int32>) -> Int
    {
        var (n, lead, info) = (Int32(order), Int32(max(1, order)), Int32(0))
        sgetrf_(&n, &n, a, &lead, pivots, &info)
        return Int(info)
    }
    static func invert(
        _ a: UnsafeMutablePointer<Float>, _ order: Int, _ pivots: UnsafePointer<Int32>,
        _ work: UnsafeMutablePointer<Float>, _ workCount: Int
    ) {
        var (n, lead, length, info) = (Int32(order), Int32(max(1, order)), Int32(workCount), Int32(0))
        sgetri_(&n, a, &lead, pivots, work, &length, &info)
    }
}

extension Double: LapackNumber {
    static func factorise(_ a: UnsafeMutablePointer<Double>, _ order: Int, _ pivots: UnsafeMutablePointer<Int32>) -> Int
    {
        var (n, lead, info) = (Int32(order), Int32(max(1, order)), Int32(0))
        dgetrf_(&n, &n, a, &lead, pivots, &info)
        return Int(info)
    }
    static func invert(
        _ a: UnsafeMutablePointer<Double>, _ order: Int, _ pivots: UnsafePointer<Int32>,
        _ work: UnsafeMutablePointer<Double>, _ workCount: Int
    ) {
        var (n, lead, length, info) = (Int32(order), Int32(max(1, order)), Int32(workCount), Int32(0))
        dgetri_(&n, a, &lead, pivots, work, &length, &info)
    }
}
