// Runs beside each other: in what they differ, and the texts of their scripts line by line.

import NightjarRuns

struct ComparePage {
    let site: LiveSite
    let request: LiveRequest

    /// Runs in one comparison.
    private static let most = 12

    /// - Throws: `RunError` for fewer than two runs, and for one that is not there.
    func page() throws -> LivePage {
        let names = request.all("id")
        guard names.count >= 2 else {
            throw RunError("two runs or more are needed: tick them in the list of runs, and press Compare")
        }
        guard names.count <= ComparePage.most else {
            throw RunError("at most \(ComparePage.most) runs are compared, got \(names.count): a table shows more")
        }
        let finder = RunFinder(try site.records(), in: site.store.runsDirectory)
        let records = try names.map { try finder.one($0) }
        let texts = TextStore(runsDirectory: site.store.runsDirectory)
        let comparison = try RunComparison(records, in: site.store) { try? texts.text($0) }
        let set = try RunSet(records, in: site.store, keepingAll: true)
        let figures = LiveFigures(set: set, request: request, cache: site.cache)
        let letters = records.indices.map { RunComparison.letter($0) }
        let runs = zip(letters, records).map { letter, record in
            "<dt>\(letter)</dt><dd>\(LiveLink.link(record.id, "run", [("id", record.id)])) "
                + "<span class=\"note\">\(record.status.rawValue), \(LiveHTML.count(record.epochs, "epoch", "epochs"))</span></dd>"
        }
        let equal =
            comparison.equalMetrics > 0
            ? "<p class=\"note\">\(LiveHTML.count(comparison.equalMetrics, "metric is", "metrics are")) equal.</p>" : ""
        let same =
            comparison.configuration.isEmpty && comparison.scripts.isEmpty
            ? "<p>The configurations and the scripts are the same.</p>" : ""
        return LivePage(
            title: "Comparison",
            items: [
                .fixed("<h1>Comparison</h1><dl class=\"letters\">\(runs.joined())</dl>\(same)"),
                .fixed(table("Configuration", comparison.configuration, letters)),
                .part(
                    LivePart(
                        "metrics",
                        table("Metrics at the end", comparison.metrics, letters + (records.count == 2 ? ["B - A"] : []))
                            + equal)),
                .part(LivePart("figures", figures.html)),
                .fixed(comparison.scripts.map { script($0, letters) }.joined(separator: "\n")),
                .fixed(table("Environment", comparison.environment, letters)),
            ])
    }

    private func table(_ title: String, _ entries: [RunComparison.Entry], _ heads: [String]) -> String {
        guard !entries.isEmpty else { return "" }
        let head = (["name"] + heads).map { "<th scope=\"col\" class=\"text\">\(HTML.escape($0))</th>" }.joined()
        let lines = entries.map { entry in
            "<tr><th scope=\"row\">\(HTML.escape(entry.name))</th>"
                + entry.texts.map { "<td class=\"text\">\(HTML.escape($0))</td>" }.joined() + "</tr>"
        }
        return
            "<h2>\(title)</h2><div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"\(title)\"><table class=\"wrap\">"
            + "<thead><tr>\(head)</tr></thead><tbody>\(lines.joined(separator: "\n"))</tbody></table></div>"
    }

    private func script(_ script: RunComparison.Script, _ letters: [String]) -> String {
        let versions = zip(letters, script.hashes).map {
            "\($0) \($1.map { String($0.prefix(12)) } ?? "does not read it")"
        }
        let lines = (script.difference ?? "").split(separator: "\n", omittingEmptySubsequences: false).dropLast().map {
            line in
            let style =
                switch line.first {
                case "+": "added"
                case "-": "removed"
                case "@": "place"
                default: ""
                }
            let shown = HTML.escape(String(line), most: 1 << 20)
            return style.isEmpty ? shown : "<span class=\"\(style)\">\(shown)</span>"
        }
        let body =
            script.difference == nil
            ? script.hashes.contains(nil) ? "" : "<p class=\"note\">The texts were not kept.</p>"
            : "<pre class=\"code diff\" tabindex=\"0\" role=\"region\" aria-label=\"Difference of \(HTML.escape(script.name))\">"
                + "\(lines.joined(separator: "\n"))</pre>"
        return "<h2>\(HTML.escape(script.name))</h2><p class=\"note\">\(versions.joined(separator: ", "))</p>\(body)"
    }
}
