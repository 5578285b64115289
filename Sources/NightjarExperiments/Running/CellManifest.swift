import Foundation
import NightjarRuns
import NightjarScripting

/// Cells of an experiment for workers that this process does not start: what a sweep would tell each of its own, in one
/// file. `FILE#N` behind `--cell` is the order of its cell N, from 0.
struct CellManifest: Codable, Equatable {
    /// One cell, as ``WorkerOrder`` has it.
    struct Cell: Codable, Equatable {
        let number: Int
        let title: String
    }

    let request: RunRequest
    /// The settings of the experiment, by which another command knows these cells for its own.
    let settings: String
    let texts: [WorkerOrder.Text]
    let isDirty: Bool?
    let cells: [Cell]

    init(
        _ request: RunRequest, of experiment: ScriptExperiment, cells: [SweepCell], texts: [WorkerOrder.Text],
        isDirty: Bool?
    ) {
        self.request = request
        self.texts = texts
        self.isDirty = isDirty
        settings = CellManifest.settings(experiment)
        self.cells = cells.map { Cell(number: $0.index, title: $0.title) }
    }

    static func settings(_ experiment: ScriptExperiment) -> String {
        JSONValue.object(experiment.settings).text(pretty: false)
    }

    /// As it stands in the file.
    func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }

    /// - Throws: `RunError` for a file that cannot be read or is no manifest of this version.
    init(contentsOf url: URL) throws {
        let data = try FileReason.read(url)
        do {
            self = try JSONDecoder().decode(CellManifest.self, from: data)
        } catch {
            throw RunError("\(url.path): it is no manifest of cells as this version of Nightjar writes it")
        }
    }

    /// The order that `FILE#N` names; nil for a text that is no such name.
    /// - Throws: `RunError` where the manifest cannot be read or has no such cell.
    static func order(_ text: String) throws -> WorkerOrder? {
        guard !text.hasPrefix("{"), let mark = text.lastIndex(of: "#"),
            let number = Int(text[text.index(after: mark)...])
        else { return nil }
        let url = URL(fileURLWithPath: String(text[..<mark]))
        let manifest = try CellManifest(contentsOf: url)
        guard manifest.cells.indices.contains(number) else {
            throw RunError("\(url.path): it has \(manifest.cells.count) cells, from 0; there is no cell \(number)")
        }
        let batch = CellBatch(url.deletingLastPathComponent())
        let cell = manifest.cells[number]
        var request = manifest.request
        // A second attempt goes on with the first one.
        if request.runsAgain, WorkerReport.hasRun(batch.reportURL(number)) { request.runsAgain = false }
        return WorkerOrder(
            request: request, number: cell.number, title: cell.title, texts: manifest.texts, isDirty: manifest.isDirty,
            report: batch.reportURL(number).path)
    }
}
