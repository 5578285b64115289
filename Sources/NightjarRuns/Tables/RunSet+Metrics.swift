// Metrics of a set of runs by the texts that people write.

extension RunSet {
    /// The runs with the values that texts ask for, and the declarations of these in the order of the texts.
    ///
    /// A text is the name of a metric, its title where only one has that, or a ``MetricReference``. Values of other
    /// moments than that of the set are read from the runs' files, once however many ask.
    /// - Parameters:
    ///   - original: the set before it was taken to another moment, for titles.
    ///   - moment: the moment that the set is of.
    /// - Throws: `RunError` for a text that names nothing, and for files that cannot be read.
    package func resolving(
        _ texts: [String], of original: RunSet? = nil, at moment: RunMoment = .final
    ) throws -> (set: RunSet, metrics: [MetricInfo]) {
        let original = original ?? self
        var shown: [MetricInfo] = []
        var sought: [(MetricReference, MetricInfo)] = []
        for text in try texts.flatMap({ try original.expanded($0) }) {
            if let known = metric(text) {
                shown.append(known)
                continue
            }
            let (reference, info) = try original.declaration(MetricReference(text))
            // What a run has put into its summary need not be looked up; so the plain value under another spelling.
            if let known = metric(reference.text) {
                shown.append(known)
                continue
            }
            shown.append(info)
            if !sought.contains(where: { $0.0 == reference }) { sought.append((reference, info)) }
        }
        guard !sought.isEmpty else { return (self, shown) }
        let infos = Dictionary(original.metrics.map { ($0.name, $0) }) { first, _ in first }
        let references = sought.map(\.0)
        let found = Concurrent.map(Array(rows.indices)) { place -> Result<[Double?], any Error> in
            Result {
                guard let folder = folder(place) else { return references.map { _ in nil } }
                let values = RunValues(folder) { infos[$0] }
                return try references.map { try values.value($0, at: moment) }
            }
        }
        var filled = rows
        for (place, values) in found.enumerated() {
            for (reference, value) in zip(references, try values.get()) {
                filled[place].metrics[reference.text] = value
            }
        }
        return (with(metrics: metrics + sought.map(\.1), rows: filled), shown)
    }

    /// Entries that a text with `*` may stand for.
    private static let mostEntries = 1000

    /// `recall[*]`, `confusion[*,*]` and `confusion[cat,*]` as the texts of all the entries that they stand for.
    private func expanded(_ text: String) throws -> [String] {
        guard metric(text) == nil, text.contains("*") else { return [text] }
        let reference = MetricReference(text)
        if let entry = reference.entry, metric(reference.metric) == nil, entry.row == "*" || entry.column == "*" {
            let names = try entryNames(entry.matrix)
            let rows = entry.row == "*" ? names.rows : [entry.row]
            let columns = entry.column == "*" ? names.columns : [entry.column]
            let (count, isTooMany) = rows.count.multipliedReportingOverflow(by: columns.count)
            guard !isTooMany, count <= RunSet.mostEntries else {
                throw RunError(
                    "'\(text)' stands for \(count) entries, more than \(RunSet.mostEntries): name a row or a column, as in "
                        + "\(entry.matrix)[\(names.rows.first ?? "1"),*]")
            }
            return rows.flatMap { row in
                columns.map { MetricReference("\(entry.matrix)[\(row),\($0)]", at: reference.moment).text }
            }
        }
        guard reference.metric.hasSuffix("[*]") else { return [text] }
        let name = try named(metric: String(reference.metric.dropLast(3))).name
        let entries = metrics.filter { $0.parent == name && $0.name.hasPrefix(name + "[") }
        guard !entries.isEmpty else { throw RunError("the metric '\(name)' has no entries: it is one number") }
        return entries.map { MetricReference($0.name, at: reference.moment).text }
    }

    /// A reference with the metrics' own names in the place of titles, and what it is.
    private func declaration(_ given: MetricReference) throws -> (MetricReference, MetricInfo) {
        var moment = given.moment
        if case .best(let other?)? = moment { moment = .best(try named(metric: other).name) }
        func title(_ name: String) -> String { metric(name)?.title ?? name }
        if given.metric == "epoch", let moment, metric("epoch") == nil {
            let reference = MetricReference("epoch", at: moment)
            var info = MetricInfo("epoch", decimals: 0)
            if case .best(let other?) = moment { info.title = "epoch of best \(title(other))" }
            var result = reference.info(info, title: title)
            result.title = info.title
            return (reference, result)
        }
        if let entry = given.entry, metric(given.metric) == nil {
            let reference = MetricReference(given.metric, at: moment)
            if case .best(nil)? = moment {
                throw RunError(
                    "an entry of a matrix does not say which way is better: name a metric, as in "
                        + "\(given.metric)@best(test_accuracy)")
            }
            let info = RunSet.entry(entry, of: try matrix(entry.matrix), MetricReference(given.metric, at: nil))
            return (reference, reference.info(info, title: title))
        }
        if metric(given.metric) == nil, let matrix = try? matrix(given.metric) {
            let names = try entryNames(matrix.name)
            let one = "\(matrix.name)[\(names.rows.first ?? "1"),\(names.columns.first ?? "1")]"
            throw RunError(
                "'\(matrix.name)' is a matrix, and here stands one number: \(one) is an entry, \(matrix.name)[*,*] stands for "
                    + "all of them")
        }
        let base = try named(metric: given.metric)
        if moment == .best(nil) { _ = try RunSet.direction(base) }
        if case .best(let other?)? = moment { _ = try RunSet.direction(try named(metric: other)) }
        let reference = MetricReference(base.name, at: moment)
        return (reference, reference.info(base, title: title))
    }

    /// The declaration of a metric that is drawn over epochs.
    /// - Throws: `RunError` for what has no number for each epoch: a matrix, its entries, a metric at one moment.
    func named(curve name: String) throws -> MetricInfo {
        let reference = MetricReference(name)
        guard metric(name) == nil else { return try named(metric: name) }
        if reference.moment != nil, let base = try? named(metric: reference.metric) {
            throw RunError(
                "'\(name)' is of one epoch of each run, and a curve over epochs has them all: draw \(base.name), or choose "
                    + "an axis for x")
        }
        if let matrix = try? matrix(reference.entry?.matrix ?? name) {
            throw RunError(
                "'\(matrix.name)' is a matrix, which has no curve over epochs: a report shows it, and its entries are drawn "
                    + "over an axis (x)")
        }
        return try named(metric: name)
    }

    /// The declaration of a matrix that some run has kept.
    private func matrix(_ name: String) throws -> MetricInfo {
        var known: [String] = []
        for case let folder? in folders {
            let matrices = RunValues(folder, info: { _ in nil }).matrices()
            if let info = matrices.first(where: { $0.name == name }) { return info }
            known += matrices.map(\.name)
            // Runs of a set mostly measure the same.
            if !known.isEmpty { break }
        }
        throw RunError(RunSet.unknown("there is no matrix", name, known, "matrices"))
    }

    /// What rows and columns of a matrix are called in the first run that has kept it.
    private func entryNames(_ name: String) throws -> (rows: [String], columns: [String]) {
        _ = try matrix(name)
        for case let folder? in folders {
            let values = RunValues(folder, info: { _ in nil })
            if let array = try values.matrix(name) { return array.rowNames(values.classNames()) }
        }
        throw RunError("no run has kept the matrix '\(name)'")
    }

    /// The declaration of an entry of a matrix.
    static func entry(
        _ entry: (matrix: String, row: String, column: String), of matrix: MetricInfo, _ reference: MetricReference
    ) -> MetricInfo {
        var info = matrix
        info.title = "\(matrix.title) [\(entry.row), \(entry.column)]"
        return reference.info(info) { $0 }
    }

    /// What a name that a run has recorded, and nobody has declared, stands for: a metric by itself, or one of another
    /// moment.
    static func undeclared(_ name: String, among declared: [MetricInfo]) -> MetricInfo {
        let reference = MetricReference(name)
        guard let moment = reference.moment else { return MetricInfo(name) }
        let base = declared.first { $0.name == reference.metric }
        guard base != nil || reference.metric == "epoch" else { return MetricInfo(name) }
        func title(_ name: String) -> String { declared.first { $0.name == name }?.title ?? name }
        var info = reference.info(base ?? MetricInfo("epoch", decimals: 0), title: title)
        if base == nil, case .best(let other?) = moment { info.title = "epoch of best \(title(other))" }
        info.isHeadline = false
        return info
    }
}
