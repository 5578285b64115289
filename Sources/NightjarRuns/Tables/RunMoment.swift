// Which of a run's values a table takes: at the end, at the best epoch, at a given one.

/// A moment of a run.
public enum RunMoment: Sendable, Equatable {
    case final
    /// The epoch at which a metric was best; nil: for each metric its own best epoch.
    case best(String?)
    case epoch(Int)

    /// `final`, `best`, `best:test_accuracy`, or an epoch's number.
    /// - Throws: `RunError` for anything else.
    public init(_ text: String) throws {
        if text == "final" {
            self = .final
        } else if text == "best" {
            self = .best(nil)
        } else if text.hasPrefix("best:"), text.count > 5 {
            self = .best(String(text.dropFirst(5)))
        } else if let epoch = Int(text), epoch >= 0 {
            self = .epoch(epoch)
        } else {
            throw RunError("'\(text)' is no moment of a run: write final, best, best:METRIC or the number of an epoch")
        }
    }
}

extension RunSet {
    /// The same runs with the values of another moment, read from their `metrics.csv`; titles say which.
    /// - Throws: `RunError` for a metric that is not there or has no better direction, and for files that cannot be read.
    func at(_ moment: RunMoment) throws -> RunSet {
        switch moment {
        case .final: return self
        case .epoch(let epoch):
            return try picked(suffix: " at epoch \(epoch)", remark: "values at epoch \(epoch)") { table in
                guard let row = table.rows.first(where: { $0.epoch == epoch }) else { return [:] }
                return RunSet.values(table.columns, row)
            }
        case .best(let name?):
            let metric = try named(metric: name)
            let isHigher = try RunSet.direction(metric)
            return try picked(
                suffix: " at best \(metric.title)",
                remark:
                    "values at the epoch of each run with the \(isHigher ? "highest" : "lowest") \(metric.title), chosen "
                    + "afterwards"
            ) { table in
                let series = table.series(name).filter { !$0.value.isNaN }
                let best = series.max { isHigher ? $0.value < $1.value : $0.value > $1.value }
                // Of equal ones the first.
                guard let best,
                    let row = table.rows.first(where: { row in
                        series.contains { $0.epoch == row.epoch && $0.value == best.value }
                    })
                else { return [:] }
                return RunSet.values(table.columns, row)
            }
        case .best(nil):
            let directed = metrics.filter { $0.direction != .none && MetricReference($0.name).moment == nil }
            guard !directed.isEmpty else {
                throw RunError(
                    "no metric of these runs says whether more or less of it is better: name one that does, as in "
                        + "best:test_accuracy")
            }
            let set = try picked(
                suffix: " (best)", remark: "the best epoch of each metric in each run, chosen afterwards"
            ) {
                table in
                var values: [String: Double] = [:]
                for metric in directed {
                    let series = table.series(metric.name).map(\.value).filter { !$0.isNaN }
                    values[metric.name] = metric.direction == .higher ? series.max() : series.min()
                }
                return values
            }
            let names = Set(directed.map(\.name))
            return set.with(metrics: set.metrics.filter { names.contains($0.name) })
        }
    }

    @discardableResult
    static func direction(_ metric: MetricInfo) throws -> Bool {
        guard metric.direction != .none else {
            throw RunError(
                "the metric '\(metric.name)' does not say whether more or less of it is better (direction), so it has no best "
                    + "epoch")
        }
        return metric.direction == .higher
    }

    private static func values(_ columns: [String], _ row: MetricsRow) -> [String: Double] {
        var values: [String: Double] = [:]
        for (name, value) in zip(columns, row.values) { values[name] = value }
        return values
    }

    private func picked(
        suffix: String, remark: String, _ values: (MetricsTable) throws -> [String: Double]
    ) throws -> RunSet {
        var rows = rows
        // What has a moment of its own, such as the best value, stays what it is.
        let own = Set(metrics.map(\.name).filter { MetricReference($0).moment != nil })
        let tables = Concurrent.map(Array(rows.indices)) { place in Result { try curves(place) } }
        for place in rows.indices {
            var picked = try tables[place].get().map(values) ?? [:]
            for (name, value) in rows[place].metrics where own.contains(name) { picked[name] = value }
            rows[place].metrics = MetricValues(picked)
        }
        let metrics = metrics.map { metric in
            var metric = metric
            if !own.contains(metric.name) { metric.title += suffix }
            return metric
        }
        return with(metrics: metrics, rows: rows, remark: remark)
    }
}
