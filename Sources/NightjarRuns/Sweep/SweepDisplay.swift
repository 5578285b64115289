// What a sweep shows while it goes: a bar for all of it and a line for each worker, or now and then a plain line.

import Foundation

/// The display of a sweep. In a terminal a block of lines that is drawn over and over; elsewhere a line when some time has
/// gone by.
public struct SweepDisplay {
    private let line: ProgressLine
    private let columns: () -> Int
    /// Takes plain lines.
    private let plain: (String) -> Void
    private let now: () -> Double
    /// Workers that are going, in the order of their cells, with where they stand.
    private var workers: [(cell: SweepCell, progress: WorkerProgress?)] = []
    private var lastPlain: Double
    /// Seconds from one plain line to the next.
    private static let interval = 30.0
    /// Workers that are shown at most.
    private static let mostWorkers = 16

    public init(
        _ line: ProgressLine, columns: @escaping () -> Int = { TerminalText.columns(of: STDERR_FILENO) ?? 80 },
        plain: @escaping (String) -> Void, now: @escaping () -> Double = { ProcessInfo.processInfo.systemUptime }
    ) {
        self.line = line
        self.columns = columns
        self.plain = plain
        self.now = now
        lastPlain = now()
    }

    /// Shows what has happened.
    public mutating func show(_ event: SweepEvent, _ state: SweepProgress) {
        switch event {
        case .started(let cell):
            workers.append((cell, nil))
            workers.sort { $0.cell.index < $1.cell.index }
        case .progress(let cell, let progress):
            if let place = workers.firstIndex(where: { $0.cell.index == cell.index }) {
                workers[place].progress = progress
            }
        case .ended(let outcome), .crashed(let outcome):
            workers.removeAll { $0.cell.index == outcome.cell.index }
        case .tick: break
        }
        if line.isActive {
            line.show(lines(state, columns: columns()))
        } else if now() - lastPlain >= SweepDisplay.interval {
            lastPlain = now()
            plain(ProgressText.sweep(state))
        }
    }

    /// The lines for a terminal of so many columns.
    public func lines(_ state: SweepProgress, columns: Int) -> [String] {
        let text = ProgressText.sweep(state)
        let percent = " \(Int((state.share * 100).rounded(.down)))%"
        let room = min(40, columns - 1 - TerminalText.width(text) - percent.count - 2)
        let head = room >= 8 ? SweepDisplay.bar(state.share, width: room) + percent + "  " + text : text
        let shown = workers.prefix(SweepDisplay.mostWorkers).map { worker -> String in
            let place = worker.progress?.shown ?? "starting"
            // Where there is no room for the names of axes, their values tell cells apart.
            let room = max(12, columns - 5 - TerminalText.width(place))
            let values = worker.cell.settings.map(\.value.plainText).joined(separator: " ")
            let title = TerminalText.cut(
                TerminalText.width(worker.cell.title) > room ? values : worker.cell.title, to: room)
            return "  \(title)  \(place)"
        }
        let more =
            workers.count > SweepDisplay.mostWorkers ? ["  and \(workers.count - SweepDisplay.mostWorkers) more"] : []
        return [head] + shown + more
    }

    /// `█████▌░░░░`, eighths of a column.
    static func bar(_ share: Double, width: Int) -> String {
        let eighths = Int((max(0, min(1, share)) * Double(width * 8)).rounded(.down))
        let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]
        let full = String(repeating: "█", count: eighths / 8) + partial
        return full + String(repeating: "░", count: width - eighths / 8 - (partial.isEmpty ? 0 : 1))
    }
}
