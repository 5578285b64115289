// Runs in lines, each with a box by which it is chosen.

import NightjarRuns

/// A table of runs, in parts that change apart from each other.
struct RunLines {
    let list: RunList
    /// Makes a link that sorts by a column; nil: the heads are no links.
    var sorted: ((String) -> String)?

    /// Lines of one part: when a run goes on, no more than these are sent.
    private static let step = 100

    var items: [LivePage.Item] {
        let heads = list.heads.enumerated().map { place, head in
            let name = sorted.map {
                "<a href=\"\(HTML.escape($0(head.name), most: 20_000))\">\(HTML.escape(head.name))</a>"
            }
            return "<th scope=\"col\"\(head.isNumber ? "" : " class=\"text\"")>\(name ?? HTML.escape(head.name))</th>"
        }
        let top =
            "<form method=\"get\" action=\"compare\"><p><button>Compare</button> <span class=\"note\">the runs that are "
            + "ticked</span></p>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Runs\"><table class=\"runs\">"
            + "<thead><tr><th scope=\"col\"><span class=\"unseen\">chosen</span></th>\(heads.joined())</tr></thead>"
        let place = list.heads.firstIndex { $0.name == "status" || $0.name == "run_status" }
        let parts = stride(from: 0, to: list.records.count, by: RunLines.step).map { start -> LivePage.Item in
            let records = list.records[start..<min(start + RunLines.step, list.records.count)]
            return .part(
                LivePart(
                    "runs-\(start / RunLines.step)", records.map { line($0, place) }.joined(separator: "\n"),
                    tag: "tbody"))
        }
        return [.fixed(top)] + parts + [.fixed("</table></div></form>")]
    }

    private func line(_ record: RunRecord, _ status: Int?) -> String {
        let id = HTML.escape(record.id)
        let cells = zip(list.heads, list.texts(record)).enumerated().map { place, cell -> String in
            let (head, text) = cell
            if place == status {
                return
                    "<td class=\"text\"><span class=\"dot state-\(record.status.rawValue)\"></span>\(HTML.escape(text))</td>"
            }
            if place == 0 { return "<th scope=\"row\">\(LiveLink.link(text, "run", [("id", record.id)]))</th>" }
            return "<td\(head.isNumber ? "" : " class=\"text\"")>\(HTML.escape(text))</td>"
        }
        return
            "<tr><td><input type=\"checkbox\" name=\"id\" value=\"\(id)\" aria-label=\"\(id)\"></td>\(cells.joined())</tr>"
    }
}
