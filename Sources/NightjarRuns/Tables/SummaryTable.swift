// The table of an experiment: mean and spread over seeds for each loss and noise rate.

/// Groups rows by data, model, loss and rate, and shows chosen metrics over the seeds of each group.
public struct SummaryTable: Sendable {
    /// One loss at one rate.
    public struct Group: Sendable {
        public let data: String
        public let model: String
        public let loss: String
        public let rate: Double
        /// The group's runs, by ascending seed.
        public let rows: [SummaryRow]

        /// A metric over the group's seeds; nil where no run defines it.
        public func statistics(_ metric: SummaryMetric) -> SeedStatistics? {
            SeedStatistics(rows.compactMap { $0.value(metric) })
        }
    }

    /// The lines and columns of one pair of data and model.
    public struct Section: Sendable {
        public let data: String
        public let model: String
        public let losses: [String]
        public let rates: [Double]
        let groups: [Group]

        public func group(loss: String, rate: Double) -> Group? {
            groups.first { $0.loss == loss && $0.rate == rate }
        }
    }

    /// All rows in grid order.
    public let rows: [SummaryRow]
    public let metrics: [SummaryMetric]
    public let sections: [Section]

    /// - Parameters:
    ///   - order: how names are ordered; nil keeps the order in which they first appear.
    ///   - metrics: what to show, J1 and J2 where nothing else is asked for.
    public init(_ rows: [SummaryRow], order: GridOrder? = nil, metrics: [SummaryMetric] = [.j1, .j2]) {
        let rows = (order ?? GridOrder(of: rows)).sorted(rows)
        self.rows = rows
        self.metrics = metrics
        var sections: [Section] = []
        for data in GridOrder.unique(rows.map(\.data)) {
            let ofData = rows.filter { $0.data == data }
            for model in GridOrder.unique(ofData.map(\.model)) {
                let own = ofData.filter { $0.model == model }
                let losses = GridOrder.unique(own.map(\.loss))
                let rates = Set(own.map(\.rate)).sorted()
                var groups: [Group] = []
                for loss in losses {
                    for rate in rates {
                        let runs = own.filter { $0.loss == loss && $0.rate == rate }
                        guard !runs.isEmpty else { continue }
                        groups.append(Group(data: data, model: model, loss: loss, rate: rate, rows: runs))
                    }
                }
                sections.append(Section(data: data, model: model, losses: losses, rates: rates, groups: groups))
            }
        }
        self.sections = sections
    }

    /// The number of seeds a group has at least and at most; nil where there are no rows.
    public var seedCounts: ClosedRange<Int>? {
        let counts = sections.flatMap(\.groups).map(\.rows.count)
        guard let least = counts.min(), let most = counts.max() else { return nil }
        return least...most
    }

    /// A line under a table that says what its numbers are.
    public var note: String {
        guard let counts = seedCounts else { return "no finished runs" }
        if counts == 1...1 { return "percent; one seed" }
        let seeds =
            counts.lowerBound == counts.upperBound
            ? "\(counts.upperBound) seeds" : "\(counts.lowerBound) to \(counts.upperBound) seeds"
        return "percent; mean ± sample standard deviation over \(seeds)"
    }
}
