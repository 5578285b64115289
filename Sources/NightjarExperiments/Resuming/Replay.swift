import NightjarRuns
import NightjarScripting
import NightjarTraining

/// A run that is gone through again: what it must record, epoch by epoch, and where it may end.
final class Replay {
    /// The run as it was.
    let original: RunFolder
    /// The epoch after which the training ends; nil: it goes to its own end.
    let end: Int?
    /// The state that it begins with; nil: it begins where training does.
    private let start: Checkpoint?
    /// Which of the process's runs it is, from 0; nil before it has come.
    private var ordinal: Int?
    /// The folder in which it is gone through again.
    var folder: RunFolder?
    private let metrics: MetricsTable
    private let name: String
    /// The last epoch that came, as the rows count.
    private var last = 0

    /// - Throws: `RunError` where its rows cannot be read, or are fewer than `end`.
    /// - Parameter start: a state of the run that was kept.
    init(_ original: RunFolder, from start: Checkpoint? = nil, end: Int? = nil) throws {
        self.original = original
        self.start = start
        self.end = end
        name = ScriptFiles.display(original.url.path)
        metrics = try original.readMetrics()
        let rows = metrics.rows.count
        guard let end, end > rows else { return }
        throw RunError("\(name): there is no epoch \(end): the run has \(rows) \(rows == 1 ? "epoch" : "epochs")")
    }

    /// Parts of what a run is that measuring more changes, and another program.
    private static let measured = ["metrics", "own_metrics", "ledger", "arrays", "class_names", "files", "program"]

    private static func course(_ configuration: RunConfiguration) -> RunConfiguration {
        var course = configuration
        for part in measured { course.parts[part] = nil }
        return course
    }

    /// Whether a training is the one that is gone through again. It is asked once for each.
    /// - Parameter number: which of the process's runs it is.
    func begins(_ configuration: RunConfiguration, number: Int) -> Bool {
        guard ordinal == nil, Replay.course(configuration) == Replay.course(original.configuration) else {
            return false
        }
        ordinal = number
        return true
    }

    /// Where the training goes on.
    /// - Parameter first: epochs that its trainer had done before.
    func resumption(after first: Int) throws -> Resumption? {
        guard let start else { return nil }
        return Resumption(
            state: .checkpoint(start), source: original, epochs: start.progress.epochs - first,
            versions: try ScriptVersions(reading: original))
    }

    /// What it was gone through again in.
    /// - Throws: `RunError` where it has not come.
    func made() throws -> RunFolder {
        guard let folder else {
            throw RunError("\(name): its script ran, and no run like this one came of it")
        }
        return folder
    }

    /// The state after the epoch at which it ended.
    func branch(after epoch: Int) throws -> Branch {
        let folder = try made()
        guard let ordinal, let good = try Checkpoint.lastGood(of: folder), good.checkpoint.progress.epochs == last
        else {
            throw RunError("\(name): there is no state to go on from after epoch \(epoch): its weights were not finite")
        }
        return Branch(original: original, epoch: epoch, ordinal: ordinal, checkpoint: good.checkpoint)
    }

    /// Looks at the row of an epoch, all of whose values the run had must be the same.
    /// - Parameter epoch: as the rows count.
    /// - Throws: `RunError` for the first value with other bits.
    func check(_ row: [String: Double?], epoch: Int) throws {
        last = epoch
        guard let known = metrics.rows.first(where: { $0.epoch == epoch }) else {
            throw RunError("\(name) has no epoch \(epoch), and gone through again it has")
        }
        for (column, was) in zip(metrics.columns, known.values) {
            let now = row[column] ?? nil
            guard was?.bitPattern != now?.bitPattern else { continue }
            func text(_ value: Double?) -> String { value.map(NumberText.shortest) ?? "nothing" }
            throw RunError(
                "\(name): gone through again, \(column) of epoch \(epoch) is \(text(now)) and was \(text(was)): the data, the "
                    + "program or the instruction set is another, or what is measured besides draws random numbers")
        }
    }
}

/// The run that a training goes on from with other settings: same batches, same noise, same draws.
struct Branch {
    let original: RunFolder
    /// Epochs that both have in common.
    let epoch: Int
    /// Which of the process's runs goes on, from 0.
    let ordinal: Int
    /// The state after them.
    let checkpoint: Checkpoint

    /// What the configuration of the new run says of it.
    var json: JSONValue {
        ["run": .string(original.configuration.hash), "epoch": .integer(epoch)]
    }

    /// Where the training goes on. Of the optimizer, the loss, schedules and callbacks goes on what is the same in both; the
    /// others begin.
    func resumption(_ configuration: RunConfiguration) throws -> Resumption {
        guard configuration.epochs > epoch else {
            throw RunError(
                "the fork begins after epoch \(epoch), and is asked for \(configuration.epochs): ask for more, as by --set "
                    + "epochs=\(epoch + 1)")
        }
        func isSame(_ parts: [String]) -> Bool {
            parts.allSatisfy { configuration.parts[$0] == original.configuration.parts[$0] }
        }
        // Momenta are as good under another rate of decay; those of another rule are not.
        let optimizers = [configuration, original.configuration].map { $0.parts["optimizer"]?["name"] }
        var kept: Set<Resumption.Part> = []
        if optimizers[0] == optimizers[1], isSame(["update"]) { kept.insert(.optimizer) }
        if isSame(["loss"]) { kept.insert(.loss) }
        if isSame(["schedule", "callbacks", "optimizer", "update"]) { kept.insert(.course) }
        return Resumption(
            state: .prefix(checkpoint, kept), source: original, epochs: epoch,
            versions: try ScriptVersions(reading: original))
    }
}
