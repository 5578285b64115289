// One run: how far it is, its curves, its log, its configuration, its scripts.

import Foundation
import NightjarRuns
import NightjarTensor

struct RunPage {
    let site: LiveSite
    let request: LiveRequest

    /// Of a log, the last so many bytes; the file has the rest.
    private static let logBytes = 64 << 10
    /// Of a script.
    private static let scriptBytes = 512 << 10

    /// - Throws: `RunError` where there is no such run, or it cannot be read.
    func page() throws -> LivePage {
        let record = try RunFinder(try site.records(), in: site.store.runsDirectory).one(request["id"] ?? "")
        let details = try RunDetails(record, in: site.store)
        let set = try RunSet([record], in: site.store)
        let figures = LiveFigures(set: set, request: request, cache: site.cache)
        let url = site.store.folder(of: record.id)
        let sections = details.sections()
        // What a run is made of does not change while it goes.
        let fixed = sections.filter { ["cell", "configuration", "environment"].contains($0.title) }
        let title = record.cell.isEmpty ? record.name : record.cell.title
        var items: [LivePage.Item] = [
            .fixed(
                "<p class=\"above\">\(LiveLink.link(record.experiment, "experiment", [("name", record.experiment)]))</p>"
                    + "<h1>\(HTML.escape(title))</h1>"), .part(LivePart("state", state(record, details))),
            .fixed(figures.form("run", keeping: ["id"])), .part(LivePart("figures", figures.html)),
            .part(LivePart("samples", site.suspicious(record))), .part(LivePart("log", log(url))),
        ]
        items += fixed.map { section in
            .fixed(
                "<details\(section.title == "environment" ? "" : " open")><summary><h2>"
                    + "\(HTML.escape(section.title.prefix(1).uppercased() + section.title.dropFirst()))</h2></summary>"
                    + LiveHTML.list(section.entries) + "</details>")
        }
        items.append(.fixed(try scripts(url)))
        items.append(
            .part(
                LivePart(
                    "files",
                    sections.filter { $0.title == "files" }.map { "<h2>Files</h2>" + LiveHTML.list($0.entries) }
                        .joined())))
        return LivePage(title: title, items: items, isGoing: record.status == .running)
    }

    private func state(_ record: RunRecord, _ details: RunDetails) -> String {
        let sections = details.sections()
        let progress = LiveProgress(record.experiment, [record], site)
        let mine = progress.workers.contains { $0.run == record.id } ? progress.lines : ""
        let head = sections.first.map { LiveHTML.list($0.entries.filter { $0.name != "message" }) } ?? ""
        let message = record.message.map { "<pre class=\"fault\">\(HTML.escape($0, most: 20_000))</pre>" } ?? ""
        let ends = sections.filter { $0.title.hasPrefix("metrics at") || $0.title.hasPrefix("at the best") }
        return
            "<p class=\"lead\"><span class=\"dot state-\(record.status.rawValue)\"></span>\(record.status.rawValue)</p>"
            + message + mine + "<div class=\"beside\"><div>\(head)</div>"
            + ends.map { section in
                "<div><h3>\(HTML.escape(section.title.prefix(1).uppercased() + section.title.dropFirst()))</h3>"
                    + "\(LiveHTML.list(section.entries))</div>"
            }.joined() + "</div>"
    }

    // MARK: The log

    private func log(_ folder: URL) -> String {
        guard let (text, left) = RunPage.tail(folder.appendingPathComponent("log.txt"), RunPage.logBytes), !text.isEmpty
        else { return "" }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
            let level = line.split(separator: " ", maxSplits: 2).dropFirst().first.map(String.init) ?? ""
            let shown = HTML.escape(String(line), most: RunPage.logBytes)
            return ["warning", "error", "critical"].contains(level) ? "<span class=\"\(level)\">\(shown)</span>" : shown
        }
        let note = left > 0 ? "<p class=\"note\">\(left) bytes before that stand in log.txt.</p>" : ""
        return "<h2>Log</h2>\(note)<pre class=\"log\" tabindex=\"0\" role=\"region\" aria-label=\"Log\">"
            + "\(lines.joined(separator: "\n"))</pre>"
    }

    /// The last lines of a file, and how many bytes stand before them; nil where there is none.
    static func tail(_ url: URL, _ most: Int) -> (text: String, left: Int)? {
        let file = RegularFile.open(url.path, O_RDONLY)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var facts = stat()
        guard fstat(file, &facts) == 0 else { return nil }
        let size = Int(facts.st_size)
        var start = max(0, size - most)
        guard var bytes = try? [UInt8](room: size - start, repeating: 0) else { return nil }
        let count = pread(file, &bytes, bytes.count, off_t(start))
        guard count >= 0 else { return nil }
        var kept = bytes[..<min(count, bytes.count)]
        if start > 0, let end = kept.firstIndex(of: UInt8(ascii: "\n")) {
            start += end + 1
            kept = kept[(end + 1)...]
        }
        return (String(decoding: kept, as: UTF8.self), start)
    }

    // MARK: Scripts

    private func scripts(_ url: URL) throws -> String {
        guard let folder = try site.cache.folder(url) else { return "" }
        let texts = TextStore(runsDirectory: site.store.runsDirectory)
        let shown = folder.configuration.scripts.enumerated().map { place, script -> String in
            let text = try? texts.text(script.hash)
            let code =
                text.map { text in
                    let kept = text.utf8.count <= RunPage.scriptBytes ? text : String(text.prefix(RunPage.scriptBytes))
                    let cut = kept.utf8.count < text.utf8.count ? "<p class=\"note\">The first part of it.</p>" : ""
                    return cut
                        + "<pre class=\"code\" tabindex=\"0\" role=\"region\" aria-label=\"\(HTML.escape(script.name))\">"
                        + "<code>\(LuaText.html(kept))</code></pre>"
                } ?? "<p class=\"note\">Its text was not kept.</p>"
            return
                "<details\(place == 0 ? " open" : "")><summary><h3>\(HTML.escape(script.name))</h3></summary>\(code)</details>"
        }
        return shown.isEmpty ? "" : "<h2>Scripts</h2>" + shown.joined(separator: "\n")
    }
}
