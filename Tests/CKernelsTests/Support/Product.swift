import CKernels
import Testing

/// A matrix product under construction: operands dense, transposed or with room between rows, and the region that
/// takes the product.
struct Product {
    var type: nj_dtype
    var m: Int
    var n: Int
    var k: Int
    var batch = 1
    var transposedA = false
    var transposedB = false
    /// One B for all products of the batch.
    var sharedB = false
    var a = 0
    var b = 0
    var region: Region

    init(_ type: nj_dtype, m: Int, n: Int, k: Int, batch: Int = 1) {
        self.type = type
        self.m = m
        self.n = n
        self.k = k
        self.batch = batch
        region = Region(rows: batch * m, cols: n)
    }

    /// Loads the product itself into a register.
    mutating func loadProduct() -> UInt16 {
        region.load(region.dense(NJ_FULL, type, buffer: 0xFFFF), as: type)
    }

    private var aStrides: (row: Int, k: Int) { transposedA ? (1, m) : (k, 1) }
    private var bStrides: (k: Int, col: Int) { transposedB ? (1, k) : (n, 1) }

    /// The product in double, [batch * m, n].
    func reference(_ memory: Memory) -> [Double] {
        let left = memory.values(a, type)
        let right = memory.values(b, type)
        var result = [Double](repeating: 0, count: batch * m * n)
        for index in 0..<batch {
            let leftBase = index * m * k
            let rightBase = sharedB ? 0 : index * k * n
            for i in 0..<m {
                for p in 0..<k {
                    let x = left[leftBase + i * aStrides.row + p * aStrides.k]
                    let base = rightBase + p * bStrides.k
                    let out = (index * m + i) * n
                    for j in 0..<n { result[out + j] += x * right[base + j * bStrides.col] }
                }
            }
        }
        return result
    }

    /// Runs all phases, tiles in the given order, and returns the first fault.
    @discardableResult
    func run(on memory: inout Memory, numbers: [Double] = [], order: ((Int) -> [Int])? = nil) throws -> nj_fault? {
        let gemm = try #require(
            region.withDescription { program in
                var description = nj_gemm_desc(
                    dtype: UInt8(type.rawValue), m: Int64(m), n: Int64(n), k: Int64(k), batch: Int64(batch),
                    a_buffer: UInt16(a), b_buffer: UInt16(b), a_offset: 0, b_offset: 0,
                    a_row_stride: Int64(aStrides.row), a_k_stride: Int64(aStrides.k), a_batch_stride: Int64(m * k),
                    b_k_stride: Int64(bStrides.k), b_col_stride: Int64(bStrides.col),
                    b_batch_stride: Int64(sharedB ? 0 : k * n), program: program)
                return nj_gemm_create(&description)
            })
        defer { nj_gemm_destroy(gemm) }
        let phases = nj_gemm_phase_count(gemm)
        let scratch = UnsafeMutableRawPointer.allocate(
            byteCount: Int(nj_gemm_scratch_bytes(gemm)) + 64, alignment: 64)
        defer { scratch.deallocate() }
        return memory.withBindings(
            numbers: numbers, partialBytes: Int(nj_gemm_partial_bytes(gemm)),
            tiles: Int(nj_gemm_tile_count(gemm, phases - 1))
        ) { bindings, faults in
            for phase in 0..<phases {
                let tiles = Int(nj_gemm_tile_count(gemm, phase))
                for tile in order?(tiles) ?? Array(0..<tiles) {
                    nj_gemm_run(gemm, phase, Int64(tile), bindings, scratch)
                }
            }
            nj_gemm_finish(gemm, bindings)
            return faults.first { $0.code != 0 }
        }
    }
}
