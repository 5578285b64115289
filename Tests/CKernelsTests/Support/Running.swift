import CKernels
import Testing

/// The instruction sets to test, all in one process.
let supportedSets = String(cString: nj_isa_supported()).split(separator: ",").map(String.init)

/// Runs `body` with programs created for one instruction set. Nothing inside may suspend: the choice is the thread's.
func withInstructionSet<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
    _ = nj_isa_select(name)
    defer { _ = nj_isa_select(nil) }
    return try body()
}

/// Runs a region over `memory`, tiles in the given order (first to last when nil), and returns the first fault.
@discardableResult
func run(
    _ region: Region, on memory: inout Memory, numbers: [Double] = [], words: [UInt64] = [],
    order: ((Int) -> [Int])? = nil
) throws -> nj_fault? {
    let program = try #require(region.withDescription { nj_program_create($0) })
    defer { nj_program_destroy(program) }
    let tiles = Int(nj_program_tile_count(program))
    let scratch = UnsafeMutableRawPointer.allocate(
        byteCount: Int(nj_program_scratch_bytes(program)) + 64, alignment: 64)
    defer { scratch.deallocate() }
    return memory.withBindings(
        numbers: numbers, words: words, partialBytes: Int(nj_program_partial_bytes(program)), tiles: tiles
    ) { bindings, faults in
        for tile in order?(tiles) ?? Array(0..<tiles) { nj_program_run(program, Int64(tile), bindings, scratch) }
        nj_program_finish(program, bindings)
        return faults.first { $0.code != 0 }
    }
}

/// A small generator with a fixed seed, so that a failure repeats.
struct Dice: RandomNumberGenerator {
    private let key: UInt64
    private var index: UInt64 = 0

    init(_ seed: UInt64) { key = seed }

    mutating func next() -> UInt64 {
        let block = nj_philox(key, index)
        index += 1
        return UInt64(block.word.0) << 32 | UInt64(block.word.1)
    }
}

/// The distance of `actual` from `expected` in units of the last place of the float nearest to `expected`.
func ulps(_ actual: Float, _ expected: Double) -> Double {
    let nearest = Float(expected)
    if nearest.isNaN || actual.isNaN { return nearest.isNaN && actual.isNaN ? 0 : .infinity }
    if actual == nearest { return 0 }
    if nearest.isInfinite {
        return actual == nearest ? 0 : (abs(actual) == .greatestFiniteMagnitude ? 1 : .infinity)
    }
    if actual.isInfinite {
        return abs(nearest) == .greatestFiniteMagnitude && actual.sign == nearest.sign ? 1 : .infinity
    }
    return abs(Double(actual) - expected) / Double(nearest.ulp)
}
