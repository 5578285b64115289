import Foundation
import NightjarData
import NightjarNative
import NightjarTensor

/// A table that a data plugin returns, turned into a description of a table file, or of a file for a native reader.
///
/// Every field is read by its type; one that is misspelt, or of another type, is named. Nothing falls back to a default
/// that the author did not mean.
struct DataDeclaration {
    private let table: ScriptTable
    private let file: String
    /// "split." for the fields of that table.
    private let path: String

    private static let fields = [
        "name", "doc", "format", "file", "shape", "classes", "class_names", "rows", "range", "scale", "mean",
        "deviation", "split", "credit", "license", "header", "label",
    ]
    private static let nativeFields = [
        "name", "doc", "format", "file", "reader", "shape", "classes", "class_names", "rows", "scale", "mean",
        "deviation", "split", "credit", "license",
    ]
    private static let splitFields = ["test_per_mille", "stratified", "seed"]

    init(_ table: ScriptTable, file: String) {
        self.init(table, file: file, path: "")
    }

    private init(_ table: ScriptTable, file: String, path: String) {
        self.table = table
        self.file = file
        self.path = path
    }

    /// Adds what it declares to a catalog.
    /// - Parameters:
    ///   - folder: where the declaration lies.
    ///   - reader: the reader of that name in the native library of the plugin, and what messages call it.
    func add(
        to catalog: inout DataCatalog, folder: URL, reader: (String) throws -> (reader: NativeReader, title: String)
    ) throws {
        let format = try text("format")
        switch format {
        case "csv": try catalog.add(tableDescription(), folder: folder)
        case "native": try catalog.add(nativeDescription(reader), folder: folder)
        default:
            throw ScriptError(
                "\(file): format \(ScriptText.quoted(format)) is not known; there are \"csv\" and \"native\"")
        }
    }

    private func nativeDescription(
        _ reader: (String) throws -> (reader: NativeReader, title: String)
    ) throws -> NativeDataDescription {
        try check(DataDeclaration.nativeFields)
        let found = try reader(text("reader"))
        let classes = try whole("classes", Dataset.classRange)
        return try NativeDataDescription(
            name: text("name"), file: text("file"), reader: found.reader, readerTitle: found.title, classes: classes,
            classNames: classNames(classes), shape: table["shape"] == nil ? nil : shape(),
            rows: whole("rows", 1...Int(Int32.max)), normalization: normalization(), split: split(),
            documentation: text("doc", default: ""), credit: text("credit", default: ""),
            license: text("license", default: ""))
    }

    private func classNames(_ classes: Int?) throws -> [String]? {
        let names = try texts("class_names")
        if let names, let classes, names.count != classes {
            throw ScriptError("\(file): 'class_names' of a data plugin names \(names.count) of \(classes) classes")
        }
        return names
    }

    private func tableDescription() throws -> TableDataDescription {
        try check(DataDeclaration.fields)
        let classes = try whole("classes", Dataset.classRange)
        guard let classes else { throw missing("classes", "an integer") }
        let names = try classNames(classes)
        return try TableDataDescription(
            name: text("name"), file: text("file"), shape: shape(), classes: classes, classNames: names,
            normalization: normalization(), split: split(), rows: whole("rows", 1...Int(Int32.max)), range: range(),
            hasHeader: flag("header") ?? false, labelIsFirst: labelIsFirst(), documentation: text("doc", default: ""),
            credit: text("credit", default: ""), license: text("license", default: ""))
    }

    // MARK: Parts

    private func normalization() throws -> Normalization {
        let scale = try number("scale") ?? 1
        let (mean, deviation) = (try numbers("mean") ?? [0], try numbers("deviation") ?? [1])
        do {
            return try Normalization(scale: scale, mean: mean, deviation: deviation)
        } catch {
            throw ScriptError("\(file): \(error)")
        }
    }

    private func split() throws -> TestSplit {
        guard let value = table["split"] else { return try TestSplit(testPerMille: 200) }
        guard let fields = value.asTable, fields.array.isEmpty else {
            throw missing("split", "a table such as { test_per_mille = 200 }")
        }
        let split = DataDeclaration(fields, file: file, path: "split.")
        try split.check(DataDeclaration.splitFields)
        return try TestSplit(
            testPerMille: split.whole("test_per_mille", 1...999) ?? 200, isStratified: split.flag("stratified") ?? true,
            seed: UInt64(bitPattern: Int64(split.whole("seed", Int.min...Int.max) ?? 0)))
    }

    private func shape() throws -> [Int] {
        let expected = "a list of integers from 1"
        guard let list = table["shape"]?.asTable, list.fields.isEmpty, !list.array.isEmpty else {
            throw missing("shape", expected)
        }
        let values = list.array.compactMap(\.asInteger).filter { $0 >= 1 }
        guard values.count == list.array.count else { throw missing("shape", expected, "another list") }
        do {
            _ = try Shape([1] + values)
        } catch {
            throw ScriptError("\(file): 'shape' of a data plugin is that of no tensor: \(error)")
        }
        return values
    }

    private func range() throws -> ClosedRange<Double>? {
        guard let ends = try numbers("range") else { return nil }
        guard ends.count == 2, ends[0] <= ends[1] else {
            throw missing("range", "{ least, largest }", "another list")
        }
        return ends[0]...ends[1]
    }

    private func labelIsFirst() throws -> Bool {
        switch try text("label", default: "last") {
        case "first": return true
        case "last": return false
        case let word: throw missing("label", "\"first\" or \"last\"", ScriptText.quoted(word))
        }
    }

    // MARK: Types

    private func check(_ known: [String]) throws {
        guard table.array.isEmpty else {
            throw ScriptError(
                "\(file): a data plugin has fields with names, got a list\(path.isEmpty ? "" : " as 'split'")")
        }
        for field in table.fields where !known.contains(field.key) {
            let hint = nearestName(to: field.key, in: known).map { ": did you mean '\(path)\($0)'?" } ?? ""
            throw ScriptError("\(file): a data plugin has no field '\(path)\(field.key)'\(hint)")
        }
    }

    private func missing(_ name: String, _ expected: String, _ came: String? = nil) -> ScriptError {
        let came = came ?? table[name].map(DataDeclaration.shown) ?? "nothing"
        return ScriptError("\(file): '\(path)\(name)' of a data plugin must be \(expected), got \(came)")
    }

    /// A value as messages show it: a text by itself, so that `"16"` is seen to be none of the numbers.
    private static func shown(_ value: ScriptValue) -> String {
        switch value {
        case .string(let text): "the string \(ScriptText.quoted(text))"
        case .integer(let number): "\(number)"
        case .number(let number): ScriptText.number(number)
        case .boolean(let flag): "\(flag)"
        default: value.phrase
        }
    }

    private func text(_ name: String, default standard: String? = nil) throws -> String {
        guard let value = table[name] else {
            guard let standard else { throw missing(name, "a string") }
            return standard
        }
        guard let text = value.asString, standard != nil || !text.isEmpty else { throw missing(name, "a string") }
        return text
    }

    private func texts(_ name: String) throws -> [String]? {
        guard let value = table[name] else { return nil }
        guard let list = value.asTable, list.fields.isEmpty else { throw missing(name, "a list of strings") }
        let texts = list.array.compactMap(\.asString)
        guard texts.count == list.array.count else { throw missing(name, "a list of strings", "another list") }
        if let twice = Dictionary(grouping: texts, by: { $0 }).filter({ $0.value.count > 1 }).keys.min() {
            throw ScriptError("\(file): '\(path)\(name)' of a data plugin has \(ScriptText.quoted(twice)) twice")
        }
        return texts
    }

    private func flag(_ name: String) throws -> Bool? {
        guard let value = table[name] else { return nil }
        guard let flag = value.asBoolean else { throw missing(name, "true or false") }
        return flag
    }

    private func whole(_ name: String, _ range: ClosedRange<Int>) throws -> Int? {
        guard let value = table[name] else { return nil }
        guard let number = value.asInteger else { throw missing(name, "an integer") }
        guard range.contains(number) else {
            throw missing(name, "an integer from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private func number(_ name: String) throws -> Double? {
        guard let value = table[name] else { return nil }
        guard let number = value.asNumber else { throw missing(name, "a number") }
        return number
    }

    private func numbers(_ name: String) throws -> [Double]? {
        guard let value = table[name] else { return nil }
        if let number = value.asNumber { return [number] }
        guard let list = value.asTable, list.fields.isEmpty else { throw missing(name, "a list of numbers") }
        let numbers = list.array.compactMap(\.asNumber).filter { !$0.isNaN }
        guard numbers.count == list.array.count else { throw missing(name, "a list of numbers", "another list") }
        return numbers
    }
}
