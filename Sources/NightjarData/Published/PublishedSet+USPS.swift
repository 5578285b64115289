// USPS, handwritten digits of 16x16 from envelopes (Hull 1994), in the two forms in which it is published.
import Foundation
import NightjarTensor

extension PublishedSet {
    /// Values from -1 to 1, which become 0 to 1: `zip.train` and `zip.test` of Hastie et al. 2009 begin each line with the
    /// digit and list all values; LIBSVM's `usps` and `usps.t` begin with the digit plus 1 and number the values.
    func readUSPS(_ directory: URL) throws -> DataBundle? {
        guard let urls = try all(in: directory) else { return nil }
        return try bundle(train: USPSFile.read(urls[0]), test: USPSFile.read(urls[1]))
    }
}

private enum USPSFile {
    private static let pixels = 256
    /// A line has 256 values of a few characters; the published files have 9,298 lines.
    private static let mostBytes = 1 << 28

    static func read(_ url: URL) throws -> PublishedSet.Part {
        let reader = try ByteReader(url)
        let text = try reader.readAll(limit: mostBytes)
        var (values, labels): ([Float], [Int32]) = ([], [])
        for (number, line) in text.split(separator: UInt8(ascii: "\n")).enumerated() {
            let place = "\(url.path), line \(number + 1)"
            let fields = line.split { $0 <= UInt8(ascii: " ") }
            guard let first = fields.first else { continue }
            let isNumbered = fields.dropFirst().contains { $0.contains(UInt8(ascii: ":")) }
            labels.append(try label(first, isNumbered: isNumbered, place))
            try values.makeRoom(pixels)
            values += try isNumbered ? numbered(fields.dropFirst(), place) : plain(fields.dropFirst(), place)
        }
        guard !labels.isEmpty else { throw DataError(file: url.path, "holds no samples") }
        return PublishedSet.Part(inputs: try Tensor(values, shape: Shape([labels.count, 16, 16, 1])), labels: labels)
    }

    private static func label(_ field: ArraySlice<UInt8>, isNumbered: Bool, _ place: String) throws -> Int32 {
        let first = isNumbered ? 1 : 0
        guard let number = Double(text(field)), let label = Int32(exactly: number), (0...9).contains(Int(label) - first)
        else {
            throw DataError(
                file: place, "the label is '\(shown(field))', expected a whole number from \(first) to \(first + 9)")
        }
        return label - Int32(first)
    }

    private static func plain(_ fields: ArraySlice<ArraySlice<UInt8>>, _ place: String) throws -> [Float] {
        guard fields.count == pixels else {
            throw DataError(
                file: place, "has \(fields.count) values behind the label, expected \(pixels)",
                remedy: "Fetch the file again")
        }
        return try fields.map { try value($0, place) }
    }

    /// `INDEX:VALUE`, rising; what is not there is 0.
    private static func numbered(_ fields: ArraySlice<ArraySlice<UInt8>>, _ place: String) throws -> [Float] {
        var values: [Float] = []
        for field in fields {
            let parts = field.split(separator: UInt8(ascii: ":"), maxSplits: 1)
            guard parts.count == 2, let index = Int(text(parts[0])), index > values.count, index <= pixels else {
                throw DataError(
                    file: place,
                    "has '\(shown(field))', expected INDEX:VALUE with rising indices from 1 to \(pixels)")
            }
            while values.count < index - 1 { values.append(0.5) }
            values.append(try value(parts[1], place))
        }
        while values.count < pixels { values.append(0.5) }
        return values
    }

    private static func value(_ field: ArraySlice<UInt8>, _ place: String) throws -> Float {
        guard let number = Float(text(field)), (-1...1).contains(number) else {
            throw DataError(file: place, "has the value '\(shown(field))', expected a number from -1 to 1")
        }
        return (number + 1) / 2
    }

    private static func text(_ field: ArraySlice<UInt8>) -> String { String(decoding: field, as: UTF8.self) }

    private static func shown(_ field: ArraySlice<UInt8>) -> String { text(field.prefix(20)) }
}
