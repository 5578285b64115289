import Foundation
import NightjarRuns
import Testing

/// An experiment with seven axes and three metrics of its own: wherever results are shown, every axis and every metric is
/// there, and no number stands for two settings.
@Suite struct EveryAxisTests {
    private static let axes: [(name: String, values: [JSONValue])] = [
        ("data", ["digits", "moons"]), ("model", ["mlp", "cnn"]), ("loss.alpha", [0.01, 0.45]),
        ("noise.kind", ["uniform", "pair"]), ("noise.rate", [0.1, 0.4]), ("depth", [2, 3]), ("seed", [1, 2]),
    ]
    private static let metrics = [
        MetricInfo("calibration", title: "Calibration", direction: .lower, decimals: 6),
        MetricInfo("recall", title: "Recall", unit: "%", direction: .higher, decimals: 6),
        MetricInfo("forgetting", title: "Forgetting", decimals: 6),
    ]

    /// On disk; a setting's number is in each of its metrics, so that merged settings give numbers that no setting has.
    private func store(_ folder: TemporaryFolder) throws -> RunStore {
        let count = 1 << EveryAxisTests.axes.count
        for number in 0..<count {
            let cell = EveryAxisTests.axes.enumerated().map { place, axis in
                CellSetting(axis.name, axis.values[(number >> (EveryAxisTests.axes.count - 1 - place)) & 1])
            }
            let run = try RunFolder.create(
                in: folder.url,
                configuration: RunConfiguration(
                    experiment: "all", cell: cell, replicates: ["seed"], epochs: 2,
                    parts: ["metrics": .array(EveryAxisTests.metrics.map(\.json))]))
            let setting = Double(number / 2)
            let writer = try run.metricsWriter(columns: EveryAxisTests.metrics.map(\.name))
            for epoch in 1...2 { try writer.append(epoch: epoch, [setting, 100 + setting, 200 + setting]) }
            try run.writeSummary(
                RunSummary(
                    status: .finished, epochs: 2,
                    metrics: ["calibration": setting, "recall": 100 + setting, "forgetting": 200 + setting], seconds: 1)
            )
        }
        return try RunStore(reading: folder.url)
    }

    private func set(_ folder: TemporaryFolder) throws -> RunSet {
        let store = try store(folder)
        return try RunSet(try store.runs(), in: store)
    }

    private let means = Set((0..<64).flatMap { setting in [0, 100, 200].map { "\(setting + $0).000000" } })

    @Test func tablesShowEachSettingOnce() throws {
        let folder = try TemporaryFolder()
        let set = try set(folder)
        let table = try TableSpec().table(set)
        for (name, grid) in [("text", table.terminal()), ("markdown", table.markdown), ("latex", table.latex)] {
            let found = grid.matches(of: /\d+\.\d{6}(?= (?:±|\$\\pm\$) 0\.000000)/).map { String($0.output) }
            #expect(found.count == 192 && Set(found) == means, "\(name)")
            for axis in EveryAxisTests.axes where axis.name != "seed" { #expect(grid.contains(axis.name), "\(name)") }
            for metric in EveryAxisTests.metrics { #expect(grid.contains(metric.title), "\(name)") }
        }
        let csv = table.csv.split(separator: "\n")
        #expect(csv.count == 65)
        #expect(Set(csv.dropFirst().map { $0.split(separator: ",").prefix(6).joined(separator: ",") }).count == 64)
        #expect(
            csv[0] == "data,model,loss.alpha,noise.kind,noise.rate,depth,runs,"
                + "calibration_mean,calibration_sd,calibration_low,calibration_high,calibration_n,"
                + "recall_mean,recall_sd,recall_low,recall_high,recall_n,"
                + "forgetting_mean,forgetting_sd,forgetting_low,forgetting_high,forgetting_n")
        #expect(SummaryFile.text(set).split(separator: "\n").count == 129)
    }

    @Test func chosenRowsAndColumnsMergeNothing() throws {
        let folder = try TemporaryFolder()
        let set = try set(folder)
        var spec = TableSpec()
        spec.rows = ["depth"]
        spec.columns = ["noise.kind", "noise.rate"]
        spec.metrics = ["recall"]
        spec.statistics = [.mean]
        let grid = try spec.table(set).grid
        #expect(grid.head.prefix(4) == ["depth", "data", "model", "loss.alpha"])
        #expect(grid.head.suffix(4).first == "noise.kind uniform, noise.rate 0.1" || grid.head.count == 9)
        let numbers = grid.lines.flatMap { $0.suffix(4) }
        #expect(numbers.count == 64 && Set(numbers) == Set((100..<164).map { "\($0).000000" }))
    }

    @Test func figuresHaveAPanelOrAColourForEachSetting() throws {
        let folder = try TemporaryFolder()
        let set = try set(folder)
        for x in ["epoch", "noise.rate"] {
            let figure = try Figure(FigureSpec(x: x, y: ["calibration", "recall", "forgetting"], by: ["depth"]), set)
            let ends = figure.panels.flatMap(\.series).flatMap { series in
                series.bundle.points.filter { x != "epoch" || $0.x == 2 }.map { ($0.mean, $0.count) }
            }
            #expect(ends.count == 192 && Set(ends.map(\.0)).count == 192, "\(x)")
            #expect(ends.allSatisfy { $0.1 == 2 }, "\(x)")
            let svg = try FigureFile(figure).svg()
            for axis in EveryAxisTests.axes where axis.name != "seed" { #expect(svg.contains(axis.name), "\(x)") }
            for metric in EveryAxisTests.metrics { #expect(svg.contains(metric.title), "\(x)") }
        }
    }

    @Test func theReportShowsEachSettingOnce() throws {
        let folder = try TemporaryFolder()
        let html = try Report(title: "All", set: try set(folder)).html()
        let found = html.matches(of: /<td>(\d+\.\d{6}) <span class="sd">± 0\.000000<\/span>/).map {
            String($0.output.1)
        }
        #expect(found.count == 192 && Set(found) == means)
        #expect(html.matches(of: /<svg class="panel"/).count == 96)
        for axis in EveryAxisTests.axes { #expect(html.contains(">\(axis.name)</th>")) }
        #expect(html.matches(of: /<td class="text">finished<\/td>/).count == 128)
    }
}
