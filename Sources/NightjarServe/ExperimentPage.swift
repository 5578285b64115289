// One experiment: how far its cells are, its curves, its table, its runs.

import NightjarRuns

struct ExperimentPage {
    let site: LiveSite
    let request: LiveRequest

    /// Runs that are listed here; the page of all runs has the rest.
    private static let most = 500

    /// - Throws: `RunError` where there is no such experiment.
    func page() throws -> LivePage {
        let name = request["name"] ?? ""
        let records = try site.records().filter { $0.experiment == name }
        let progress = LiveProgress(name, records, site)
        guard !records.isEmpty || progress.isGoing else {
            throw RunError("there is no run of an experiment '\(name)' in \(site.store.runsDirectory.path)")
        }
        let set = try RunSet(records, in: site.store)
        let figures = LiveFigures(set: set, request: request, cache: site.cache)
        let list = try RunList(records, in: site.store, RunList.Choice(limit: ExperimentPage.most))
        let more =
            list.total > list.records.count
            ? "<p class=\"note\">The first \(list.records.count) of \(list.total) runs: "
                + LiveLink.link("all runs", "runs", [("where", "experiment = \(ExperimentPage.quoted(name))")]) + "</p>"
            : ""
        return LivePage(
            title: name,
            items: [
                .fixed("<h1>\(HTML.escape(name))</h1>"), .part(LivePart("state", state(progress, records))),
                .fixed(figures.form("experiment", keeping: ["name"])), .part(LivePart("figures", figures.html)),
                .part(LivePart("table", table(set))), .fixed("<h2>Runs</h2>"),
            ] + RunLines(list: list).items + [.fixed(more)], isGoing: progress.isGoing)
    }

    /// A text as a value of a condition.
    private static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }

    private func state(_ progress: LiveProgress, _ records: [RunRecord]) -> String {
        let failed = records.filter { $0.status == .failed }
        let items = failed.prefix(20).map { record in
            "<li>\(LiveLink.link(record.cell.isEmpty ? record.name : record.cell.title, "run", [("id", record.id)])): "
                + "\(HTML.escape(record.message?.split(separator: "\n").first.map(String.init) ?? "no reason is known"))</li>"
        }
        let why =
            items.isEmpty
            ? ""
            : "<details data-keep=\"failed\"><summary>\(LiveHTML.count(failed.count, "run", "runs")) failed</summary>"
                + "<ul>\(items.joined())</ul></details>"
        return
            "<p class=\"lead\" data-say>\(HTML.escape(progress.sentence))</p>\n\(progress.bar)\n\(progress.lines)\n\(why)"
    }

    private func table(_ set: RunSet) -> String {
        let table = ResultTable(set)
        guard !table.metrics.isEmpty else { return "" }
        let fixed = table.fixedText.isEmpty ? "" : table.fixedText + "; "
        return "<h2>At the end</h2>\n\(ReportTables.results(table))\n"
            + "<p class=\"note\">\(HTML.escape(fixed + table.note)).</p>"
    }
}
