import CKernels
import Testing

/// A pooling under construction.
struct Pooling {
    var description: nj_pool_desc
    var region: Region

    init(
        _ type: nj_dtype, _ kind: nj_pool_kind, images: Int, size: (Int, Int), channels: Int, kernel: (Int, Int),
        stride: (Int, Int), padding: (top: Int, left: Int, bottom: Int, right: Int), dilation: (Int, Int) = (1, 1),
        hangsOver: Bool = false, countsPadding: Bool = false
    ) {
        description = nj_pool_desc()
        description.dtype = UInt8(type.rawValue)
        description.kind = UInt8(kind.rawValue)
        description.count_include_pad = countsPadding ? 1 : 0
        (description.n, description.c) = (Int64(images), Int64(channels))
        (description.h, description.w) = (Int64(size.0), Int64(size.1))
        (description.kh, description.kw) = (Int64(kernel.0), Int64(kernel.1))
        (description.stride_h, description.stride_w) = (Int64(stride.0), Int64(stride.1))
        (description.pad_top, description.pad_left) = (Int64(padding.top), Int64(padding.left))
        (description.pad_bottom, description.pad_right) = (Int64(padding.bottom), Int64(padding.right))
        (description.dilation_h, description.dilation_w) = (Int64(dilation.0), Int64(dilation.1))
        func outputs(_ size: Int, _ pads: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> Int64 {
            let room = size + pads - dilation * (kernel - 1) - 1
            return room < 0 ? 0 : Int64((room + (hangsOver ? stride - 1 : 0)) / stride + 1)
        }
        description.out_h = outputs(size.0, padding.top + padding.bottom, kernel.0, stride.0, dilation.0)
        description.out_w = outputs(size.1, padding.left + padding.right, kernel.1, stride.1, dilation.1)
        let gradient = kind == NJ_POOL_MAX_GRAD || kind == NJ_POOL_AVG_GRAD
        let pixels =
            gradient ? images * size.0 * size.1 : images * Int(description.out_h) * Int(description.out_w)
        region = Region(rows: pixels, cols: channels)
    }

    var type: nj_dtype { nj_dtype(UInt32(description.dtype)) }
    var kind: nj_pool_kind { nj_pool_kind(UInt32(description.kind)) }
    var isGradient: Bool { kind == NJ_POOL_MAX_GRAD || kind == NJ_POOL_AVG_GRAD }
    var xCount: Int { Int(description.n * description.h * description.w * description.c) }
    var yCount: Int { Int(description.n * description.out_h * description.out_w * description.c) }

    mutating func loadResult() -> UInt16 { region.load(region.dense(NJ_FULL, type, buffer: 0xFFFF), as: type) }

    /// One window at a time, in double.
    func reference(x: [Double], dy: [Double]) -> [Double] {
        let d = description
        var result = [Double](repeating: 0, count: isGradient ? xCount : yCount)
        for image in 0..<Int(d.n) {
            for p in 0..<Int(d.out_h) {
                for q in 0..<Int(d.out_w) {
                    for channel in 0..<Int(d.c) {
                        let out = ((image * Int(d.out_h) + p) * Int(d.out_w) + q) * Int(d.c) + channel
                        var inside: [Int] = []
                        var padded = 0
                        for i in 0..<Int(d.kh) {
                            for j in 0..<Int(d.kw) {
                                let row = p * Int(d.stride_h) - Int(d.pad_top) + i * Int(d.dilation_h)
                                let col = q * Int(d.stride_w) - Int(d.pad_left) + j * Int(d.dilation_w)
                                if row < Int(d.h + d.pad_bottom) && col < Int(d.w + d.pad_right) { padded += 1 }
                                guard row >= 0 && row < Int(d.h) && col >= 0 && col < Int(d.w) else { continue }
                                inside.append(((image * Int(d.h) + row) * Int(d.w) + col) * Int(d.c) + channel)
                            }
                        }
                        let divisor = Double(max(d.count_include_pad != 0 ? padded : inside.count, 1))
                        var best: Int?
                        for at in inside where best.map({ x[at] > x[$0] || x[at].isNaN }) ?? true { best = at }
                        switch kind {
                        case NJ_POOL_MAX_FORWARD: result[out] = best.map { x[$0] } ?? -.infinity
                        case NJ_POOL_MAX_GRAD: if let best { result[best] += dy[out] }
                        case NJ_POOL_AVG_FORWARD: result[out] = inside.reduce(0) { $0 + x[$1] } / divisor
                        default: for at in inside { result[at] += dy[out] / divisor }
                        }
                    }
                }
            }
        }
        return result
    }

    /// Runs all tiles in the given order.
    func run(on memory: inout Memory, order: ((Int) -> [Int])? = nil) throws {
        let pool = try #require(
            region.withDescription { program in
                var full = description
                full.program = program
                return nj_pool_create(&full)
            })
        defer { nj_pool_destroy(pool) }
        let size = Int(nj_pool_scratch_bytes(pool))
        let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: size + 64, alignment: 64)
        scratch.initializeMemory(as: UInt8.self, repeating: 0xFF)
        defer { scratch.deallocate() }
        let tiles = Int(nj_pool_tile_count(pool, 0))
        memory.withBindings(partialBytes: Int(nj_pool_partial_bytes(pool)), tiles: tiles) { bindings, _ in
            for phase in 0..<nj_pool_phase_count(pool) {
                for tile in order?(tiles) ?? Array(0..<tiles) {
                    nj_pool_run(pool, phase, Int64(tile), bindings, scratch.baseAddress)
                }
            }
            nj_pool_finish(pool, bindings)
        }
        #expect(scratch[size...].allSatisfy { $0 == 0xFF })
    }
}
