import NightjarRuns

/// What a script returned with `nj.experiment`: settings, the axes of its grid, and the function to run in each cell.
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
    /// The object that the script returned.
    let object: ScriptFunction

    /// Reads the description that the Lua side gives.
    init(_ description: ScriptTable, object: ScriptFunction) {
        name = description["name"]?.asString ?? ""
        doc = description["doc"]?.asString ?? ""
        settings = description["settings"]?.asTable?.jsonFields ?? [:]
        axes = (description["axes"]?.asTable?.array ?? []).compactMap { axis in
            guard let axis = axis.asTable, let name = axis["name"]?.asString else { return nil }
            return SweepAxis(name, (axis["values"]?.asTable?.array ?? []).compactMap(\.json))
        }
        self.object = object
    }

    /// Everything that is set in a cell: the settings and the cell's own values.
    func resolved(_ cell: SweepCell) -> [String: JSONValue] {
        settings.merging(cell.settings.map { ($0.name, $0.value) }) { $1 }
    }
}
