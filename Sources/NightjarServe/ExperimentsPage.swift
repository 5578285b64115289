// The first page: what there is, and what goes.

import NightjarRuns

/// All experiments, those that go at the moment first.
struct ExperimentsPage {
    let site: LiveSite

    func page() throws -> LivePage {
        let records = try site.records()
        var names: [String] = []
        var runs: [String: [RunRecord]] = [:]
        for record in records {
            if runs[record.experiment] == nil { names.append(record.experiment) }
            runs[record.experiment, default: []].append(record)
        }
        let all = names.map { name in (name, LiveProgress(name, runs[name] ?? [], site)) }
        let sections = (all.filter(\.1.isGoing) + all.filter { !$0.1.isGoing }).map { name, progress in
            "<section class=\"card\"><h2>\(LiveLink.link(name, "experiment", [("name", name)]))</h2>\n"
                + "<p>\(HTML.escape(progress.sentence))</p>\n\(progress.bar)\n\(progress.lines)</section>"
        }
        let empty =
            "<p class=\"lead\">There are no runs yet: <code>nightjar run SCRIPT</code> makes them, and they appear here.</p>"
        return LivePage(
            title: "Experiments",
            items: [
                .fixed("<h1>Experiments</h1>"),
                .part(LivePart("experiments", sections.isEmpty ? empty : sections.joined(separator: "\n"))),
            ], isGoing: all.contains { $0.1.isGoing })
    }
}
