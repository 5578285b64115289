import CKernels

/// Buffers of bytes, each between two guards that nothing may write to.
struct Memory: Equatable {
    var buffers: [[UInt8]] = []

    static let guardBytes = 64
    static let guardByte: UInt8 = 0xA5

    /// Appends a buffer that holds `values`, converted to `type`; returns its number.
    mutating func add(_ values: [Double], as type: nj_dtype) -> Int {
        var bytes: [UInt8]
        switch type {
        case NJ_F32: bytes = values.map { Float($0) }.bytes
        case NJ_F64: bytes = values.bytes
        case NJ_I32: bytes = values.map { Int32($0) }.bytes
        default: bytes = values.map { UInt8($0) }
        }
        let fence = [UInt8](repeating: Memory.guardByte, count: Memory.guardBytes)
        bytes = fence + bytes + fence
        buffers.append(bytes)
        return buffers.count - 1
    }

    func read(_ buffer: Int, _ type: nj_dtype, at index: Int) -> Double {
        buffers[buffer].withUnsafeBytes { bytes in
            switch type {
            case NJ_F32: Double(bytes.loadUnaligned(fromByteOffset: Memory.guardBytes + index * 4, as: Float.self))
            case NJ_F64: bytes.loadUnaligned(fromByteOffset: Memory.guardBytes + index * 8, as: Double.self)
            case NJ_I32: Double(bytes.loadUnaligned(fromByteOffset: Memory.guardBytes + index * 4, as: Int32.self))
            default: Double(bytes[Memory.guardBytes + index])
            }
        }
    }

    mutating func write(_ value: Double, _ buffer: Int, _ type: nj_dtype, at index: Int) {
        buffers[buffer].withUnsafeMutableBytes { bytes in
            let at = Memory.guardBytes + index * width(of: type)
            switch type {
            case NJ_F32: bytes.storeBytes(of: Float(value), toByteOffset: at, as: Float.self)
            case NJ_F64: bytes.storeBytes(of: value, toByteOffset: at, as: Double.self)
            case NJ_I32: bytes.storeBytes(of: Int32(value), toByteOffset: at, as: Int32.self)
            case NJ_BOOL: bytes[at] = value != 0 ? 1 : 0
            default: bytes[at] = UInt8(truncatingIfNeeded: Int(value))
            }
        }
    }

    func values(_ buffer: Int, _ type: nj_dtype) -> [Double] {
        let count = (buffers[buffer].count - 2 * Memory.guardBytes) / width(of: type)
        return (0..<count).map { read(buffer, type, at: $0) }
    }

    /// Calls `body` with bindings to these buffers; `numbers` and `words` are what a program reads beside them.
    mutating func withBindings<Result>(
        numbers: [Double] = [], words: [UInt64] = [], partialBytes: Int, tiles: Int,
        isCut: (@convention(c) (UnsafeMutableRawPointer?) -> Int32)? = nil,
        _ body: (UnsafePointer<nj_bindings>, UnsafeMutableBufferPointer<nj_fault>) -> Result
    ) -> Result {
        // The kernels want addresses that stay; the arrays are copied out and back.
        let spaces = buffers.map { bytes in
            let space = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
            space.copyBytes(from: bytes)
            return space
        }
        let partials = UnsafeMutableRawBufferPointer.allocate(byteCount: partialBytes + 64, alignment: 64)
        partials.initializeMemory(as: UInt8.self, repeating: 0xFF)
        let faults = UnsafeMutableBufferPointer<nj_fault>.allocate(capacity: tiles + 1)
        faults.initialize(repeating: nj_fault())
        defer {
            spaces.forEach { $0.deallocate() }
            partials.deallocate()
            faults.deallocate()
        }
        let own = spaces.map { $0.baseAddress.map { $0 + Memory.guardBytes } }
        let result = own.withUnsafeBufferPointer { addresses in
            numbers.withUnsafeBufferPointer { numbers in
                words.withUnsafeBufferPointer { words in
                    var bindings = nj_bindings(
                        buffers: addresses.baseAddress, numbers: numbers.baseAddress, words: words.baseAddress,
                        partials: partials.baseAddress, faults: faults.baseAddress, is_cut: isCut,
                        cut_context: nil)
                    return body(&bindings, faults)
                }
            }
        }
        for (index, space) in spaces.enumerated() { buffers[index] = Array(space) }
        return result
    }

    /// True while no guard has been touched.
    var isIntact: Bool {
        buffers.allSatisfy {
            $0.prefix(Memory.guardBytes).allSatisfy { $0 == Memory.guardByte }
                && $0.suffix(Memory.guardBytes).allSatisfy { $0 == Memory.guardByte }
        }
    }
}

func width(of type: nj_dtype) -> Int {
    switch type {
    case NJ_F64: 8
    case NJ_F32, NJ_I32: 4
    default: 1
    }
}
