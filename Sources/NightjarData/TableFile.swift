import Foundation
import NightjarTensor

/// Reads the table of a ``TableDataDescription`` and cuts it into its two parts.
public enum TableFile {
    /// The most bytes of text that a table may have.
    private static let mostBytes = 1 << 30

    /// Loads the data set that `description` declares, whose file is in `folder`.
    /// - Throws: ``DataError`` that names the file, and the line where one is at fault.
    public static func load(_ description: TableDataDescription, folder: URL) throws -> DataBundle {
        let name = description.name
        let whole = try read(description, folder: folder)
        let parts: (train: [Int], test: [Int])
        do {
            parts = try description.split.indices(labels: whole.labels)
        } catch {
            throw DataError("data set '\(name)': \(error)")
        }
        return try DataBundle(
            name: name, train: whole.subset(parts.train, name: "\(name)/train"),
            test: whole.subset(parts.test, name: "\(name)/test"), credit: description.credit,
            license: description.license, notes: whole.emptyClassNotes)
    }

    /// Reads the whole table, unsplit, in the order of its lines.
    /// - Throws: ``DataError`` that names the file, and the line where one is at fault.
    public static func read(_ description: TableDataDescription, folder: URL) throws -> Dataset {
        let reader: ByteReader
        do {
            reader = try ByteReader(ContainedPath.resolve(description.file, in: folder))
        } catch let error as DataError {
            throw error.file == nil ? DataError("data set '\(description.name)': \(error)") : error
        }
        var parser = try TableParser(description, path: reader.path)
        let text = try reader.readAll(limit: mostBytes)
        // A value and its comma take two bytes of text at least, and four in memory.
        try Room.check(text.count, of: 8)
        var start = 0
        while start <= text.count {
            let end = text[start...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count
            try parser.take(text[start..<end])
            start = end + 1
        }
        return try parser.finish()
    }
}

/// Collects lines of a table.
private struct TableParser {
    let description: TableDataDescription
    let path: String
    let width: Int
    var line = 0
    var blankLine: Int?
    var bytes: [UInt8] = []
    var floats: [Float] = []
    var labels: [Int32] = []
    /// Whether the field at the other end could be the label as well: always a class, and more than one.
    private var otherEnd: Set<Int32>? = []

    init(_ description: TableDataDescription, path: String) throws {
        let name = description.name
        guard description.dtype == .uint8 || description.dtype == .float32 else {
            throw DataError("data set '\(name)': a table holds uint8 or float32 values, not \(description.dtype)")
        }
        let shape = try Shape(description.shape)
        guard shape.rank >= 1, shape.rank < Shape.maxRank, shape.count >= 1 else {
            throw DataError(
                "data set '\(name)': the shape of a sample must have 1 to \(Shape.maxRank - 1) dimensions, none of them 0, "
                    + "got \(shape)")
        }
        self.description = description
        self.path = path
        width = shape.count
    }

    mutating func take(_ raw: ArraySlice<UInt8>) throws {
        line += 1
        let text = raw.last == UInt8(ascii: "\r") ? raw.dropLast() : raw
        if text.isEmpty {
            blankLine = blankLine ?? line
            return
        }
        if let blankLine { throw fault("comes after line \(blankLine), which is empty") }
        if description.hasHeader, line == 1 { return }
        if line == 1, text.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw fault("begins with a byte order mark: save the file as UTF-8 without one")
        }
        let fields = text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard fields.count == width + 1 else {
            throw fault("has \(fields.count) fields, expected \(width + 1): \(width) values and the label")
        }
        let isFirst = description.labelIsFirst
        for (column, field) in (isFirst ? fields.dropFirst() : fields.dropLast()).enumerated() {
            try takeValue(trimmed(field), column + (isFirst ? 2 : 1))
        }
        try takeLabel(trimmed(fields[isFirst ? 0 : width]))
        noteOtherEnd(trimmed(fields[isFirst ? width : 0]))
    }

    private mutating func noteOtherEnd(_ field: ArraySlice<UInt8>) {
        guard otherEnd != nil else { return }
        if let label = classNumber(field) { otherEnd?.insert(label) } else { otherEnd = nil }
    }

    private func classNumber(_ field: ArraySlice<UInt8>) -> Int32? {
        guard let label = Int32(String(decoding: field, as: UTF8.self)), label >= 0, label < description.classes else {
            return nil
        }
        return label
    }

    private mutating func takeValue(_ field: ArraySlice<UInt8>, _ column: Int) throws {
        let value: Double
        if description.dtype == .uint8 {
            guard let byte = UInt8(String(decoding: field, as: UTF8.self)) else {
                throw fault("field \(column) is '\(shown(field))', expected a whole number 0 to 255")
            }
            bytes.append(byte)
            value = Double(byte)
        } else {
            guard let number = Float(String(decoding: field, as: UTF8.self)), number.isFinite else {
                throw fault("field \(column) is '\(shown(field))', expected a finite number")
            }
            floats.append(number)
            value = Double(number)
        }
        if let range = description.range, !range.contains(value) {
            throw fault(
                "field \(column) is \(shown(field)), outside the data set's range "
                    + "\(shown(range.lowerBound)) to \(shown(range.upperBound))")
        }
    }

    private mutating func takeLabel(_ field: ArraySlice<UInt8>) throws {
        guard let label = classNumber(field) else {
            throw fault("the label is '\(shown(field))', expected a class 0 to \(description.classes - 1)")
        }
        labels.append(label)
    }

    func finish() throws -> Dataset {
        if let rows = description.rows, rows != labels.count {
            throw DataError(
                file: path, "has \(labels.count) samples, expected \(rows)", remedy: "Fetch the file again")
        }
        guard let first = labels.first else { throw DataError(file: path, "holds no samples") }
        if labels.allSatisfy({ $0 == first }) {
            let (end, other) = description.labelIsFirst ? ("first", "last") : ("last", "first")
            let isThere = (otherEnd?.count ?? 0) > 1
            throw DataError(
                file: path, "has label \(first) on every line: a data set needs samples of 2 classes at least",
                remedy: "The label is read from the \(end) field"
                    + (isThere ? ", but the \(other) field looks like it: declare label = \"\(other)\"" : ""))
        }
        let shape = try Shape([labels.count] + description.shape)
        let inputs = try description.dtype == .uint8 ? Tensor(bytes, shape: shape) : Tensor(floats, shape: shape)
        return try Dataset(
            name: description.name, inputs: inputs, labels: labels, classes: description.classes,
            classNames: description.classNames, normalization: description.normalization)
    }

    /// Without the blanks around it.
    private func trimmed(_ field: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var field = field
        while let byte = field.first, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { field.removeFirst() }
        while let byte = field.last, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { field.removeLast() }
        return field
    }

    private func fault(_ problem: String) -> DataError {
        DataError(file: "\(path), line \(line)", problem)
    }

    /// A field as a message shows it: at most 20 characters.
    private func shown(_ field: ArraySlice<UInt8>) -> String {
        let text = String(decoding: field.prefix(80), as: UTF8.self)
        return text.count > 20 ? text.prefix(20) + "..." : text
    }

    private func shown(_ number: Double) -> String {
        Int(exactly: number).map(String.init) ?? String(number)
    }
}
