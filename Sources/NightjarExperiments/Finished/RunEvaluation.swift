import NightjarRuns
import NightjarScripting

/// What a finished run's model says about a data set.
public struct RunEvaluation: Sendable {
    public let run: String
    /// Whose weights these are; nil: those of the end.
    public let epoch: Int?
    /// `digits/test`.
    public let data: String
    public let samples: Int
    /// Percent, against the labels that are given.
    public let accuracy: Double?
    /// Against the true ones, where some given ones are wrong.
    public let trueAccuracy: Double?
    public let loss: Double?
    public let lossName: String?
    /// Why there is no loss.
    public let note: String?
    public let classNames: [String]
    /// How often each class (by its true label) was taken for each; nil for very many classes.
    public let confusion: [[Int]]?

    /// What is asked for.
    public struct Request: Sendable {
        /// The folder of a run, or its name.
        public var run: String
        /// A data set; nil: that of the run, with its labels.
        public var data: String?
        /// `train` or `test`.
        public var part = "test"
        /// As `run:weights` names them; nil: the final ones.
        public var weights: String?
        /// Whose weights, of the epochs whose checkpoints are kept, as `nj.load_run` names them; nil: those of the end.
        public var epoch: String?
        public var batchSize = 512

        public init(run: String) { self.run = run }
    }

    /// - Throws: ``ScriptError`` where the run, its weights, its model or the data set is not there, or they do not fit.
    public init(_ request: Request, host: ScriptHost) throws {
        var fields: [(String, ScriptValue)] = [
            ("run", .string(request.run)), ("part", .string(request.part)), ("batch_size", .integer(request.batchSize)),
        ]
        if let data = request.data { fields.append(("data", .string(data))) }
        if let weights = request.weights { fields.append(("weights", .string(weights))) }
        if let epoch = request.epoch { fields.append(("epoch", .string(epoch))) }
        let answer = try host.library?.call([
            .string("finished"), .string("evaluate"), .table(ScriptTable(fields: fields)),
        ])
        let facts = answer?.first?.asTable ?? ScriptTable()
        run = facts["run"]?.asString ?? request.run
        epoch = facts["epoch"]?.asInteger
        data = (facts["data"]?.asString ?? "") + "/" + request.part
        samples = facts["samples"]?.asInteger ?? 0
        accuracy = facts["accuracy"]?.asNumber
        trueAccuracy = facts["true_accuracy"]?.asNumber
        loss = facts["loss"]?.asNumber
        lossName = facts["loss_name"]?.asString
        note = facts["note"]?.asString
        classNames = facts["class_names"]?.asTable?.array.compactMap(\.asString) ?? []
        confusion = facts["confusion"]?.asTable?.array.map { $0.asTable?.array.compactMap(\.asInteger) ?? [] }
    }

    public var json: JSONValue {
        func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
        return [
            "run": .string(run), "epoch": epoch.map { .integer($0) } ?? .null, "data": .string(data),
            "samples": .integer(samples), "accuracy": number(accuracy),
            "true_accuracy": number(trueAccuracy), "loss": number(loss),
            "loss_name": lossName.map { .string($0) } ?? .null,
            "class_names": .array(names.map { .string($0) }),
            "confusion": confusion.map { .array($0.map { .array($0.map { .integer($0) }) }) } ?? .null,
        ]
    }

    /// Names of the rows of ``confusion``.
    private var names: [String] {
        guard let confusion, confusion.count != classNames.count else { return classNames }
        return confusion.indices.map(String.init)
    }

    /// For a terminal. Of up to twelve classes all counts; of more, for each what it was most often taken for.
    public var text: String {
        var lines = ["\(run)\(epoch.map { ", epoch \($0)," } ?? "") on \(data), \(samples) samples"]
        if let accuracy { lines.append("accuracy       \(percent(accuracy)) %") }
        if let trueAccuracy { lines.append("by true labels \(percent(trueAccuracy)) %") }
        if let loss {
            lines.append("loss           \(ProgressText.significant(loss))\(lossName.map { " (\($0))" } ?? "")")
        }
        guard let confusion, !confusion.isEmpty else { return lines.joined(separator: "\n") }
        lines.append("")
        lines += confusion.count <= 12 ? matrix(confusion) : worst(confusion)
        return lines.joined(separator: "\n")
    }

    private func percent(_ value: Double) -> String { NumberText.fixed(value, decimals: 2) }

    private func right(_ row: [Int], _ position: Int) -> String {
        let total = row.reduce(0, +)
        return total == 0 ? "" : NumberText.fixed(100 * Double(row[position]) / Double(total), decimals: 1)
    }

    private func matrix(_ confusion: [[Int]]) -> [String] {
        let rows = confusion.enumerated().map { position, row in
            [names[position]] + row.map { $0 == 0 ? "." : String($0) } + [right(row, position)]
        }
        return RunEvaluation.grid([["true \\ taken for"] + names + ["right %"]] + rows)
    }

    private func worst(_ confusion: [[Int]]) -> [String] {
        let rows = confusion.enumerated().map { position, row -> [String] in
            let others = row.indices.filter { $0 != position && row[$0] > 0 }.sorted { (row[$1], $0) < (row[$0], $1) }
            let most = others.prefix(3).map { "\(names[$0]) (\(row[$0]))" }.joined(separator: ", ")
            return [names[position], String(row.reduce(0, +)), right(row, position), most]
        }
        return RunEvaluation.grid([["class", "samples", "right %", "most often taken for"]] + rows, isLastText: true)
    }

    /// Columns: the first to the left, the others to the right.
    static func grid(_ rows: [[String]], isLastText: Bool = false) -> [String] {
        let columns = rows.first?.count ?? 0
        let widths = (0..<columns).map { column in rows.map { TerminalText.width($0[column]) }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { column, text -> String in
                let space = String(repeating: " ", count: max(0, widths[column] - TerminalText.width(text)))
                let isText = column == 0 || isLastText && column == columns - 1
                return isText ? text + space : space + text
            }
            return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }
    }
}
