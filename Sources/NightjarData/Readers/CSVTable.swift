import NightjarTensor

/// Collects the samples of a file of separated values.
struct CSVTable {
    private let columns: CSVColumns
    private let options: CSVOptions
    /// Row by row; NaN where a value is missing and is to be the mean of its column.
    private var values: [Float] = []
    private var labels: [Int32] = []
    /// Classes in the order in which they were met, or as they were given.
    private var names: [String] = []
    private var numbers: [String: Int32] = [:]
    private var dropped = 0
    private var filled = 0

    init(_ columns: CSVColumns, _ options: CSVOptions) {
        self.columns = columns
        self.options = options
        for name in options.classNames ?? [] {
            numbers[name] = Int32(clamping: names.count)
            names.append(name)
        }
    }

    /// - Parameter place: file and line.
    mutating func take(_ record: [ArraySlice<UInt8>], place: String) throws {
        guard record.count == columns.names.count else {
            throw DataError(
                file: place, "has \(record.count) fields, expected \(columns.names.count) as on the first line",
                remedy: "A field that holds a separator is written in quotes")
        }
        let kept = values.count
        let given = try CSVColumns.text(record[columns.label], place: place)
        var isWhole = true
        if options.missingTexts.contains(given), options.classNames?.contains(given) != true {
            try miss(columns.label, place)
            isWhole = false
        }
        try values.makeRoom(columns.inputs.count)
        for column in columns.inputs where isWhole {
            let text = try CSVColumns.text(record[column], place: place)
            if options.missingTexts.contains(text) {
                try miss(column, place)
                if options.missing == .mean { filled += 1 } else { isWhole = false }
                values.append(.nan)
            } else {
                values.append(try number(text, column, place))
            }
        }
        guard isWhole else {
            values.removeLast(values.count - kept)
            dropped += 1
            return
        }
        labels.append(try label(given, place))
    }

    private func miss(_ column: Int, _ place: String) throws {
        guard options.missing == .refuse else { return }
        throw DataError(
            file: place, "has no value in \(named(column))",
            remedy: "missing = \"drop\" leaves such samples out, missing = \"mean\" takes the mean of the column")
    }

    private func number(_ text: String, _ column: Int, _ place: String) throws -> Float {
        // Words such as "infinity" and hexadecimal numbers are no columns of numbers.
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0) }),
            let number = Float(text), number.isFinite
        else {
            throw DataError(
                file: place, "has '\(text.prefix(40))' in \(named(column)), expected a finite number",
                remedy: "Name the columns of numbers as inputs, or what stands for a missing value")
        }
        return number
    }

    private mutating func label(_ text: String, _ place: String) throws -> Int32 {
        if let known = numbers[text] { return known }
        if let names = options.classNames {
            let hint = nearestName(to: text, in: names).map { ": did you mean '\($0)'?" } ?? ""
            throw DataError(
                file: place, "has the class '\(text.prefix(40))', which is none of the \(names.count) named\(hint)")
        }
        guard names.count < CSVTable.mostClasses else {
            throw DataError(
                file: place,
                "has the class '\(text.prefix(40))' beside \(names.count) others, the most that are counted",
                remedy: "Is the label in \(named(columns.label))? Otherwise name the classes")
        }
        let number = Int32(clamping: names.count)
        numbers[text] = number
        names.append(text)
        return number
    }

    /// Of classes that are not named. A column of numbers that is taken for the label has more.
    private static let mostClasses = 10_000

    private func named(_ column: Int) -> String {
        options.hasHeader ? "column '\(columns.names[column])'" : columns.names[column]
    }

    /// - Throws: ``DataError`` where there are too few samples or classes.
    mutating func finish(name: String, path: String) throws -> CSVFile.Contents {
        guard !labels.isEmpty else {
            throw DataError(
                file: path, dropped == 0 ? "holds no samples" : "has a value missing in each of its \(dropped) samples")
        }
        try fillMeans(path)
        if options.classNames == nil { sortClasses() }
        let inputs = try Tensor(values, shape: Shape([labels.count, columns.inputs.count]))
        let measured = options.standardizes ? try Normalization.measured(inputs, digits: nil) : .identity
        let dataset = try Dataset(
            name: name, inputs: inputs, labels: labels, classes: names.count, classNames: names,
            normalization: options.normalization ?? measured)
        var notes: [String] = []
        if dropped > 0 {
            notes.append("\(dropped) \(dropped == 1 ? "sample" : "samples") with missing values left out")
        }
        if filled > 0 {
            notes.append("\(filled) missing \(filled == 1 ? "value" : "values") taken as the mean of the column")
        }
        return CSVFile.Contents(dataset: dataset, notes: notes + dataset.emptyClassNotes)
    }

    private mutating func fillMeans(_ path: String) throws {
        guard filled > 0 else { return }
        let width = columns.inputs.count
        for column in 0..<width {
            var (sum, count) = (0.0, 0)
            for index in stride(from: column, to: values.count, by: width) where !values[index].isNaN {
                sum += Double(values[index])
                count += 1
            }
            guard count > 0 else {
                throw DataError(file: path, "has no value at all in \(named(columns.inputs[column]))")
            }
            let mean = Float(sum / Double(count))
            for index in stride(from: column, to: values.count, by: width) where values[index].isNaN {
                values[index] = mean
            }
        }
    }

    /// Whole numbers by value, other texts by their bytes.
    private mutating func sortClasses() {
        let areNumbers = names.allSatisfy { Int($0) != nil }
        let sorted = names.sorted { one, other in
            if areNumbers, let first = Int(one), let second = Int(other), first != second { return first < second }
            return one.utf8.lexicographicallyPrecedes(other.utf8)
        }
        var moved = [String: Int32]()
        for (number, name) in sorted.enumerated() { moved[name] = Int32(clamping: number) }
        let old = names
        labels = labels.map { moved[old[Int($0)]] ?? $0 }
        names = sorted
    }
}
