import NightjarEngine
import NightjarScripting
import NightjarTensor

/// A plain loop that copies memory, spread over threads in blocks.
final class CopyLoop {
    private let pool: ThreadPool
    private let source: Tensor
    private let target: Tensor

    /// - Parameter bytes: how much is copied; twice as much is moved.
    init(bytes: Int, threads: Int) throws {
        pool = ThreadPool(threads: threads)
        let count = bytes / 64 * 16
        source = try .full(Shape([count]), 1, dtype: .float32)
        target = try .zeros(Shape([count]), dtype: .float32)
    }

    private struct Context {
        var source: UnsafePointer<SIMD16<Float>>
        var target: UnsafeMutablePointer<SIMD16<Float>>
        var count: Int
    }

    /// Vectors of one block: 256 KiB.
    private static let block = 4096

    func run(_ count: Int) throws {
        let vectors = source.count / 16
        var context = Context(
            source: source.pointer.assumingMemoryBound(to: SIMD16<Float>.self),
            target: target.pointer.assumingMemoryBound(to: SIMD16<Float>.self), count: vectors)
        pool.begin()
        defer { pool.finish() }
        for _ in 0..<count {
            withUnsafeMutablePointer(to: &context) { pointer in
                var work = TiledWork(
                    run: { raw, tile, _ in
                        let context = raw.assumingMemoryBound(to: Context.self).pointee
                        let first = tile * CopyLoop.block
                        for index in first..<min(first + CopyLoop.block, context.count) {
                            context.target[index] = context.source[index]
                        }
                    }, context: UnsafeMutableRawPointer(pointer),
                    tileCount: (vectors + CopyLoop.block - 1) / CopyLoop.block)
                pool.run(&work)
            }
        }
    }
}
