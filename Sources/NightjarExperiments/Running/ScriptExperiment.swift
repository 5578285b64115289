import NightjarRuns
import NightjarScripting

/// What a script returned with `nj.experiment`: settings, axes, cells, and the function to run in each cell.
///
/// What the command line sets is in it already: settings have their new values, axes are restricted.
public struct ScriptExperiment {
    public let name: String
    /// One line, or empty.
    public let doc: String
    /// The same in every cell.
    public let settings: [String: JSONValue]
    /// In the script's order; the last changes fastest.
    public let axes: [SweepAxis]
    /// In the order in which they run.
    public let cells: [SweepCell]
    /// What differences are taken to; nil: what the report chooses.
    public let baseline: Report.Baseline?
    /// The metrics that table and report show; nil: those that are declared so.
    public let shown: [String]?
    /// How numbers that cells record themselves are shown.
    let recorded: [MetricInfo]
    /// What the report draws; nil: curves of all that is shown.
    public let figures: [FigureSpec]?
    /// What the report holds; nil: its usual parts.
    public let report: [Report.Item]?
    /// The object that the script returned.
    let object: ScriptFunction

    /// Reads the description that the Lua side gives.
    init(_ description: ScriptTable, object: ScriptFunction) throws {
        name = description["name"]?.asString ?? ""
        doc = description["doc"]?.asString ?? ""
        settings = description["settings"]?.asTable?.jsonFields ?? [:]
        let axes = (description["axes"]?.asTable?.array ?? []).compactMap { axis -> SweepAxis? in
            guard let axis = axis.asTable, let name = axis["name"]?.asString else { return nil }
            return SweepAxis(
                name, (axis["values"]?.asTable?.array ?? []).compactMap(\.json),
                isReplicate: axis["replicate"]?.asBoolean ?? false)
        }
        self.axes = axes
        cells = try (description["cells"]?.asTable?.array ?? []).enumerated().map { number, cell in
            let places = (cell.asTable?.array ?? []).compactMap(\.asInteger)
            guard places.count == axes.count else { throw ScriptError("a cell of the experiment is incomplete") }
            let settings = try zip(axes, places).map { axis, place in
                guard axis.values.indices.contains(place - 1) else {
                    throw ScriptError("the axis '\(axis.name)' has no value \(place)")
                }
                return CellSetting(axis.name, axis.values[place - 1])
            }
            return SweepCell(index: number, settings: settings)
        }
        baseline = description["baseline"]?.asTable.flatMap { baseline in
            guard let axis = baseline["axis"]?.asString, let value = baseline["value"]?.json else { return nil }
            return Report.Baseline(axis: axis, value: value)
        }
        shown = description["show"]?.asTable?.array.compactMap(\.asString)
        recorded = (description["recorded"]?.asTable?.array ?? []).compactMap(\.asTable).compactMap(MetricInfo.init)
        figures = try description["figures"]?.asTable?.array.compactMap(\.asTable).map { try FigureSpec($0) }
        report = try description["report"]?.asTable?.array.compactMap { item -> Report.Item? in
            if let text = item.asTable?["text"]?.asString { return .text(text) }
            if let figure = item.asTable?["figure"]?.asTable { return .figure(try FigureSpec(figure)) }
            if let table = item.asTable?["table"]?.asTable { return .table(try TableSpec(table)) }
            return nil
        }
        self.object = object
    }

    /// The axes that repeat a setting.
    var replicates: [String] { axes.filter(\.isReplicate).map(\.name) }
}
