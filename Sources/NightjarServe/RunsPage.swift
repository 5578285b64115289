// The list of runs.

import NightjarRuns

/// All runs that a condition holds for, in lines.
struct RunsPage {
    let site: LiveSite
    let request: LiveRequest

    var page: LivePage {
        get throws {
            let filter = try request["where"].map { try RunFilter($0) }
            let records = try site.store.runs(RunQuery(filter: filter))
            let lines = records.map { record in
                "<tr><th scope=\"row\">\(HTML.escape(record.id))</th><td>\(record.status.rawValue)</td>"
                    + "<td>\(record.epochs)</td></tr>"
            }
            let table =
                "<table><thead><tr><th scope=\"col\">run</th><th scope=\"col\">status</th>"
                + "<th scope=\"col\">epochs</th></tr></thead><tbody>\(lines.joined())</tbody></table>"
            return LivePage(
                title: "Runs",
                parts: [
                    LivePart(
                        name: "runs",
                        html: "<h1>Runs</h1><p>\(records.count) \(records.count == 1 ? "run" : "runs")</p>\(table)")
                ])
        }
    }
}
