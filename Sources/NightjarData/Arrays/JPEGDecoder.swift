import CTurboJPEG
import NightjarTensor

/// Reads a JPEG file through libjpeg-turbo, whole or not at all: with exact cosine transforms, and a limit on the scans of
/// progressive files, which would take hours otherwise.
struct JPEGDecoder {
    private let bytes: UnsafeRawBufferPointer
    private let what: String
    private let limit: Int

    init(_ bytes: UnsafeRawBufferPointer, what: String, limit: Int) {
        self.bytes = bytes
        self.what = what
        self.limit = limit
    }

    func image() throws -> Tensor {
        guard let decoder = tjInitDecompress() else { throw DataError(file: what, "libjpeg-turbo has no memory") }
        defer { tjDestroy(decoder) }
        let start = bytes.bindMemory(to: UInt8.self).baseAddress
        let length = UInt(bytes.count)
        var (width, height, sampling, space): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
        try check(tjDecompressHeader3(decoder, start, length, &width, &height, &sampling, &space), decoder)
        guard ![TJCS_CMYK, TJCS_YCCK].contains(where: { Int32($0.rawValue) == space }) else {
            throw DataError(file: what, "has four colours for printing (CMYK)", remedy: "Save it as grey, or as RGB")
        }
        let isGrey = space == Int32(TJCS_GRAY.rawValue)
        let shape = try ImageFile.shape(Int(width), Int(height), isGrey ? 1 : 3, what: what, limit: limit)
        // Some bytes fewer may still be decoded: the mark of the end says that all are there.
        guard zip(bytes, bytes.dropFirst()).contains(where: { $0 == 0xFF && $1 == 0xD9 }) else {
            throw DataError(
                file: what, "is cut off: it has no mark of its end", remedy: "Fetch it again, or save it anew")
        }
        let image = try Tensor(uninitialized: shape, dtype: .uint8)
        let format = isGrey ? TJPF_GRAY : TJPF_RGB
        try check(
            tjDecompress2(
                decoder, start, length, image.pointer.assumingMemoryBound(to: UInt8.self), width, 0, height,
                Int32(format.rawValue), TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS), decoder)
        return image
    }

    private func check(_ status: Int32, _ decoder: tjhandle) throws {
        guard status != 0 else { return }
        let reason = tjGetErrorStr2(decoder).map { String(cString: $0) } ?? "status \(status)"
        throw DataError(
            file: what, "is damaged, or cut off: \(reason)", remedy: "Fetch it again, or save it anew")
    }
}
