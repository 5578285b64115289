// What metrics give beside single numbers: by class, as matrices, by sample.

/// The report's sections on metrics that return more than a number: a table by class, a heat map of a matrix and a
/// histogram by sample for each setting, at the end of its runs.
struct ReportArrays {
    let table: ResultTable

    private var set: RunSet { table.set }

    /// Pictures that stand in the page at once, and at all.
    private static let (open, most) = (6, 96)
    /// Classes that a table has columns for.
    private static let mostClasses = 40

    /// - Throws: `RunError` for arrays that cannot be read.
    func html() throws -> String {
        let runs = set.folders.map { folder in folder.map { RunValues($0, info: { _ in nil }) } }
        return byClass() + (try matrices(runs)) + (try bySample(runs))
    }

    /// The rows of the set that finished, of each group in the order of the table.
    private var groups: [(title: String, rows: [Int])] {
        let factors = set.axes.indices.filter { !set.axes[$0].isReplicate }
        var keys: [[Int]] = []
        var rows: [[Int]: [Int]] = [:]
        for (row, places) in set.places.enumerated() where set.rows[row].state == .finished {
            let key = factors.map { places[$0] }
            if rows[key] == nil { keys.append(key) }
            rows[key, default: []].append(row)
        }
        return keys.map { key -> (title: String, rows: [Int]) in
            let settings = zip(factors, key).filter { set.varies(set.axes[$0.0]) }.map { factor, place in
                CellSetting(set.axes[factor].name, set.axes[factor].value(at: place))
            }
            return (ResultTable.heading(settings), rows[key] ?? [])
        }
    }

    // MARK: By class

    private func byClass() -> String {
        set.metrics.filter { $0.kind == .byClass }.map { metric -> String in
            let all = set.metrics.filter { $0.parent == metric.name && MetricReference($0.name).moment == nil }
            let entries = Array(all.prefix(ReportArrays.mostClasses))
            let varying = set.factors.filter(set.varies)
            guard !entries.isEmpty else { return "" }
            let lines = table.groups.compactMap { group -> [String]? in
                let values = entries.map { group.statistics($0.name) }
                guard values.contains(where: { $0 != nil }) else { return nil }
                let names = zip(set.factors, group.key).filter { set.varies($0.0) }.map {
                    $0.1 == .null ? "–" : $0.1.plainText
                }
                let numbers = zip(entries, values).map { entry, value in value.map { entry.text($0.mean) } ?? "–" }
                return names + numbers
            }
            guard !lines.isEmpty else { return "" }
            let heads = entries.map { String($0.name.dropFirst(metric.name.count + 1).dropLast()) }
            let grid = TextGrid(head: varying.map(\.name) + heads, lines: lines, textColumns: varying.count)
            let rest =
                all.count > entries.count
                ? " The first \(entries.count) of \(all.count) classes; summary.csv has all." : ""
            return "<section><h2>\(HTML.escape(ResultTable.title(metric))) by class</h2>\n"
                + "<p class=\"note\">At the end, mean over \(HTML.escape(over)).\(rest)</p>\n"
                + ReportTables.grid(grid) + "</section>\n"
        }.joined()
    }

    private var over: String {
        let names = set.replicates.map(\.name)
        return names.isEmpty ? "runs" : "runs (\(names.joined(separator: " and ")))"
    }

    // MARK: Matrices

    private struct Mean {
        let title: String
        let rows: [String]
        let columns: [String]
        let values: [Double]
    }

    private func matrices(_ runs: [RunValues?]) throws -> String {
        var infos: [MetricInfo] = []
        for case let run? in runs {
            for info in run.matrices() where !infos.contains(where: { $0.name == info.name }) { infos.append(info) }
        }
        return try infos.enumerated().map { number, info -> String in
            let means = try groups.compactMap { group in try mean(info.name, group, runs) }
            let largest = means.flatMap(\.values).filter(\.isFinite).map(abs).max() ?? 0
            let pictures = means.prefix(ReportArrays.most).enumerated().map { place, mean -> String in
                figure(
                    mean.title,
                    HeatMap(
                        metric: info, rows: mean.rows, columns: mean.columns, values: mean.values, largest: largest,
                        identifier: "h\(number)-\(place)"
                    ).svg)
            }
            let doc = info.doc.isEmpty ? "" : HTML.escape(info.doc) + ". "
            return section(
                ResultTable.title(info),
                doc + "At the end, mean over \(HTML.escape(over)); rows and columns as the metric has them.",
                Array(pictures), of: means.count)
        }.joined()
    }

    /// The mean of a group's matrices; nil where no run has kept one, or where their shapes differ.
    private func mean(_ name: String, _ group: (title: String, rows: [Int]), _ runs: [RunValues?]) throws -> Mean? {
        var sum: [Double] = []
        var shape: [Int] = []
        var names = (rows: [String](), columns: [String]())
        var count = 0.0
        for case let run? in group.rows.map({ runs[$0] }) {
            guard let array = try run.matrix(name), array.rows > 0 else { continue }
            let values = try array.row(array.rows - 1)
            if count == 0 {
                (sum, shape) = (values, array.shape)
                names = array.rowNames(run.classNames())
            } else if array.shape == shape {
                for place in sum.indices { sum[place] += values[place] }
            } else {
                return nil
            }
            count += 1
        }
        guard count > 0, shape[0] <= 200, shape[1] <= 200 else { return nil }
        return Mean(title: group.title, rows: names.rows, columns: names.columns, values: sum.map { $0 / count })
    }

    // MARK: By sample

    private struct Spread {
        let title: String
        let right: [Double]
        let wrong: [Double]
        var all: [Double] { right + wrong }
    }

    private func bySample(_ runs: [RunValues?]) throws -> String {
        try set.metrics.filter { $0.kind == .bySample }.enumerated().map { number, metric -> String in
            let spreads = try groups.prefix(ReportArrays.most).compactMap { try spread(metric.name, $0, runs) }
            let known = spreads.flatMap { [$0.all.min(), $0.all.max()] }.compactMap { $0 }
            guard let low = known.min(), let high = known.max() else { return "" }
            let range = metric.range ?? (low...(high > low ? high : low + 1))
            let drawn = spreads.map { spread -> (title: String, parts: [SampleHistogram.Part]) in
                let parts = [("right labels", "right", spread.right), ("wrong labels", "wrong", spread.wrong)]
                return (
                    spread.title,
                    parts.filter { !$0.2.isEmpty }.map {
                        SampleHistogram.Part(name: $0.0, style: $0.1, shares: SampleHistogram.shares($0.2, in: range))
                    }
                )
            }
            let largest = drawn.flatMap(\.parts).flatMap(\.shares).max() ?? 0
            let pictures = drawn.enumerated().map { place, one -> String in
                figure(
                    one.title,
                    SampleHistogram(
                        metric: metric, range: range, parts: one.parts, largest: largest,
                        identifier: "s\(number)-\(place)"
                    ).svg)
            }
            let isMixed = spreads.contains { !$0.wrong.isEmpty }
            let legend =
                isMixed
                ? "<ul class=\"legend\">"
                    + [("right", "right labels"), ("wrong", "wrong labels")].map {
                        "<li><svg class=\"histogram\" viewBox=\"0 0 34 12\" aria-hidden=\"true\"><path class=\"\($0.0)\" "
                            + "d=\"M0 0H34V12H0Z\"/></svg>\($0.1)</li>"
                    }.joined() + "</ul>\n" : ""
            return section(
                "\(ResultTable.title(metric)) of the training samples",
                "At the end, over all \(HTML.escape(over)) of a setting: the share of the samples in each of "
                    + "\(SampleHistogram.bins) bins\(isMixed ? ", apart for those with right and with wrong labels" : "").",
                pictures, of: groups.count, legend: legend)
        }.joined()
    }

    private func spread(_ name: String, _ group: (title: String, rows: [Int]), _ runs: [RunValues?]) throws -> Spread? {
        var (right, wrong) = ([Double](), [Double]())
        for case let run? in group.rows.map({ runs[$0] }) {
            guard let values = try run.samples(name) else { continue }
            let labels = try? run.opened()?.readLabels()
            for (place, value) in values.enumerated() where value.isFinite {
                if let labels, labels.true.indices.contains(place), labels.true[place] != labels.given[place] {
                    wrong.append(value)
                } else {
                    right.append(value)
                }
            }
        }
        return right.isEmpty && wrong.isEmpty ? nil : Spread(title: group.title, right: right, wrong: wrong)
    }

    // MARK: Pages

    private func figure(_ title: String, _ svg: String) -> String {
        let caption = title.isEmpty ? "" : "<figcaption><h3>\(HTML.escape(title))</h3></figcaption>\n"
        return "<figure>\(caption)\(svg)</figure>\n"
    }

    private func section(_ heading: String, _ note: String, _ pictures: [String], of count: Int, legend: String = "")
        -> String
    {
        guard !pictures.isEmpty else { return "" }
        var html = "<section><h2>\(HTML.escape(heading))</h2>\n<p class=\"note\">\(note)</p>\n\(legend)"
        html += "<div class=\"grid2\">\n\(pictures.prefix(ReportArrays.open).joined())</div>\n"
        let rest = pictures.dropFirst(ReportArrays.open)
        if !rest.isEmpty {
            html +=
                "<details><summary>\(rest.count) more</summary><div class=\"grid2\">\n\(rest.joined())</div></details>\n"
        }
        if count > pictures.count {
            html += "<p class=\"note\">\(pictures.count) of \(count) settings are drawn.</p>\n"
        }
        return html + "</section>\n"
    }
}
