import COpenBLAS
import NightjarEngine
import NightjarScripting
import NightjarTensor

/// The reference of arithmetic: OpenBLAS's product of two float32 matrices that stay in the second-level cache, on each
/// thread one of its own.
///
/// It is a kernel of others, so that ratios to it tell when ours get slower.
final class ProductLoop {
    private let pool: ThreadPool
    /// For each thread two factors and their product.
    private let matrices: [Tensor]

    private static let extent = 384

    init(threads: Int) throws {
        // Each call stays on the thread that makes it.
        openblas_set_num_threads(1)
        pool = ThreadPool(threads: threads)
        matrices = try (0..<pool.threads).map { _ in
            try .full(Shape([3, ProductLoop.extent, ProductLoop.extent]), 0.5, dtype: .float32)
        }
    }

    /// Multiplications and additions of one call of all threads.
    var flops: Double {
        let extent = Double(ProductLoop.extent)
        return 2 * extent * extent * extent * Double(matrices.count)
    }

    func run(_ count: Int) throws {
        let bases = matrices.map { $0.pointer.assumingMemoryBound(to: Float.self) }
        pool.begin()
        defer { pool.finish() }
        bases.withUnsafeBufferPointer { bases in
            guard let first = bases.baseAddress else { return }
            for _ in 0..<count {
                var work = TiledWork(
                    run: { raw, tile, _ in
                        let extent = ProductLoop.extent
                        let base = raw.assumingMemoryBound(to: UnsafeMutablePointer<Float>.self)[tile]
                        let (size, side) = (extent * extent, blasint(extent))
                        cblas_sgemm(
                            CblasRowMajor, CblasNoTrans, CblasNoTrans, side, side, side, 1, base, side, base + size,
                            side, 0, base + 2 * size, side)
                    }, context: UnsafeMutableRawPointer(mutating: first), tileCount: bases.count)
                pool.run(&work)
            }
        }
    }
}
