import NightjarRuns
import NightjarScripting

/// The cells of an experiment that need not run: those that have runs of the same script, program and settings, all of
/// which have finished.
struct FinishedCells {
    /// The runs of each, by the number of the cell.
    private(set) var runs: [Int: [RunFolder]] = [:]

    /// - Parameters:
    ///   - known: the runs that there are.
    ///   - seed: that of the command.
    init(
        _ known: [RunFolder], of experiment: ScriptExperiment, script: JSONValue, program: JSONValue, seed: UInt64
    ) {
        let numbers = Dictionary(experiment.cells.map { ($0.title, $0) }) { first, _ in first }
        var unfinished: Set<Int> = []
        for run in known {
            let configuration = run.configuration
            guard let cell = numbers[configuration.cell.title], cell.settings == configuration.cell,
                configuration.parts["settings"] == .object(experiment.settings),
                configuration.parts["script"] == script, configuration.parts["program"] == program,
                !configuration.isHandWritten || configuration.parts["seeds"] == HandRecord.seeds(seed)
            else { continue }
            let summary = try? run.readSummary()
            if summary?.status == .finished {
                runs[cell.index, default: []].append(run)
            } else {
                unfinished.insert(cell.index)
            }
        }
        for number in unfinished { runs[number] = nil }
    }

    /// Those whose record by hand has an end. It is written when the cell ends, whereas a training may be followed by
    /// another, or by what the cell returns: such cells run again, and find their trainings done. One whose files are not
    /// what was written is not done.
    var recordedByHand: FinishedCells {
        var cells = self
        cells.runs = runs.filter { _, runs in
            runs.contains { $0.configuration.isHandWritten } && runs.allSatisfy { (try? $0.checkFiles()) != nil }
        }
        return cells
    }
}
