import NightjarRuns
import NightjarScripting

/// The cells of an experiment that need not run: those that have runs of the same script, program and settings, all of
/// which have finished.
struct FinishedCells {
    /// The runs of each, by the number of the cell.
    private(set) var runs: [Int: [RunFolder]] = [:]

    init(_ known: [RunFolder], of experiment: ScriptExperiment, script: JSONValue, program: JSONValue) {
        let numbers = Dictionary(experiment.cells.map { ($0.title, $0) }) { first, _ in first }
        var unfinished: Set<Int> = []
        for run in known {
            let configuration = run.configuration
            guard let cell = numbers[configuration.cell.title], cell.settings == configuration.cell,
                configuration.parts["settings"] == .object(experiment.settings),
                configuration.parts["script"] == script, configuration.parts["program"] == program
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
}
