// The samples of a run whose labels are most suspicious by its ledger, with pictures where there are any.

import Foundation
import NightjarRuns
import Synchronization

/// Draws samples of a run: PNG files in the order of the positions, which count from 0.
public typealias SamplePictures = @Sendable (_ run: URL, _ positions: [Int]) throws -> [Data]

/// Looks at each ledger once, and asks for pictures in the background: a data set has to be read for them.
final class LiveSamples: Sendable {
    private struct Found {
        var samples: [SuspiciousSamples.Sample] = []
        var pictures: [Int: Data] = [:]
        /// Why there are no pictures, or no samples; empty where there is nothing to say.
        var note = ""
        var isDone = false
        /// Of the ledger that was looked at.
        var rows = 0
    }

    private let pictures: SamplePictures?
    private let found = Mutex<[String: Found]>([:])
    private let queue = DispatchQueue(label: "nightjar.serve.samples")
    /// Samples that are shown.
    private static let count = 24
    /// Runs whose samples are kept.
    private static let most = 16

    init(_ pictures: SamplePictures?) { self.pictures = pictures }

    /// A number that is another when more is known of a run.
    func sum(_ id: String) -> Int {
        found.withLock { found in found[id].map { $0.samples.count + ($0.isDone ? 1000 : 0) } ?? 0 }
    }

    func picture(_ id: String, _ number: String) -> Data? {
        found.withLock { found in Int(number).flatMap { found[id]?.pictures[$0] } }
    }

    /// What is known of a run so far; asks for it where nothing is.
    func html(_ record: RunRecord, _ store: RunStore) -> String {
        let url = store.folder(of: record.id)
        guard record.status != .running,
            FileManager.default.fileExists(atPath: url.appendingPathComponent("ledger.npy").path)
        else { return "" }
        let known = found.withLock { found -> Found? in
            if let known = found[record.id] { return known }
            if found.count >= LiveSamples.most { found.removeAll() }
            found[record.id] = Found()
            return nil
        }
        if known == nil { queue.async { self.find(record.id, url) } }
        return html(record.id, known ?? Found())
    }

    private func find(_ id: String, _ url: URL) {
        var found = Found()
        do {
            let suspicious = try SuspiciousSamples(try RunFolder.open(url), most: LiveSamples.count)
            found.samples = suspicious.samples
            // The list is there before its pictures.
            let listed = found
            self.found.withLock { $0[id] = listed }
            if let pictures, !found.samples.isEmpty {
                let drawn = try pictures(url, found.samples.map(\.index))
                for (sample, picture) in zip(found.samples, drawn) { found.pictures[sample.index] = picture }
            }
        } catch {
            found.note = "\(error)"
        }
        found.isDone = true
        let done = found
        self.found.withLock { $0[id] = done }
    }

    private func html(_ id: String, _ found: Found) -> String {
        guard !found.isDone || !found.samples.isEmpty || !found.note.isEmpty else { return "" }
        var html =
            "<h2>Most suspicious labels</h2>\n<p class=\"note\">By the mean loss over all epochs, from the ledger.</p>"
        if found.samples.isEmpty, !found.isDone { return html + "<p class=\"note\">The ledger is being read.</p>" }
        let cards = found.samples.map { sample -> String in
            let picture =
                found.pictures[sample.index] == nil
                ? ""
                : "<img src=\"\(HTML.escape(LiveLink.to("picture", [("id", id), ("n", "\(sample.index)")]), most: 20_000))\" "
                    + "alt=\"sample \(sample.index), given as \(HTML.escape(sample.given))\" width=\"112\" height=\"112\">"
            let truth =
                sample.truth.map {
                    "<dt>true</dt><dd\($0 == sample.given ? "" : " class=\"wrong\"")>\(HTML.escape($0))</dd>"
                }
                ?? ""
            return
                "<li>\(picture)<dl><dt>sample</dt><dd>\(sample.index)</dd><dt>given</dt><dd>\(HTML.escape(sample.given))</dd>"
                + "\(truth)<dt>loss</dt><dd>\(ProgressText.significant(sample.score))</dd></dl></li>"
        }
        html += "<ul class=\"cards\">\(cards.joined(separator: "\n"))</ul>"
        if !found.isDone { html += "<p class=\"note\">The pictures are being drawn.</p>" }
        if !found.note.isEmpty { html += "<p class=\"note\">Without pictures: \(HTML.escape(found.note))</p>" }
        return html
    }
}
