// The event file of a run that is going on.

import Foundation

/// Writes the rows of a training as events of TensorBoard while it goes: `tensorboard --logdir runs` shows them. A run that
/// goes on begins its file anew, with the rows that it has.
public final class RunEvents {
    private let file: EventFile
    private let now: () -> Double

    /// - Parameter goesOn: whether the rows that are there belong to the run.
    /// - Throws: `RunError` where the file cannot be written, or the rows that are there cannot be read.
    public init(_ folder: RunFolder, goesOn: Bool, now: @escaping () -> Double = { Date().timeIntervalSince1970 })
        throws
    {
        self.now = now
        file = try EventFile(folder.eventsURL, time: now())
        let identifier = folder.url.pathComponents.suffix(2).joined(separator: "/")
        try file.append(hyperparameters: folder.configuration.asked, group: identifier, time: now())
        guard goesOn else { return }
        let table = try folder.readMetrics()
        for row in table.rows {
            try append(
                epoch: row.epoch, zip(table.columns, row.values).compactMap { name, value in value.map { (name, $0) } })
        }
    }

    /// Takes the values of an epoch that is over.
    public func append(epoch: Int, _ values: [(name: String, value: Double)]) throws {
        try file.append(scalars: values, step: epoch, time: now())
    }

    public func finish(_ status: RunStatus) throws { try file.append(end: status, time: now()) }
}
