import Foundation
import NightjarRuns
import Testing

/// An experiment with seven axes and three metrics of its own, a number, one by class and one by sample: wherever results
/// are shown, every axis and every metric is there, and no number stands for two settings.
@Suite struct EveryAxisTests {
    private static let axes: [(name: String, values: [JSONValue])] = [
        ("data", ["digits", "moons"]), ("model", ["mlp", "cnn"]), ("loss.alpha", [0.01, 0.45]),
        ("noise.kind", ["uniform", "pair"]), ("noise.rate", [0.1, 0.4]), ("depth", [2, 3]), ("seed", [1, 2]),
    ]
    private static let classes = ["cat", "dog"]
    private static let quantiles = ["q10", "median", "q90"]
    private static var metrics: [MetricInfo] {
        var recall = MetricInfo("recall", title: "Recall", unit: "%", direction: .higher, decimals: 6)
        recall.kind = .byClass
        var hardness = MetricInfo("hardness", title: "Hardness", range: 0...1, decimals: 6)
        hardness.kind = .bySample
        func entries(_ metric: MetricInfo, _ names: [String]) -> [MetricInfo] {
            names.map { name in
                var entry = metric
                entry.name = "\(metric.name)[\(name)]"
                entry.title = "\(metric.title) (\(name))"
                (entry.isHeadline, entry.kind, entry.parent) = (false, .number, metric.name)
                return entry
            }
        }
        return [MetricInfo("calibration", title: "Calibration", direction: .lower, decimals: 6), recall]
            + entries(recall, classes) + [hardness] + entries(hardness, quantiles)
    }
    private static let headlines = ["Calibration", "Recall (%)", "Hardness"]

    /// A metric of a setting at an epoch: every pair has another number, so that settings which are merged give numbers that
    /// no setting has.
    private static func value(_ metric: Int, _ setting: Int, epoch: Int) -> Double {
        Double(1000 * metric + setting) + (epoch == 2 ? 0 : 0.5)
    }

    private func store(_ folder: TemporaryFolder) throws -> RunStore {
        let metrics = EveryAxisTests.metrics
        var confusion = MetricInfo("confusion", title: "Confusion", decimals: 1)
        confusion.kind = .matrix
        for number in 0..<1 << EveryAxisTests.axes.count {
            let cell = EveryAxisTests.axes.enumerated().map { place, axis in
                CellSetting(axis.name, axis.values[(number >> (EveryAxisTests.axes.count - 1 - place)) & 1])
            }
            let run = try RunFolder.create(
                in: folder.url,
                configuration: RunConfiguration(
                    experiment: "all", cell: cell, replicates: ["seed"], epochs: 2,
                    parts: [
                        "metrics": .array(metrics.map(\.json)), "arrays": [confusion.json],
                        "class_names": .array(EveryAxisTests.classes.map { .string($0) }),
                        "ledger": ["loss", "hardness"],
                    ]))
            let setting = number / 2
            let writer = try run.metricsWriter(columns: metrics.map(\.name))
            for epoch in 1...2 {
                try writer.append(
                    epoch: epoch, metrics.indices.map { EveryAxisTests.value($0, setting, epoch: epoch) })
            }
            _ = try run.made("arrays")
            let matrix = try ArrayLog(run.arrayURL("confusion"), shape: [2, 2], element: .float64)
            let ledger = try ArrayLog(run.ledgerURL, shape: [4, 2], element: .float32)
            for epoch in 0..<2 {
                let entries = (0..<4).map { Double(10_000 * $0 + setting) + (epoch == 1 ? 0 : 0.5) }
                try entries.withUnsafeBytes { try matrix.append($0, at: epoch) }
                let samples = (0..<4).flatMap { [Float(0), Float($0) / 4] }
                try samples.withUnsafeBytes { try ledger.append($0, at: epoch) }
            }
            try run.writeLabels(true: [0, 1, 0, 1], given: [0, 1, 1, 1])
            let table = try run.readMetrics()
            try run.writeSummary(
                RunSummary(
                    status: .finished, epochs: 2,
                    metrics: Dictionary(
                        uniqueKeysWithValues: metrics.indices.map {
                            (metrics[$0].name, EveryAxisTests.value($0, setting, epoch: 2))
                        }),
                    best: table.best(by: "recall", .higher), seconds: 1))
        }
        return try RunStore(reading: folder.url)
    }

    private func set(_ folder: TemporaryFolder) throws -> RunSet {
        let store = try store(folder)
        return try RunSet(try store.runs(), in: store)
    }

    /// The numbers of some metrics over all settings, as tables write them.
    private func numbers(_ metrics: [Int], epoch: Int = 2) -> Set<String> {
        Set(
            metrics.flatMap { metric in
                (0..<64).map { NumberText.fixed(EveryAxisTests.value(metric, $0, epoch: epoch), decimals: 6) }
            })
    }

    private func named(_ names: String...) -> [Int] {
        names.compactMap { name in EveryAxisTests.metrics.firstIndex { $0.name == name } }
    }

    @Test func tablesShowEachSettingOnce() throws {
        let folder = try TemporaryFolder()
        let set = try set(folder)
        let table = try TableSpec().table(set)
        let means = numbers(named("calibration", "recall", "hardness"))
        for (name, grid) in [("text", table.terminal()), ("markdown", table.markdown), ("latex", table.latex)] {
            let found = grid.matches(of: /\d+\.\d{6}(?= (?:±|\$\\pm\$) 0\.000000)/).map { String($0.output) }
            #expect(found.count == 192 && Set(found) == means, "\(name)")
            for axis in EveryAxisTests.axes where axis.name != "seed" { #expect(grid.contains(axis.name), "\(name)") }
            for title in ["Calibration", "Recall", "Hardness"] { #expect(grid.contains(title), "\(name)") }
        }
        let csv = table.csv.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        let axes = EveryAxisTests.axes.map(\.name).filter { $0 != "seed" }
        #expect(
            csv[0].map(String.init) == axes + ["runs"]
                + ["calibration", "recall", "hardness"].flatMap { name in
                    (["mean", "sd", "low", "high", "n"] + (name == "recall" ? ["unit"] : [])).map { "\(name)_\($0)" }
                })
        #expect(csv.count == 65 && csv.allSatisfy { $0.count == 23 })
        #expect(Set(csv.dropFirst().map { $0.prefix(6).joined(separator: ",") }).count == 64)
        for (column, metric) in [(7, "calibration"), (12, "recall"), (18, "hardness")] {
            let expected = (0..<64).map { EveryAxisTests.value(named(metric)[0], $0, epoch: 2) }
            #expect(csv.dropFirst().compactMap { Double($0[column]) }.sorted() == expected, "\(metric)")
        }
    }

    @Test func classesQuantilesEntriesAndOtherEpochsAreAskedForByName() throws {
        let folder = try TemporaryFolder()
        let set = try set(folder)
        var spec = TableSpec()
        spec.metrics = [
            "recall[*]", "hardness[q90]", "confusion[cat,dog]", "Recall@1", "best(recall)", "recall[dog]@best(recall)",
            "epoch@best(recall)",
        ]
        spec.statistics = [.mean]
        let table = try spec.table(set)
        #expect(
            table.metrics.map(\.name) == [
                "recall[cat]", "recall[dog]", "hardness[q90]", "confusion[cat,dog]", "recall@1", "best(recall)",
                "recall[dog]@best(recall)", "epoch@best(recall)",
            ])
        #expect(
            table.metrics.map(\.title) == [
                "Recall (cat)", "Recall (dog)", "Hardness (q90)", "Confusion [cat, dog]", "Recall at epoch 1",
                "Recall (best)", "Recall (dog) at best Recall", "epoch of best Recall",
            ])
        for (metric, expected) in zip(
            table.metrics,
            [
                numbers(named("recall[cat]")), numbers(named("recall[dog]")), numbers(named("hardness[q90]")),
                Set((10_000..<10_064).map { "\($0).0" }), numbers(named("recall"), epoch: 1),
                numbers(named("recall"), epoch: 1), numbers(named("recall[dog]"), epoch: 1), ["1"],
            ])
        {
            let found = table.groups.map { table.text($0, metric) }
            #expect(found.count == 64 && Set(found) == expected, "\(metric.name)")
        }
        #expect(table.note.hasSuffix("best epochs are chosen afterwards"), "\(table.note)")
    }

    @Test func aMatrixIsAskedForAsAWholeOrByARow() throws {
        let folder = try TemporaryFolder()
        let set = try set(folder)
        func entries(_ text: String) throws -> [String] {
            var spec = TableSpec()
            spec.metrics = [text]
            return try spec.table(set).metrics.map(\.name)
        }
        #expect(
            try entries("confusion[*,*]") == [
                "confusion[cat,cat]", "confusion[cat,dog]", "confusion[dog,cat]", "confusion[dog,dog]",
            ])
        #expect(try entries("confusion[dog,*]@1") == ["confusion[dog,cat]@1", "confusion[dog,dog]@1"])
        #expect(try entries("confusion[*,cat]") == ["confusion[cat,cat]", "confusion[dog,cat]"])
        var spec = TableSpec()
        spec.metrics = ["confusion[*,cat]"]
        spec.statistics = [.mean]
        let table = try spec.table(set)
        for (place, metric) in table.metrics.enumerated() {
            let found = table.groups.map { table.text($0, metric) }
            #expect(Set(found) == Set((0..<64).map { "\(20_000 * place + $0).0" }))
        }
        #expect(
            message { _ = try entries("confusion") }
                == "'confusion' is a matrix, and here stands one number: confusion[cat,cat] is an entry, confusion[*,*] stands "
                + "for all of them")
        #expect(
            message { _ = try entries("confusions[*,*]") }
                == "there is no matrix 'confusions': did you mean 'confusion'?\n  matrices are confusion")
    }

    /// A curve has a number for each epoch: what has not is told so, and where it is drawn.
    @Test func aCurveOfWhatHasNoNumberAnEpochIsRefused() throws {
        let folder = try TemporaryFolder()
        let store = try store(folder)
        let set = try RunSet(try store.runs(RunQuery()), in: store)
        func message(_ y: String) -> String? {
            do {
                _ = try Figure(FigureSpec(x: "epoch", y: [y], by: ["depth"]), set)
                return nil
            } catch {
                return "\(error)"
            }
        }
        let matrix =
            "'confusion' is a matrix, which has no curve over epochs: a report shows it, and its entries are drawn over an "
            + "axis (x)"
        #expect(message("confusion") == matrix)
        #expect(message("confusion[cat,dog]") == matrix)
        #expect(message("confusion[cat,dog]@1") == matrix)
        #expect(
            message("recall[dog]@1")
                == "'recall[dog]@1' is of one epoch of each run, and a curve over epochs has them all: draw recall[dog], or "
                + "choose an axis for x")
        #expect(message("recall[dog]") == nil)
    }

    /// Entries of a matrix, classes and quantiles are conditions and columns of lists like all others.
    @Test func whatOnlyFilesHaveIsFoundAndListed() throws {
        let folder = try TemporaryFolder()
        let store = try store(folder)
        func count(_ condition: String) throws -> Int { try store.runs(RunQuery(where: condition)).count }
        #expect(try count("confusion[cat,dog] = 10003") == 2)
        #expect(try count("confusion[cat,dog] < 10003") == 6)
        #expect(try count("hardness[q90] > 0 and recall[dog]@1 > 0") == 128)
        #expect(try count("recall@2 = 1003 and confusion[dog,dog] > 30002 and noise.kind = 'pair'") == 0)
        let list = try RunList(
            try store.runs(), in: store,
            .init(columns: ["confusion[dog,cat]", "recall[dog]"], sort: ["-confusion[dog,cat]"], limit: 2))
        #expect(list.csv == "\"confusion[dog,cat]\",recall[dog]\n20063,3063\n20063,3063\n")
        #expect(
            message { _ = try count("confusions[cat,dog] > 1") }
                == "there is no matrix 'confusions': did you mean 'confusion'?\n  matrices are confusion")
    }

    @Test func theSummaryHasARowARunAndAColumnAnAxisAndAMetric() throws {
        let folder = try TemporaryFolder()
        let lines = SummaryFile.text(try set(folder)).split(separator: "\n").map { $0.split(separator: ",") }
        let names = EveryAxisTests.metrics.map(\.name)
        let best = ["epoch@best(recall)"] + names.map { $0 == "recall" ? "best(recall)" : "\($0)@best(recall)" }
        #expect(lines[0].map(String.init) == EveryAxisTests.axes.map(\.name) + ["status", "epochs"] + names + best)
        #expect(lines.count == 129 && lines.allSatisfy { $0.count == lines[0].count })
        #expect(Set(lines.dropFirst().map { $0.prefix(7).joined(separator: ",") }).count == 128)
        for (place, name) in names.enumerated() {
            let expected = (0..<64).flatMap { setting in
                [Double](repeating: EveryAxisTests.value(place, setting, epoch: 2), count: 2)
            }
            #expect(lines.dropFirst().compactMap { Double($0[9 + place]) }.sorted() == expected, "\(name)")
        }
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
        #expect(
            grid.head == [
                "depth", "data", "model", "loss.alpha", "", "noise.kind pair, noise.rate 0.1",
                "noise.kind pair, noise.rate 0.4", "noise.kind uniform, noise.rate 0.1",
                "noise.kind uniform, noise.rate 0.4",
            ])
        #expect(grid.lines.count == 16)
        #expect(Set(grid.lines.map { $0.prefix(4).joined(separator: " ") }).count == 16)
        let found = grid.lines.flatMap { $0.suffix(4) }
        #expect(found.count == 64 && Set(found) == numbers(named("recall")))
    }

    @Test func figuresHaveAPanelOrAColourForEachSetting() throws {
        let folder = try TemporaryFolder()
        let set = try set(folder)
        for x in ["epoch", "noise.rate"] {
            let figure = try Figure(FigureSpec(x: x, y: ["calibration", "recall", "hardness"], by: ["depth"]), set)
            let ends = figure.panels.flatMap(\.series).flatMap { series in
                series.bundle.points.filter { x != "epoch" || $0.x == 2 }.map { ($0.mean, $0.count) }
            }
            #expect(ends.count == 192 && Set(ends.map(\.0)).count == 192, "\(x)")
            #expect(ends.allSatisfy { $0.1 == 2 }, "\(x)")
            let svg = try FigureFile(figure).svg()
            for axis in EveryAxisTests.axes where axis.name != "seed" { #expect(svg.contains(axis.name), "\(x)") }
            for title in ["Calibration", "Recall", "Hardness"] { #expect(svg.contains(title), "\(x)") }
        }
    }

    /// The best epoch of a run, and entries of matrices, go along an axis like the values at the end.
    @Test func figuresOverAnAxisTakeOtherMoments() throws {
        let folder = try TemporaryFolder()
        let figure = try Figure(
            FigureSpec(x: "noise.rate", y: ["best(recall)", "confusion[dog,cat]"], by: ["depth"]), try set(folder))
        #expect(figure.metrics.map(\.title) == ["Recall (best)", "Confusion [dog, cat]"])
        let points = figure.panels.flatMap(\.series).flatMap { series in
            series.bundle.points.map { (series.metric, $0.mean) }
        }
        let recall = EveryAxisTests.metrics.firstIndex { $0.name == "recall" } ?? 0
        let best = (0..<64).map { EveryAxisTests.value(recall, $0, epoch: 1) }
        #expect(points.filter { $0.0 == 0 }.map(\.1).sorted() == best)
        #expect(points.filter { $0.0 == 1 }.map(\.1).sorted() == (0..<64).map { Double(20_000 + $0) })
    }

    @Test func theReportShowsEachSettingOnce() throws {
        let folder = try TemporaryFolder()
        let html = try Report(title: "All", set: try set(folder)).html()
        let found = html.matches(of: /<td>(\d+\.\d{6}) <span class="sd">± 0\.000000<\/span>/).map {
            String($0.output.1)
        }
        #expect(found.count == 192 && Set(found) == numbers(named("calibration", "recall", "hardness")))
        #expect(html.matches(of: /<svg class="panel"/).count == 96)
        for axis in EveryAxisTests.axes { #expect(html.contains(">\(axis.name)</th>")) }
        #expect(html.matches(of: /<td class="text">finished<\/td>/).count == 128)
        // A line a setting by class, a picture a setting of the matrix and of the samples.
        let byClass = try #require(section(html, "Recall (%) by class"))
        #expect(byClass.contains(">cat</th>") && byClass.contains(">dog</th>"))
        let numbers = byClass.matches(of: /<td>(\d+\.\d{6})<\/td>/).map { String($0.output.1) }
        #expect(numbers.count == 128 && Set(numbers) == self.numbers(named("recall[cat]", "recall[dog]")))
        let matrices = try #require(section(html, "Confusion"))
        let entries = matrices.matches(of: /<title>(\w+), (\w+): (\d+)<\/title>/)
        #expect(entries.count == 256 && Set(entries.map { String($0.output.3) }).count == 256)
        #expect(entries.filter { $0.output.1 == "cat" && $0.output.2 == "cat" }.count == 64)
        let samples = try #require(section(html, "Hardness of the training samples"))
        #expect(samples.matches(of: /<svg class="histogram" viewBox="0 0 436 196"/).count == 64)
        #expect(samples.matches(of: /<title>wrong labels<\/title>/).count == 64)
    }

    private func section(_ html: String, _ heading: String) -> Substring? {
        guard let start = html.range(of: "<section><h2>\(heading)</h2>") else { return nil }
        let rest = html[start.lowerBound...]
        return rest.range(of: "</section>").map { rest[..<$0.lowerBound] }
    }
}
