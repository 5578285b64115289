import Foundation
import NightjarData
import NightjarTensor

/// A table that a data plugin returns, turned into a description of a table file.
struct DataDeclaration {
    private let table: ScriptTable
    private let file: String

    private static let fields = [
        "name", "doc", "format", "file", "shape", "classes", "class_names", "rows", "range", "scale", "mean",
        "deviation",
        "split", "credit", "license", "header",
    ]

    init(_ table: ScriptTable, file: String) {
        self.table = table
        self.file = file
    }

    func description() throws -> TableDataDescription {
        for field in table.fields where !Self.fields.contains(field.key) {
            let hint = nearestName(to: field.key, in: Self.fields).map { ": did you mean '\($0)'?" } ?? ""
            throw ScriptError("\(file): a data plugin has no field '\(field.key)'\(hint)")
        }
        let format = try text("format")
        guard format == "csv" else { throw ScriptError("\(file): format \"\(format)\" is not known; there is \"csv\"") }
        let range = try numbers("range")
        let split = table["split"]?.asTable
        return try TableDataDescription(
            name: text("name"), file: text("file"), shape: whole("shape"), classes: count("classes"),
            classNames: table["class_names"]?.asTable?.array.compactMap(\.asString),
            normalization: Normalization(
                scale: table["scale"]?.asNumber ?? 1, mean: numbers("mean") ?? [0],
                deviation: numbers("deviation") ?? [1]),
            split: TestSplit(
                testPerMille: split?["test_per_mille"]?.asInteger ?? 200,
                isStratified: split?["stratified"]?.asBoolean ?? true,
                seed: UInt64(bitPattern: Int64(split?["seed"]?.asInteger ?? 0))),
            rows: table["rows"]?.asInteger,
            range: range.flatMap { $0.count == 2 && $0[0] <= $0[1] ? $0[0]...$0[1] : nil },
            hasHeader: table["header"]?.asBoolean ?? false, documentation: table["doc"]?.asString ?? "",
            credit: table["credit"]?.asString ?? "", license: table["license"]?.asString ?? "")
    }

    private func missing(_ name: String, _ expected: String) -> ScriptError {
        let came = table[name].map(\.phrase) ?? "nothing"
        return ScriptError("\(file): '\(name)' of a data plugin must be \(expected), got \(came)")
    }

    private func text(_ name: String) throws -> String {
        guard let value = table[name]?.asString else { throw missing(name, "a string") }
        return value
    }

    private func count(_ name: String) throws -> Int {
        guard let value = table[name]?.asInteger else { throw missing(name, "an integer") }
        return value
    }

    private func whole(_ name: String) throws -> [Int] {
        guard let list = table[name]?.asTable?.array else { throw missing(name, "a list of integers") }
        let values = list.compactMap(\.asInteger)
        guard values.count == list.count else { throw missing(name, "a list of integers") }
        return values
    }

    private func numbers(_ name: String) throws -> [Double]? {
        guard let value = table[name] else { return nil }
        if let number = value.asNumber { return [number] }
        guard let list = value.asTable?.array else { throw missing(name, "a list of numbers") }
        return list.compactMap(\.asNumber)
    }
}
