// The JSON header of a safetensors file: made from entries, and read with every number checked.

import Foundation

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
            guard entry.name != "__metadata__", names.insert(entry.name).inserted else {
                let reason = entry.name == "__metadata__" ? "is a reserved name" : "is used twice"
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

    /// Reads and checks the header against the whole file.
    static func read(
        _ contents: Data, path: String
    ) throws -> (arrays: [SafetensorsFile.Array], metadata: [String: String]) {
        guard contents.count >= 8 else {
            throw RunError("\(path): \(contents.count) bytes is too short for a safetensors file")
        }
        let length = contents.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(SafetensorsFile.largestHeader), Int(length) <= contents.count - 8 else {
            throw RunError(
                "\(path): the header claims \(length) bytes, but \(contents.count - 8) follow; "
                    + "the file is cut short or is not safetensors")
        }
        let start = 8 + Int(length)
        let bytes = contents.subdata(in: contents.startIndex + 8..<contents.startIndex + start)
        guard case .object(let entries) = try JSONValue(parsing: bytes, source: "\(path): header") else {
            throw RunError("\(path): header: expected a JSON object")
        }
        var metadata: [String: String] = [:]
        var arrays: [SafetensorsFile.Array] = []
        for (name, value) in entries {
            if name == "__metadata__" {
                metadata = try texts(of: value, path: path)
            } else {
                arrays.append(try array(name, value, start: start, end: contents.count, path: path))
            }
        }
        arrays.sort {
            ($0.range.lowerBound, $0.range.upperBound, $0.name) < ($1.range.lowerBound, $1.range.upperBound, $1.name)
        }
        var reached = start
        for array in arrays {
            guard array.range.lowerBound == reached else {
                let fault = array.range.lowerBound < reached ? "overlap the array before it" : "leave a gap before it"
                throw RunError("\(path): array \"\(array.name)\": its bytes \(fault)")
            }
            reached = array.range.upperBound
        }
        guard reached == contents.count else {
            throw RunError("\(path): \(contents.count - reached) bytes at the end belong to no array")
        }
        return (arrays, metadata)
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

    private static func array(
        _ name: String, _ value: JSONValue, start: Int, end: Int, path: String
    ) throws -> SafetensorsFile.Array {
        let place = "\(path): array \"\(name)\""
        guard let word = value["dtype"]?.stringValue else { throw RunError("\(place): dtype is missing") }
        guard let dtype = SafetensorsDType(rawValue: word) else {
            throw RunError("\(place): unknown dtype \(word)")
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
        guard let size = byteCount(dtype, shape), size == offsets[1] - offsets[0] else {
            throw RunError(
                "\(place): shape \(shape) of \(word) does not agree with \(offsets[1] - offsets[0]) bytes")
        }
        return SafetensorsFile.Array(
            name: name, dtype: dtype, shape: shape, range: start + offsets[0]..<start + offsets[1])
    }

    private static func wholeNumbers(_ value: JSONValue?) -> [Int]? {
        guard case .array(let values)? = value else { return nil }
        let numbers = values.compactMap(\.intValue).filter { $0 >= 0 }
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
