// Which runs go, how far they are and how long they will take.

import Foundation
import NightjarProcess
import NightjarRuns

/// What happens in one experiment at the moment.
struct LiveProgress {
    /// A run or cell that goes.
    struct Worker {
        let title: String
        /// nil: it has no folder yet.
        let run: String?
        let share: Double?
        /// `epoch 3/12  loss 1.234`.
        let text: String
    }

    /// Runs by how they ended; while a sweep goes, its cells.
    private(set) var counts: [(state: String, number: Int)] = []
    private(set) var workers: [Worker] = []
    private(set) var sweep: SweepRecord?

    init(_ experiment: String, _ records: [RunRecord], _ site: LiveSite) {
        let open = records.filter { $0.status == .running }
        // A run without an end goes where somebody holds its folder.
        let going = open.filter { RunLock.holder(of: site.store.folder(of: $0.id)) != nil }
        sweep = SweepRecord(of: ExperimentFolder(experiment, in: site.store.runsDirectory))
        let alone = going.map { record in (record, LiveProgress.progress(record, site)) }
        if let sweep {
            workers = sweep.workers.map { worker in
                let run = going.first { $0.cell == worker.cell.settings }?.id
                return Worker(
                    title: worker.cell.title, run: run, share: worker.progress?.share,
                    text: worker.progress?.shown ?? "starting")
            }
            let known = Set(workers.compactMap(\.run))
            workers += alone.filter { !known.contains($0.0.id) }.map(\.1)
        } else {
            workers = alone.map(\.1)
        }
        if let sweep {
            // The folders and what the sweep tells are not of one moment; what it tells is.
            counts = [
                ("finished", sweep.state.ended - sweep.state.failed), ("failed", sweep.state.failed),
                ("going", sweep.workers.count), ("waiting", sweep.waiting),
            ].filter { $0.1 > 0 }
            return
        }
        let goingIDs = Set(going.map(\.id))
        func count(_ status: RunStatus) -> Int { records.count { $0.status == status } }
        counts = [
            ("finished", count(.finished)), ("failed", count(.failed)), ("interrupted", count(.interrupted)),
            ("going", workers.count), ("left without an end", open.count { !goingIDs.contains($0.id) }),
        ].filter { $0.1 > 0 }
    }

    /// How far a run is by its own files: rows of metrics, and the times of the first and the last.
    private static func progress(_ record: RunRecord, _ site: LiveSite) -> Worker {
        let url = site.store.folder(of: record.id)
        let title = record.cell.isEmpty ? record.name : record.cell.title
        guard let folder = try? site.cache.folder(url) else {
            return Worker(title: title, run: record.id, share: nil, text: "going")
        }
        let table = (try? site.cache.curves(url)) ?? nil
        let last = table?.rows.last
        let values = zip(table?.columns ?? [], last?.values ?? []).compactMap { name, value -> String? in
            guard let info = folder.configuration.metrics.first(where: { $0.name == name }), info.isHeadline, let value
            else { return nil }
            return "\(info.title) \(info.text(value))"
        }
        let progress = WorkerProgress(
            epoch: max(0, last?.epoch ?? 0), epochs: folder.configuration.epochs,
            values: values.prefix(3).joined(separator: "  "))
        // A loop that a script wrote itself has no number of epochs on record.
        guard progress.epochs > 0 else {
            let text = "epoch \(progress.epoch)" + (progress.values.isEmpty ? "" : "  " + progress.values)
            return Worker(title: title, run: record.id, share: nil, text: text)
        }
        var text = progress.shown
        if let left = secondsLeft(folder, progress) { text += "  \(ProgressText.duration(left)) left" }
        return Worker(title: title, run: record.id, share: progress.share, text: text)
    }

    private static func secondsLeft(_ folder: RunFolder, _ progress: WorkerProgress) -> Double? {
        guard let begun = FileStamp(folder.configurationURL.path)?.modified,
            let last = FileStamp(folder.metricsURL.path)?.modified, last > begun
        else { return nil }
        return ProgressText.secondsLeft(
            done: Double(progress.epoch), total: Double(progress.epochs), elapsed: last - begun)
    }

    var isGoing: Bool { sweep != nil || !workers.isEmpty }

    /// `48 cells: 11 finished, 1 failed, 2 going, 34 waiting; 3m20s left`.
    var sentence: String {
        let total = counts.reduce(0) { $0 + $1.number }
        let parts = counts.map { "\($0.number) \($0.state)" }.joined(separator: ", ")
        var text = "\(LiveHTML.count(total, "run", "runs")): \(parts.isEmpty ? "none" : parts)"
        if let sweep {
            if sweep.state.stopping {
                text += "; stopping"
            } else if let left = sweep.state.secondsLeft, sweep.state.ended < sweep.state.total {
                text += "; \(ProgressText.duration(left)) left"
            }
        }
        return text + "."
    }

    /// A bar of the states, each as wide as its share.
    var bar: String {
        let total = Double(max(1, counts.reduce(0) { $0 + $1.number }))
        var x = 0.0
        let pieces = counts.map { state, number -> String in
            let width = Double(number) / total * 1000
            defer { x += width }
            return
                "<rect class=\"state-\(LiveProgress.style(state))\" x=\"\(NumberText.fixed(x, decimals: 1))\" y=\"0\" "
                + "width=\"\(NumberText.fixed(width, decimals: 1))\" height=\"10\"><title>\(number) \(state)</title></rect>"
        }
        return "<svg class=\"states\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" role=\"img\" "
            + "aria-label=\"\(HTML.escape(sentence))\">\(pieces.joined())</svg>"
    }

    static func style(_ state: String) -> String { state == "left without an end" ? "left" : state }

    /// A line a worker.
    var lines: String {
        guard !workers.isEmpty else { return "" }
        let shown = workers.prefix(LiveProgress.mostWorkers).map { worker -> String in
            let name = worker.run.map { LiveLink.link(worker.title, "run", [("id", $0)]) } ?? HTML.escape(worker.title)
            // Without a value the bar says that something goes, and not how far it is.
            let share = worker.share.map { " value=\"\(NumberText.fixed($0, decimals: 3))\"" } ?? ""
            return "<li><span class=\"who\">\(name)</span> <progress\(share) max=\"1\" "
                + "aria-label=\"\(HTML.escape(worker.title))\"></progress> "
                + "<span class=\"where\">\(HTML.escape(worker.text))</span></li>"
        }
        let more =
            workers.count > LiveProgress.mostWorkers
            ? "<li class=\"note\">and \(workers.count - LiveProgress.mostWorkers) more</li>" : ""
        return "<ul class=\"workers\">\(shown.joined(separator: "\n"))\(more)</ul>"
    }

    /// Workers that are shown at most.
    private static let mostWorkers = 64
}
