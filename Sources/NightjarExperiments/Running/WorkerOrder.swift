import Foundation
import NightjarRuns
import NightjarScripting

/// What a worker of a sweep is told: the request as it was made, and which cell is its own.
public struct WorkerOrder: Sendable, Codable, Equatable {
    public let request: RunRequest
    /// The cell's place, from 0.
    public let number: Int
    /// The cell in words, by which the worker knows that the script is still the one that the sweep began with.
    public let title: String

    /// The texts that the sweep began with, by the paths of their files; `.objects` of the runs directory holds them.
    public let texts: [Text]
    /// Whether the checkout of the script had changes when the sweep began; nil where nobody knows.
    public let isDirty: Bool?
    /// The file that the worker reports to; nil: the sweep that started it listens itself.
    public let report: String?

    public struct Text: Sendable, Codable, Equatable {
        public let path: String
        public let hash: String
        /// Whether it ran without the sandbox where the sweep began, since it lies in a folder that the user trusts.
        public let isTrusted: Bool?

        public init(path: String, hash: String, isTrusted: Bool = false) {
            self.path = path
            self.hash = hash
            self.isTrusted = isTrusted ? true : nil
        }
    }

    public init(
        request: RunRequest, number: Int, title: String, texts: [Text] = [], isDirty: Bool? = nil, report: String? = nil
    ) {
        self.report = report
        self.isDirty = isDirty
        self.texts = texts
        self.request = request
        self.number = number
        self.title = title
    }

    /// As it stands on the worker's command line.
    public var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// - Parameter text: an order, or where a manifest has it; see ``CellManifest``.
    /// - Throws: ``ScriptError`` for what no sweep has written.
    public init(_ text: String) throws {
        if let order = try CellManifest.order(text) {
            self = order
            return
        }
        do {
            self = try JSONDecoder().decode(WorkerOrder.self, from: Data(text.utf8))
        } catch {
            throw ScriptError("--cell is written by a sweep for its workers; this is not such a text")
        }
    }

    /// The texts in the place of files; nil where there are none.
    func scriptTexts() throws -> ScriptTexts? {
        guard !texts.isEmpty else { return nil }
        let store = TextStore(runsDirectory: request.runsDirectory)
        let known = try texts.map { ($0.path, try store.text($0.hash)) }
        return ScriptTexts(
            Dictionary(known) { first, _ in first }, workingFolder: FileManager.default.currentDirectoryPath,
            trusted: Set(texts.filter { $0.isTrusted == true }.map(\.path)))
    }
}
