// Figures of a page: the grammar of reports, asked for by a form.

import NightjarRuns

/// What a page's address says of its figures, and the form that says it.
struct LiveFigures {
    let set: RunSet
    let request: LiveRequest
    let cache: RunCache

    /// Means the usual in a choice; it is no name that a form sends by itself.
    private static let usual = ""
    private static let none = "-"

    /// Curves of the metrics that are shown without being asked for, or of one figure as the address has it.
    /// - Throws: `RunError` for metrics and axes that the runs do not have.
    private func figures() throws -> [Figure] {
        let metrics = request.all("y")
        var specs: [FigureSpec]
        if metrics.isEmpty, isUsual {
            specs = FigureSpec.standard(ResultTable(set), of: standing)
        } else {
            var spec = FigureSpec(y: metrics.isEmpty ? standing.prefix(1).map(\.name) : metrics)
            spec.x = request["x"] ?? FigureSpec.epochs
            spec.by = request["by"].map { $0 == LiveFigures.none ? [] : [$0] }
            spec.facet = request["facet"].map { [$0] } ?? []
            spec.over = request["over"].map { $0 == LiveFigures.none ? [] : [$0] }
            specs = [spec]
        }
        return try specs.map { given in
            var spec = given
            spec.band = request["band"].flatMap(FigureSpec.Band.init(rawValue:)) ?? .range
            spec.isGrowing = true
            // A file that cannot be read now hides no other.
            return try Figure(spec, set) { row in set.folder(row).flatMap { (try? cache.curves($0)) ?? nil } }
        }
    }

    private var isUsual: Bool { ["x", "by", "facet", "over"].allSatisfy { request[$0] == nil } }

    /// Metrics that are shown without being asked for; before a run has finished, those that are declared so.
    private var standing: [MetricInfo] {
        let known = set.headlines
        if !known.isEmpty { return known }
        let declared = set.metrics.filter(\.isHeadline)
        return declared.isEmpty ? Array(set.metrics.prefix(2)) : declared
    }

    /// The figures with what their read-outs say; why there are none, where the address asks for what is not there.
    var html: String {
        do {
            var readouts: [String: JSONValue] = [:]
            let drawn = try figures().enumerated().map { number, figure in
                ReportFigures(figure: figure, prefix: "f\(number)").html(into: &readouts)
            }.joined()
            guard !drawn.isEmpty else {
                return "<p class=\"note\">No run has come to the end of an epoch yet.</p>"
            }
            return drawn
                + "<script type=\"application/json\" class=\"readouts\">\(HTML.inlineJSON(.object(readouts)))</script>"
        } catch {
            return "<p class=\"fault\">\(HTML.escape("\(error)"))</p>"
        }
    }

    /// The form.
    /// - Parameter keeping: fields of the address that stay as they are.
    func form(_ path: String, keeping: [String]) -> String {
        let kept = keeping.compactMap { name in request[name].map { LiveHTML.hidden(name, $0) } }.joined()
        let axes = set.axes.map(\.name)
        let wanted = Set(request.all("y"))
        let metrics = set.metrics.filter { MetricReference($0.name).moment == nil }.map { metric in
            "<label><input type=\"checkbox\" name=\"y\" value=\"\(HTML.escape(metric.name))\""
                + "\(wanted.contains(metric.name) ? " checked" : "")> \(HTML.escape(metric.title))</label>"
        }
        func select(_ name: String, _ label: String, _ first: [(String, String)], _ names: [String]) -> String {
            let chosen = request[name] ?? LiveFigures.usual
            let options = (first + names.map { ($0, $0) }).map {
                LiveHTML.option($0.0, $0.1, isChosen: $0.0 == chosen)
            }
            return "<label>\(label) <select name=\"\(name)\">\(options.joined())</select></label>"
        }
        let usual = (LiveFigures.usual, "as usual")
        let bands = FigureSpec.Band.allCases.map { band in
            (band == .range ? LiveFigures.usual : band.rawValue, LiveFigures.name(band))
        }
        let isOpen = !isUsual || !wanted.isEmpty || request["band"] != nil
        return "<details class=\"ask\" data-keep=\"ask\"\(isOpen ? " open" : "")><summary>Other figures</summary>\n"
            + "<form method=\"get\" action=\"\(path.isEmpty ? "./" : path)\">\(kept)\n"
            + "<fieldset><legend>Up: metrics, at most \(FigureSpec.mostMetrics)</legend>\(metrics.joined(separator: "\n"))"
            + "</fieldset>\n<div class=\"choices\">"
            + select("x", "Along", [(LiveFigures.usual, "epochs")], axes)
            + select("by", "Colours", [usual, (LiveFigures.none, "one")], axes)
            + select("facet", "Panels", [usual], axes)
            + select("over", "Means over", [usual, (LiveFigures.none, "nothing")], axes)
            + select("band", "Band", bands, [])
            + "<button>Draw</button></div></form></details>"
    }

    private static func name(_ band: FigureSpec.Band) -> String {
        switch band {
        case .range: "lowest to highest"
        case .deviation: "standard deviation"
        case .interval: "95 % interval of the mean"
        case .none: "none"
        }
    }
}
