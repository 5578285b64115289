import CSpng
import NightjarTensor

/// Reads a PNG file through libspng: all kinds of pixels, interlaced ones too; checksums are verified.
struct PNGDecoder {
    private let bytes: UnsafeRawBufferPointer
    private let what: String
    private let limit: Int

    /// Bytes that one part of a file other than pixels may have, and all such parts together.
    private static let mostExtra = 1 << 24

    init(_ bytes: UnsafeRawBufferPointer, what: String, limit: Int) {
        self.bytes = bytes
        self.what = what
        self.limit = limit
    }

    func image() throws -> Tensor {
        guard let context = spng_ctx_new(0) else { throw DataError(file: what, "libspng has no memory") }
        defer { spng_ctx_free(context) }
        try check(spng_set_png_buffer(context, bytes.baseAddress, bytes.count))
        try check(spng_set_image_limits(context, 65_535, 65_535))
        try check(spng_set_chunk_limits(context, PNGDecoder.mostExtra, PNGDecoder.mostExtra))
        var header = spng_ihdr()
        try check(spng_get_ihdr(context, &header))
        let isGrey =
            [SPNG_COLOR_TYPE_GRAYSCALE, SPNG_COLOR_TYPE_GRAYSCALE_ALPHA].contains {
                $0.rawValue == UInt32(header.color_type)
            }
        let shape = try ImageFile.shape(Int(header.width), Int(header.height), 3, what: what, limit: limit)
        let colours = try Tensor(uninitialized: shape, dtype: .uint8)
        try check(
            spng_decode_image(context, colours.pointer, colours.byteCount, Int32(SPNG_FMT_RGB8.rawValue), 0))
        // What is cut off behind the pixels is cut off.
        try check(spng_decode_chunks(context))
        guard hasEnd else { throw damaged("its last part is not whole") }
        guard isGrey else { return colours }
        let grey = try Tensor(uninitialized: Shape([shape[0], shape[1], 1]), dtype: .uint8)
        colours.withBytes { source in
            grey.withBytes { target in for index in target.indices { target[index] = source[3 * index] } }
        }
        return grey
    }

    private func check(_ status: Int32) throws {
        if status != 0 { throw damaged(String(cString: spng_strerror(status))) }
    }

    private func damaged(_ reason: String) -> DataError {
        DataError(file: what, "is damaged, or cut off: \(reason)", remedy: "Fetch it again, or save it anew")
    }

    /// Whether the last part is there whole, which is the same in all files; libspng does not read its checksum.
    private var hasEnd: Bool {
        let end = Array("IEND".utf8) + [0xAE, 0x42, 0x60, 0x82]
        return bytes.indices.contains { bytes[$0] == end[0] && bytes[$0...].starts(with: end) }
    }
}
