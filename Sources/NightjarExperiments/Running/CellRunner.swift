import Logging
import NightjarProcess
import NightjarRuns
import NightjarScripting

/// Runs cells of an experiment in this process.
final class CellRunner {
    let host: ScriptHost
    let keeper: RunKeeper
    let experiment: ScriptExperiment
    private let logger: Logger

    init(host: ScriptHost, keeper: RunKeeper, experiment: ScriptExperiment, logger: Logger) {
        self.logger = logger
        self.host = host
        self.keeper = keeper
        self.experiment = experiment
    }

    /// Runs one cell, and records the numbers that its function returns.
    /// - Throws: what the script throws.
    func run(_ cell: SweepCell) throws {
        keeper.begin(cell, of: experiment)
        do {
            let returned = try host.run(experiment, cell: cell)
            try keeper.record(returned: returned)
        } catch  where StopSignal.isRaised {
            try? keeper.cellStopped()
            throw error
        } catch {
            let message = ScriptMessage.text(error)
            logger.error("\(message)")
            // What went wrong first is what people are told.
            do { try keeper.cellFailed(message) } catch let other { logger.error("\(other)") }
            throw error
        }
    }

    /// The cell that a worker was told to run.
    /// - Throws: where the script, which the worker has read anew, has another cell at that place: it has changed.
    func cell(_ number: Int, _ title: String) throws -> SweepCell {
        guard experiment.cells.indices.contains(number), experiment.cells[number].title == title else {
            throw ScriptError(
                "the script has changed since the sweep began: it has no cell \(number + 1) \(title) any more\n"
                    + "  let the sweep end, or stop it and start it again")
        }
        return experiment.cells[number]
    }
}
