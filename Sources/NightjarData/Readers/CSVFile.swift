import Foundation
import NightjarTensor

/// Data sets in files of separated values (RFC 4180), plain or gzipped.
public enum CSVFile {
    /// A data set, and what people should know of it.
    public struct Contents: Sendable {
        public let dataset: Dataset
        public let notes: [String]
    }

    /// Reads one sample a record, `[count, columns]` of float32.
    ///
    /// Memory: the text, four bytes a number and four a label.
    /// - Throws: ``DataError`` that names the file, and line and column where one is at fault.
    public static func read(_ url: URL, name: String, _ options: CSVOptions = CSVOptions()) throws -> Contents {
        let reader = try ByteReader(url)
        let bytes = try reader.readAll(limit: options.mostBytes, remedy: "A larger limit can be given")
        // A number and its separator take two bytes of text at least, and four in memory.
        try Room.check(bytes.count, of: 4)
        var text = try SeparatedText(bytes, path: url.path, separator: options.separator, quote: options.quote)
        var first = try text.next()
        let columns = try CSVColumns(first, options, path: url.path)
        if options.hasHeader { first = try text.next() }
        var table = CSVTable(columns, options)
        while let record = first {
            try table.take(record, place: "\(url.path), line \(text.line)")
            first = try text.next()
        }
        return try table.finish(name: name, path: url.path)
    }
}

/// Which columns of a file are taken for what.
struct CSVColumns {
    /// As messages call them.
    let names: [String]
    let label: Int
    let inputs: [Int]

    /// - Parameter first: the first record, which names the columns where there is a header.
    init(_ first: [ArraySlice<UInt8>]?, _ options: CSVOptions, path: String) throws {
        guard let first else { throw DataError(file: path, "holds no samples") }
        guard first.count > 1 else {
            throw DataError(
                file: path, "has one field on its first line, expected inputs and a label",
                remedy: "Name the character between fields, if it is not '\(String(UnicodeScalar(options.separator)))'")
        }
        let names = try first.enumerated().map {
            options.hasHeader ? try CSVColumns.text($0.element, place: path) : "column \($0.offset + 1)"
        }
        if options.hasHeader,
            let twice = Dictionary(grouping: names, by: { $0 }).filter({ $0.value.count > 1 }).keys.min()
        {
            throw DataError(file: path, "names two columns '\(twice)'", remedy: "Rename one of them")
        }
        func position(_ column: CSVOptions.Column) throws -> Int {
            switch column {
            case .position(let number):
                let place = number < 0 ? number + first.count : number
                guard first.indices.contains(place) else {
                    throw DataError(
                        file: path,
                        "has \(first.count) columns, column \(number < 0 ? number : number + 1) was asked for")
                }
                return place
            case .name(let name):
                guard options.hasHeader, let place = names.firstIndex(of: name) else {
                    let hint = nearestName(to: name, in: names).map { ": did you mean '\($0)'?" } ?? ""
                    throw DataError(
                        file: path,
                        options.hasHeader
                            ? "has no column '\(name)'\(hint)"
                            : "is read without a header, so that no column is called '\(name)'")
                }
                return place
            }
        }
        let label = try position(options.label)
        self.names = names
        self.label = label
        inputs = try options.inputs?.map(position) ?? first.indices.filter { $0 != label }
        if inputs.contains(label) {
            throw DataError(file: path, "column '\(names[label])' is named as an input and as the label")
        }
        guard !inputs.isEmpty else { throw DataError(file: path, "no column is named as an input") }
    }

    /// A field without the blanks around it.
    ///
    /// - Parameter place: the file, and the line where one is known.
    /// - Throws: ``DataError`` for bytes that are no text in UTF-8: names that differ in such bytes alone would become one.
    static func text(_ field: ArraySlice<UInt8>, place: String) throws -> String {
        var field = field
        while let byte = field.first, byte == 0x20 || byte == 0x09 { field.removeFirst() }
        while let byte = field.last, byte == 0x20 || byte == 0x09 { field.removeLast() }
        guard let text = String(validating: field, as: UTF8.self) else {
            throw DataError(
                file: place, "has '\(String(decoding: field.prefix(40), as: UTF8.self))', which is no text in UTF-8",
                remedy: "Save the file in UTF-8")
        }
        return text
    }
}
