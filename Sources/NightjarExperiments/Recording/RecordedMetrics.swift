import NightjarRuns

/// How the numbers that a script records itself are shown, as far as it or its experiment says so.
struct RecordedMetrics {
    /// The metrics that the experiment shows; nil: those that are declared so, and all that are not declared.
    let shown: [String]?
    private var declared: [MetricInfo]

    init(shown: [String]? = nil, declared: [MetricInfo] = []) {
        self.shown = shown
        self.declared = declared
    }

    /// Takes declarations; a later one of a name counts.
    /// - Returns: whether anything is said otherwise than before.
    mutating func declare(_ metrics: [MetricInfo]) -> Bool {
        let before = declared
        for metric in metrics {
            if let place = declared.firstIndex(where: { $0.name == metric.name }) {
                declared[place] = metric
            } else {
                declared.append(metric)
            }
        }
        return declared != before
    }

    /// Takes what an earlier run said, where nothing is said now.
    mutating func keep(_ earlier: [MetricInfo]) {
        for var metric in earlier where MetricReference(metric.name).moment == nil {
            guard !declared.contains(where: { $0.name == metric.name }) else { continue }
            metric.isHeadline = true
            declared.append(metric)
        }
    }

    /// Declarations of numbers of which the script says nothing: they are needed where the experiment says what it shows,
    /// which goes for these as well.
    func lacking(_ values: [(name: String, value: Double)]) -> [MetricInfo] {
        guard shown != nil else { return [] }
        let known = Set(declared.map(\.name))
        return values.map(\.name).filter { !known.contains($0) }.sorted().map { MetricInfo($0) }
    }

    /// As `config.json` has them; nil where there are none.
    /// - Parameter measured: what the training of the run measures.
    func json(beside measured: [MetricInfo]) -> JSONValue? {
        guard !declared.isEmpty else { return nil }
        guard let shown else { return .array(declared.map(\.json)) }
        let names = Set(measured.map(\.name))
        let all = MetricNames.declared(measured + declared, matrices: [], showing: shown)
        return .array(all.filter { !names.contains($0.name) }.map(\.json))
    }
}
