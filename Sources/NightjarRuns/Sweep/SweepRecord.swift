// Where a sweep stands, beside its runs, for who looks from elsewhere.

import Foundation
import NightjarProcess
import NightjarTensor

/// The file `.sweep.json` in the folder of an experiment: there as long as a sweep of it goes, written anew as it goes.
public struct SweepRecord: Sendable, Equatable {
    /// A cell that is going.
    public struct Worker: Sendable, Equatable {
        public let cell: SweepCell
        /// nil: it has said nothing yet.
        public let progress: WorkerProgress?
    }

    public let state: SweepProgress
    public let workers: [Worker]

    /// Cells that have not begun.
    public var waiting: Int { max(0, state.total - state.ended - workers.count) }

    static let name = ".sweep.json"

    /// The sweep that goes in the folder of an experiment; nil where none does. One that was killed is forgotten when its
    /// file is older than it may be.
    public init?(of experiment: ExperimentFolder, now: Date = Date()) {
        let path = experiment.url.appendingPathComponent(SweepRecord.name).path
        guard let written = FileStamp(path)?.modified,
            abs(now.timeIntervalSince1970 - written) < SweepRecord.longest,
            let data = try? WholeFile.bytes(path, most: WholeFile.mostText),
            let json = try? JSONValue(parsing: data, source: path)
        else { return nil }
        self.init(json)
    }

    /// Seconds after which a file that nobody wrote anew is that of a sweep that was killed.
    static let longest = 30.0

    init(state: SweepProgress, workers: [Worker]) {
        self.state = state
        self.workers = workers
    }

    private init?(_ json: JSONValue) {
        func count(_ name: String) -> Int? { json[name]?.intValue.flatMap { $0 >= 0 ? $0 : nil } }
        guard let total = count("cells"), let ended = count("ended"), let failed = count("failed"),
            case .array(let list)? = json["workers"]
        else { return nil }
        var state = SweepProgress(total: total)
        (state.ended, state.failed, state.running) = (ended, failed, list.count)
        state.stopping = json["stopping"] == .bool(true)
        state.secondsLeft = json["seconds_left"]?.doubleValue
        state.share = min(1, max(0, json["share"]?.doubleValue ?? 0))
        self.state = state
        workers = list.compactMap { one in
            guard let index = one["index"]?.intValue, case .array(let settings)? = one["cell"] else { return nil }
            return Worker(
                cell: SweepCell(
                    index: index, settings: settings.compactMap { try? CellSetting(parsing: $0, source: "a sweep") }),
                progress: one["progress"]?.stringValue.flatMap(WorkerProgress.init(text:)))
        }
    }

    var json: JSONValue {
        [
            "cells": .integer(state.total), "ended": .integer(state.ended), "failed": .integer(state.failed),
            "stopping": .bool(state.stopping), "share": .number(state.share),
            "seconds_left": state.secondsLeft.map { .number($0) } ?? .null,
            "workers": .array(
                workers.map { worker in
                    [
                        "index": .integer(worker.cell.index), "cell": .array(worker.cell.settings.map(\.json)),
                        "progress": worker.progress.map { .string($0.text) } ?? .null,
                    ]
                }),
        ]
    }
}

/// Keeps the file of a sweep up to date while it goes. What cannot be written is no reason to stop a sweep.
public final class SweepRecorder {
    private let url: URL
    private let now: () -> Double
    private var workers: [SweepRecord.Worker] = []
    private var written: Double?
    private var hasNews = false
    /// Seconds from one writing to the next: where something has happened, and where nothing has.
    private static let (often, seldom) = (0.3, 5.0)

    public init(
        _ experiment: ExperimentFolder, now: @escaping () -> Double = { ProcessInfo.processInfo.systemUptime }
    ) {
        url = experiment.url.appendingPathComponent(SweepRecord.name)
        self.now = now
        // Tables and reports of sweeps that were killed are written there as well.
        AtomicFile.removeOfTheDead(in: experiment.url)
    }

    deinit { end() }

    public func note(_ event: SweepEvent, _ state: SweepProgress) {
        switch event {
        case .started(let cell): workers.append(.init(cell: cell, progress: nil))
        case .progress(let cell, let progress):
            if let place = workers.firstIndex(where: { $0.cell.index == cell.index }) {
                workers[place] = .init(cell: cell, progress: progress)
            }
        case .ended(let outcome), .crashed(let outcome): workers.removeAll { $0.cell.index == outcome.cell.index }
        case .tick: break
        }
        if event != .tick { hasNews = true }
        let time = now()
        if let written, time - written < (hasNews ? SweepRecorder.often : SweepRecorder.seldom) { return }
        // The first run of an experiment makes its folder.
        guard FileManager.default.fileExists(atPath: url.deletingLastPathComponent().path) else { return }
        (written, hasNews) = (time, false)
        try? AtomicFile.write(
            SweepRecord(state: state, workers: workers.sorted { $0.cell.index < $1.cell.index }).json.text(
                pretty: false)
                + "\n", to: url)
    }

    /// The sweep is over.
    public func end() { unlink(url.path) }
}
