import CKernels
import Testing

/// A routine on memory: its description, and buffers that it reads and writes.
struct Routine {
    var description = nj_routine_desc()
    var memory = Memory()
    let type: nj_dtype
    private(set) var source = 0
    private(set) var index = 0
    private(set) var target = 0

    /// - Parameter targetCount: elements of the result, which start as rubbish.
    init(
        _ op: nj_routine_op, _ type: nj_dtype, outer: Int, extent: Int, inner: Int, count: Int, backward: Bool = false,
        source values: [Double], index positions: [Double] = [], isList: Bool = false, targetCount: Int
    ) {
        self.type = type
        source = memory.add(values, as: type)
        index = memory.add(positions, as: NJ_I32)
        target = memory.add([Double](repeating: 77, count: targetCount), as: op == NJ_ROUTINE_ARGSORT ? NJ_I32 : type)
        description.op = UInt8(op.rawValue)
        description.dtype = UInt8(type.rawValue)
        description.backward = backward ? 1 : 0
        (description.source, description.index, description.target) = (UInt16(source), UInt16(index), UInt16(target))
        (description.outer, description.extent, description.inner) = (Int64(outer), Int64(extent), Int64(inner))
        description.count = Int64(count)
        description.index_strides = isList ? (0, 1, 0) : (Int64(count * inner), Int64(inner), 1)
        description.tag = 5
    }

    /// Runs all tiles of each phase, in the order that `order` makes of them.
    /// - Returns: the result, and the faults.
    /// - Parameter isCut: whether nobody wants the result any more.
    mutating func run(
        order: ([Int]) -> [Int] = { $0 }, isCut: (@convention(c) (UnsafeMutableRawPointer?) -> Int32)? = nil
    ) throws -> (values: [Double], faults: [nj_fault]) {
        let routine = try #require(nj_routine_create(&description))
        defer { nj_routine_destroy(routine) }
        let phases = Int(nj_routine_phase_count(routine))
        let tiles = Int(nj_routine_tile_count(routine, Int32(phases - 1)))
        let scratch = UnsafeMutableRawPointer.allocate(
            byteCount: nj_routine_scratch_bytes(routine) + 64, alignment: 64)
        defer { scratch.deallocate() }
        let faults = memory.withBindings(
            partialBytes: nj_routine_partial_bytes(routine), tiles: tiles, isCut: isCut
        ) { bindings, faults in
            for phase in 0..<phases {
                for tile in order(Array(0..<Int(nj_routine_tile_count(routine, Int32(phase))))) {
                    nj_routine_run(routine, Int32(phase), Int64(tile), bindings, scratch)
                }
            }
            return faults.filter { $0.code != 0 }
        }
        #expect(memory.isIntact)
        let resultType = description.op == UInt8(NJ_ROUTINE_ARGSORT.rawValue) ? NJ_I32 : type
        return (memory.values(target, resultType), faults)
    }
}
