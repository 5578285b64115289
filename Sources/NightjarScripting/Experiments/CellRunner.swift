import NightjarRuns

/// Runs cells of an experiment in this process.
final class CellRunner {
    let host: ScriptHost
    let keeper: RunKeeper
    let experiment: ScriptExperiment

    init(host: ScriptHost, keeper: RunKeeper, experiment: ScriptExperiment) {
        self.host = host
        self.keeper = keeper
        self.experiment = experiment
    }

    /// Runs one cell.
    /// - Throws: what the script throws.
    func run(_ cell: SweepCell) throws {
        keeper.willBegin = { [keeper, experiment] in keeper.settings = experiment.resolved(cell) }
        try host.run(experiment, cell: cell)
    }

    /// The cell that a worker was given as values by name.
    func cell(_ values: JSONValue) throws -> SweepCell {
        let settings = try experiment.axes.map { axis in
            guard let value = values[axis.name] else {
                throw ScriptError("--cell gives no value for the axis '\(axis.name)'")
            }
            return SweepAxis(axis.name, [value])
        }
        guard let cell = try SweepGrid(settings).cells.first else { throw ScriptError("--cell names no cell") }
        return cell
    }
}
