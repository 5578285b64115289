import CKernels
import CNative
import NightjarNative

/// An operation of a plugin's native library, some rows a tile; see `nightjar_plugin.h`.
///
/// The library's function runs on the pool's threads and gets nothing but its rows. What it says is wrong with them is a
/// fault as any other: the first row in the data, whichever tile met it.
final class NativeKernel: TileKernel {
    private let call: UnsafeMutablePointer<nj_native_call>
    private let sources: [Int]
    private let target: Int
    private let firstNumber: Int
    private let tag: Int32

    /// - Parameters:
    ///   - isWide: the floating inputs are float64.
    ///   - sources, target: buffer numbers.
    ///   - firstNumber: where its attributes lie in the table of numbers.
    ///   - tag: names the row in faults.
    init(
        _ operation: NativeOperation, layout: nj_native_layout, isWide: Bool, sources: [UInt16], target: UInt16,
        firstNumber: Int, tag: Int
    ) {
        call = .allocate(capacity: 1)
        call.initialize(to: nj_native_call())
        var layout = layout
        nj_native_prepare(call, operation.description, isWide, &layout)
        self.sources = sources.map(Int.init)
        self.target = Int(target)
        self.firstNumber = firstNumber
        self.tag = Int32(truncatingIfNeeded: tag)
        super.init(
            tileCounts: [Int(nj_native_tile_count(call))], scratchBytes: 0, partialBytes: 0, cost: nj_native_cost(call))
    }

    deinit {
        call.deinitialize(count: 1)
        call.deallocate()
    }

    override func run(
        phase: Int, tile: Int, _ bindings: UnsafePointer<nj_bindings>, _ scratch: UnsafeMutableRawPointer
    ) {
        guard let buffers = bindings.pointee.buffers, let to = buffers[target] else { return }
        withUnsafeTemporaryAllocation(of: UnsafeRawPointer?.self, capacity: Int(NIGHTJAR_MAX_INPUTS)) { inputs in
            inputs.initialize(repeating: nil)
            for (position, source) in sources.enumerated() { inputs[position] = UnsafeRawPointer(buffers[source]) }
            let numbers = bindings.pointee.numbers.map { $0 + firstNumber }
            var row: Int64 = 0
            guard
                let text = nj_native_run(call, Int64(tile), inputs.baseAddress, to, numbers, &row),
                let faults = bindings.pointee.faults
            else { return }
            faults[tile] = nj_fault(
                code: Int32(NJ_FAULT_NATIVE.rawValue), tag: tag, value: Int64(Int(bitPattern: text)),
                limit: call.pointee.layout.rows, position: row)
        }
    }
}
