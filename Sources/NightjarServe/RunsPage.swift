// The list of runs.

import NightjarRuns

/// All runs that a condition holds for, in lines.
struct RunsPage {
    let site: LiveSite
    let request: LiveRequest

    func page() throws -> LivePage {
        let condition = request["where"] ?? ""
        let sort = request["sort"] ?? ""
        let form =
            "<h1>Runs</h1>\n<form method=\"get\" action=\"runs\" class=\"find\"><label>Only where <input type=\"search\" "
            + "name=\"where\" value=\"\(HTML.escape(condition))\" placeholder=\"loss = 'rll' and rate &gt; 0.2\" size=\"34\">"
            + "</label> <label>Sorted by <input name=\"sort\" value=\"\(HTML.escape(sort))\" placeholder=\"rate,-j2\" "
            + "size=\"14\"></label> <button>List</button></form>"
        let list: RunList
        do {
            let records =
                condition.isEmpty
                ? try site.records() : try site.store.runs(RunQuery(filter: try RunFilter(condition)))
            list = try RunList(
                records, in: site.store, RunList.Choice(sort: sort.isEmpty ? [] : MetricNames.split(sort)))
        } catch {
            return LivePage(
                title: "Runs", items: [.fixed(form + "<pre class=\"fault\">\(HTML.escape("\(error)"))</pre>")])
        }
        let unreadable = try site.store.unreadable()
        var count = "<p class=\"lead\">\(LiveHTML.count(list.total, "run", "runs"))</p>"
        if let first = unreadable.first {
            count +=
                "<p class=\"fault\">\(LiveHTML.count(unreadable.count, "folder", "folders")) could not be read, the "
                + "first: \(HTML.escape(first.reason))</p>"
        }
        let lines = RunLines(list: list) { name in
            let kept = condition.isEmpty ? [] : [("where", condition)]
            return LiveLink.to("runs", kept + [("sort", sort == name ? "-" + name : name)])
        }
        return LivePage(title: "Runs", items: [.fixed(form), .part(LivePart("count", count))] + lines.items)
    }
}
