// The JSON header of a safetensors file: made from entries, and read with every number checked.

import Foundation
import NightjarTensor

enum SafetensorsHeader {
    /// The header's bytes, padded with spaces to a multiple of eight.
    static func text(
        _ entries: [SafetensorsFile.Entry], metadata: [String: String], path: String
    ) throws -> Data {
        var parts: [String] = []
        if !metadata.isEmpty {
            let texts = JSONValue.object(metadata.mapValues { .string($0) })
            parts.append("\"__metadata__\":" + texts.text(pretty: false))
        }
        var names: Set<String> = []
        var offset = 0
        for entry in entries {
            guard entry.name != "__metadata__" else {
                throw RunError("\(path): array \"\(entry.name)\": the name is a reserved name")
            }
            if let reason = ArrayName.refusal(of: entry.name, among: &names) {
                throw RunError("\(path): array \"\(entry.name)\": the name \(reason)")
            }
            guard let size = byteCount(entry.dtype, entry.shape), size == entry.bytes.count else {
                throw RunError(
                    "\(path): array \"\(entry.name)\": shape \(entry.shape) of \(entry.dtype.rawValue) "
                        + "does not agree with \(entry.bytes.count) bytes")
            }
            let fields: JSONValue = [
                "dtype": .string(entry.dtype.rawValue), "shape": .array(entry.shape.map { .integer($0) }),
                "data_offsets": [.integer(offset), .integer(offset + size)],
            ]
            parts.append(JSONValue.string(entry.name).text(pretty: false) + ":" + fields.text(pretty: false))
            offset += size
        }
        var header = Data(("{" + parts.joined(separator: ",") + "}").utf8)
        while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
        return header
    }

    struct Contents {
        var arrays: [SafetensorsFile.Array] = []
        var metadata: [String: String] = [:]
        var unreadable: [(name: String, reason: String)] = []
    }

    /// Whether the first bytes are those of such a file: the rest is then read.
    static func begins(_ head: some Collection<UInt8>, fileSize: Int) -> Bool {
        guard fileSize >= 8, foreignFormat(head, fileSize: fileSize) == nil else { return false }
        let length = length(head)
        return length <= UInt64(SafetensorsFile.largestHeader) && length <= UInt64(fileSize - 8)
            && head.dropFirst(8).first == UInt8(ascii: "{")
    }

    private static func length(_ bytes: some Collection<UInt8>) -> UInt64 {
        Array(bytes.prefix(8)).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    }

    /// Reads and checks the header against the whole file, of which `contents` may be the first bytes alone where these
    /// are wrong.
    static func read(_ contents: Data, fileSize: Int, path: String) throws -> Contents {
        guard fileSize >= 8, contents.count >= 8 else {
            throw RunError("\(path): \(fileSize) bytes is too short for a safetensors file")
        }
        if let kind = foreignFormat(contents, fileSize: fileSize) {
            throw RunError("\(path): this is no safetensors file: it begins as \(kind) does")
        }
        let length = length(contents)
        guard length <= UInt64(SafetensorsFile.largestHeader), length <= UInt64(fileSize - 8) else {
            let cause =
                length <= UInt64(fileSize - 8)
                ? "headers have at most \(SafetensorsFile.largestHeader) bytes"
                : "the file is cut short or is not safetensors"
            throw RunError("\(path): the header claims \(length) bytes, but \(fileSize - 8) follow; \(cause)")
        }
        guard contents.count > 8, contents[contents.startIndex + 8] == UInt8(ascii: "{") else {
            throw RunError("\(path): header: it does not begin with '{'; the file is damaged or is not safetensors")
        }
        let start = 8 + Int(length)
        let bytes = contents[contents.startIndex + 8..<contents.startIndex + start]
        guard case .object(let entries) = try JSONValue(parsing: bytes, source: "\(path): header") else {
            throw RunError("\(path): header: expected a JSON object")
        }
        var result = Contents()
        var ranges: [(range: Range<Int>, name: String)] = []
        for (name, value) in entries {
            if name == "__metadata__" {
                result.metadata = try texts(of: value, path: path)
                continue
            }
            let entry = try entry(name, value, start: start, end: contents.count, path: path)
            ranges.append((entry.range, name))
            if let array = entry.array {
                result.arrays.append(array)
            } else {
                result.unreadable.append((name, entry.reason))
            }
        }
        try checkCover(ranges, from: start, to: contents.count, path: path)
        result.arrays.sort {
            ($0.range.lowerBound, $0.range.upperBound, $0.name) < ($1.range.lowerBound, $1.range.upperBound, $1.name)
        }
        result.unreadable.sort { $0.name < $1.name }
        return result
    }

    /// Every byte after the header belongs to one array.
    private static func checkCover(
        _ ranges: [(range: Range<Int>, name: String)], from start: Int, to end: Int, path: String
    ) throws {
        var reached = start
        let ordered = ranges.sorted {
            ($0.range.lowerBound, $0.range.upperBound, $0.name) < ($1.range.lowerBound, $1.range.upperBound, $1.name)
        }
        for (range, name) in ordered {
            guard range.lowerBound == reached else {
                let fault = range.lowerBound < reached ? "overlap the array before it" : "leave a gap before it"
                throw RunError("\(path): array \"\(name)\": its bytes \(fault)")
            }
            reached = range.upperBound
        }
        guard reached == end else {
            throw RunError("\(path): \(end - reached) bytes at the end belong to no array")
        }
    }

    /// What a file is that begins as one of another format does; a header of ours is never that long.
    private static func foreignFormat(_ contents: some Collection<UInt8>, fileSize: Int) -> String? {
        let kinds: [([UInt8], String)] = [
            ([0x50, 0x4B, 0x03, 0x04], "a zip archive (.npz, or .pt of PyTorch)"),
            ([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], "a .npy file"),
            ([0x89, 0x48, 0x44, 0x46], "an HDF5 file"), ([0x1F, 0x8B], "gzipped data"),
            ([0x47, 0x47, 0x55, 0x46], "a GGUF file"),
            ([0x7B], "JSON"), ([0x80, 0x02, 0x8A, 0x0A], "a pickle (.pt of old versions of PyTorch)"),
        ]
        guard length(contents) > UInt64(fileSize - 8) else { return nil }
        return kinds.first { contents.starts(with: $0.0) }?.1
    }

    private static func texts(of value: JSONValue, path: String) throws -> [String: String] {
        guard case .object(let entries) = value else {
            throw RunError("\(path): __metadata__: expected an object of strings")
        }
        return try Dictionary(
            uniqueKeysWithValues: entries.map { key, value in
                guard let text = value.stringValue else {
                    throw RunError("\(path): __metadata__: \"\(key)\" is not a string")
                }
                return (key, text)
            })
    }

    private static func entry(
        _ name: String, _ value: JSONValue, start: Int, end: Int, path: String
    ) throws -> (array: SafetensorsFile.Array?, range: Range<Int>, reason: String) {
        let place = "\(path): array \"\(name)\""
        guard let word = value["dtype"]?.stringValue else { throw RunError("\(place): dtype is missing") }
        let known = ["dtype", "shape", "data_offsets"]
        if case .object(let fields) = value, let field = fields.keys.sorted().first(where: { !known.contains($0) }) {
            throw RunError("\(place): it has a field \"\(field)\", which the format does not know")
        }
        guard let shape = wholeNumbers(value["shape"]) else {
            throw RunError("\(place): shape must be a list of whole numbers that are not negative")
        }
        guard let offsets = wholeNumbers(value["data_offsets"]), offsets.count == 2, offsets[0] <= offsets[1] else {
            throw RunError("\(place): data_offsets must be two whole numbers, the first not above the second")
        }
        guard offsets[1] <= end - start else {
            throw RunError(
                "\(place): its bytes end at \(offsets[1]), but the file holds \(end - start) bytes of data; "
                    + "the file is cut short")
        }
        let range = start + offsets[0]..<start + offsets[1]
        guard let dtype = SafetensorsDType(rawValue: word) else {
            return (nil, range, "\(place): unknown dtype \(word)")
        }
        guard let size = byteCount(dtype, shape), size == offsets[1] - offsets[0] else {
            throw RunError(
                "\(place): shape \(shape) of \(word) does not agree with \(offsets[1] - offsets[0]) bytes")
        }
        return (SafetensorsFile.Array(name: name, dtype: dtype, shape: shape, range: range), range, "")
    }

    private static func wholeNumbers(_ value: JSONValue?) -> [Int]? {
        guard case .array(let values)? = value else { return nil }
        // 2.0 is no size: the reference reader takes whole numbers only.
        let numbers = values.compactMap { value -> Int? in
            guard case .integer(let number) = value, number >= 0 else { return nil }
            return number
        }
        return numbers.count == values.count ? numbers : nil
    }

    /// Bytes of an array, or nil where a dimension is negative or the product does not fit.
    private static func byteCount(_ dtype: SafetensorsDType, _ shape: [Int]) -> Int? {
        var size = dtype.byteCount
        for dimension in shape {
            let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
            guard dimension >= 0, !overflow else { return nil }
            size = product
        }
        return size
    }
}
