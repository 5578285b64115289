import CKernels
import Testing

/// A convolution under construction: geometry, operands, and the region that takes the result.
struct Convolution {
    var description: nj_conv_desc
    var region = Region(rows: 0, cols: 0)
    var aLoader: Region?
    var bLoader: Region?

    /// The result fits the padding below and to the right.
    init(
        _ type: nj_dtype, _ kind: nj_conv_kind, images: Int, size: (Int, Int), channels: (Int, Int),
        kernel: (Int, Int), stride: (Int, Int) = (1, 1), padding: (top: Int, left: Int, bottom: Int, right: Int),
        dilation: (Int, Int) = (1, 1), groups: Int = 1, exact: Bool = false
    ) {
        description = nj_conv_desc()
        description.dtype = UInt8(type.rawValue)
        description.kind = UInt8(kind.rawValue)
        description.exact = exact ? 1 : 0
        description.n = Int64(images)
        (description.h, description.w) = (Int64(size.0), Int64(size.1))
        (description.cin, description.cout) = (Int64(channels.0), Int64(channels.1))
        (description.kh, description.kw) = (Int64(kernel.0), Int64(kernel.1))
        (description.stride_h, description.stride_w) = (Int64(stride.0), Int64(stride.1))
        (description.pad_top, description.pad_left) = (Int64(padding.top), Int64(padding.left))
        (description.dilation_h, description.dilation_w) = (Int64(dilation.0), Int64(dilation.1))
        description.groups = Int64(groups)
        let down = size.0 + padding.top + padding.bottom - dilation.0 * (kernel.0 - 1) - 1
        let across = size.1 + padding.left + padding.right - dilation.1 * (kernel.1 - 1) - 1
        description.out_h = down < 0 ? 0 : Int64(down / stride.0 + 1)
        description.out_w = across < 0 ? 0 : Int64(across / stride.1 + 1)
        region = Region(rows: rows, cols: cols)
    }

    var type: nj_dtype { nj_dtype(UInt32(description.dtype)) }
    var kind: nj_conv_kind { nj_conv_kind(UInt32(description.kind)) }
    private var xPixels: Int { Int(description.n * description.h * description.w) }
    private var yPixels: Int { Int(description.n * description.out_h * description.out_w) }
    private var weightRows: Int { Int(description.kh * description.kw * description.cin / description.groups) }
    var aIsGradient: Bool { kind == NJ_CONV_INPUT_GRAD }
    var aCount: Int { aIsGradient ? yPixels * Int(description.cout) : xPixels * Int(description.cin) }
    var bCount: Int {
        kind == NJ_CONV_WEIGHT_GRAD ? yPixels * Int(description.cout) : weightRows * Int(description.cout)
    }
    var rows: Int {
        switch kind {
        case NJ_CONV_FORWARD: yPixels
        case NJ_CONV_INPUT_GRAD: xPixels
        default: weightRows
        }
    }
    var cols: Int { Int(aIsGradient ? description.cin : description.cout) }
    /// Products that are summed in one element of the result, at most.
    var terms: Int {
        switch kind {
        case NJ_CONV_FORWARD: weightRows
        case NJ_CONV_INPUT_GRAD: Int(description.kh * description.kw * description.cout / description.groups)
        default: yPixels
        }
    }

    /// Appends operands filled with numbers in [-1, 1).
    mutating func fill(_ memory: inout Memory, _ dice: inout Dice) {
        description.a_buffer = UInt16(memory.add(GemmTests.fill(aCount, &dice), as: type))
        description.b_buffer = UInt16(memory.add(GemmTests.fill(bCount, &dice), as: type))
    }

    /// Loads the result into a register.
    mutating func loadResult() -> UInt16 { region.load(region.dense(NJ_FULL, type, buffer: 0xFFFF), as: type) }

    /// A loader for operand a (or b) that stores what `body` makes.
    func loader(ofB: Bool = false, _ body: (inout Region) -> UInt16) -> Region {
        let gradient = ofB || aIsGradient
        var loader = Region(
            rows: gradient ? yPixels : xPixels, cols: Int(gradient ? description.cout : description.cin))
        let value = body(&loader)
        loader.store(value, loader.dense(NJ_FULL, type, buffer: 0xFFFE))
        return loader
    }

    /// The result in double, from operands in double.
    func reference(_ a: [Double], _ b: [Double]) -> [Double] {
        let d = description
        let groups = Int(d.groups)
        let inputs = Int(d.cin) / groups
        let outputs = Int(d.cout) / groups
        var result = [Double](repeating: 0, count: rows * cols)
        for image in 0..<Int(d.n) {
            for p in 0..<Int(d.out_h) {
                for q in 0..<Int(d.out_w) {
                    let pixel = ((image * Int(d.out_h) + p) * Int(d.out_w) + q) * Int(d.cout)
                    for i in 0..<Int(d.kh) {
                        let y = p * Int(d.stride_h) - Int(d.pad_top) + i * Int(d.dilation_h)
                        guard y >= 0 && y < Int(d.h) else { continue }
                        for j in 0..<Int(d.kw) {
                            let x = q * Int(d.stride_w) - Int(d.pad_left) + j * Int(d.dilation_w)
                            guard x >= 0 && x < Int(d.w) else { continue }
                            let source = ((image * Int(d.h) + y) * Int(d.w) + x) * Int(d.cin)
                            let weights = (i * Int(d.kw) + j) * inputs * Int(d.cout)
                            for channel in 0..<Int(d.cin) {
                                let first = channel / inputs * outputs
                                let at = weights + channel % inputs * Int(d.cout)
                                let from = source + channel
                                switch kind {
                                case NJ_CONV_FORWARD:
                                    let value = a[from]
                                    for o in first..<first + outputs { result[pixel + o] += value * b[at + o] }
                                case NJ_CONV_INPUT_GRAD:
                                    var sum = 0.0
                                    for o in first..<first + outputs { sum += a[pixel + o] * b[at + o] }
                                    result[from] += sum
                                default:
                                    let value = a[from]
                                    for o in first..<first + outputs { result[at + o] += value * b[pixel + o] }
                                }
                            }
                        }
                    }
                }
            }
        }
        return result
    }

    func reference(_ memory: Memory) -> [Double] {
        reference(memory.values(Int(description.a_buffer), type), memory.values(Int(description.b_buffer), type))
    }

    /// Calls `body` with the planned convolution, nil when the description was refused.
    func withPlan<Result>(_ body: (OpaquePointer?) throws -> Result) rethrows -> Result {
        func withLoader<Inner>(
            _ loader: Region?, _ body: (UnsafePointer<nj_program_desc>?) throws -> Inner
        ) rethrows -> Inner {
            guard let loader else { return try body(nil) }
            return try loader.withDescription { try body($0) }
        }
        return try region.withDescription { program in
            try withLoader(aLoader) { a in
                try withLoader(bLoader) { b in
                    var full = description
                    full.program = program
                    full.a_loader = a
                    full.b_loader = b
                    let conv = nj_conv_create(&full)
                    defer { nj_conv_destroy(conv) }
                    return try body(conv)
                }
            }
        }
    }

    /// The algorithm that is chosen.
    func algorithm() throws -> String {
        try withPlan { plan in
            let conv = try #require(plan)
            return String(cString: nj_conv_algorithm(conv))
        }
    }

    /// Runs all phases, tiles in the given order, and returns the first fault.
    @discardableResult
    func run(on memory: inout Memory, numbers: [Double] = [], order: ((Int) -> [Int])? = nil) throws -> nj_fault? {
        try withPlan { plan in
            let conv = try #require(plan)
            let phases = nj_conv_phase_count(conv)
            // Whatever scratch memory held before must not matter.
            let size = Int(nj_conv_scratch_bytes(conv))
            let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: size + 64, alignment: 64)
            scratch.initializeMemory(as: UInt8.self, repeating: 0xFF)
            defer { scratch.deallocate() }
            let fault = memory.withBindings(
                numbers: numbers, partialBytes: Int(nj_conv_partial_bytes(conv)),
                tiles: Int(nj_conv_tile_count(conv, phases - 1))
            ) { bindings, faults in
                for phase in 0..<phases {
                    let tiles = Int(nj_conv_tile_count(conv, phase))
                    for tile in order?(tiles) ?? Array(0..<tiles) {
                        nj_conv_run(conv, phase, Int64(tile), bindings, scratch.baseAddress)
                    }
                }
                nj_conv_finish(conv, bindings)
                return faults.first { $0.code != 0 }
            }
            #expect(scratch[size...].allSatisfy { $0 == 0xFF })
            return fault
        }
    }
}
