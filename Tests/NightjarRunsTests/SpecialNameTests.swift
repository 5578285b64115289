import Foundation
import NightjarRuns
import Testing

/// Axes that are called as runs' own columns are, or as what goes along a figure: they are axes like all others.
@Suite struct SpecialNameTests {
    /// Four runs of axes `epoch`, `status` and `run`; the first fails.
    private func store(_ folder: TemporaryFolder) throws -> RunStore {
        for (number, (epoch, status)) in [(1, "failed"), (1, "finished"), (2, "failed"), (2, "finished")].enumerated() {
            let run = try RunFolder.create(
                in: folder.url,
                configuration: RunConfiguration(
                    experiment: "special",
                    cell: [
                        CellSetting("epoch", .integer(epoch)), CellSetting("status", .string(status)),
                        CellSetting("run", 7), CellSetting("epochs", 5), CellSetting("seconds", 9),
                    ], replicates: [], epochs: 3))
            let writer = try run.metricsWriter(columns: ["v"])
            for row in 1...3 { try writer.append(epoch: row, [Double(100 * number + row)]) }
            try run.writeSummary(
                RunSummary(
                    status: number == 0 ? .failed : .finished, epochs: 3, metrics: ["v": Double(100 * number + 3)],
                    seconds: 1.5))
        }
        return try RunStore(reading: folder.url)
    }

    @Test func aFigureHasTheAxisOrTheEpochsOfTrainingAndMergesNothing() throws {
        let folder = try TemporaryFolder()
        let store = try store(folder)
        let set = try RunSet(try store.runs(), in: store)
        let byAxis = try Figure(FigureSpec(x: "epoch", y: ["v"], by: ["status"]), set)
        #expect(!byAxis.isEpoch && byAxis.heading == "v by epoch")
        #expect(
            byAxis.panels.flatMap(\.series).map { $0.bundle.points.map { [$0.x, $0.mean] } } == [
                [[2, 203]], [[1, 103], [2, 303]],
            ])
        let curves = try Figure(FigureSpec(y: ["v"], by: ["status"]), set)
        #expect(curves.isEpoch && curves.heading == "v during training")
        #expect(curves.panels.map(\.title) == ["epoch 1", "epoch 2"])
        #expect(curves.panels.flatMap(\.series).allSatisfy { $0.bundle.points.allSatisfy { $0.count == 1 } })
        #expect(
            curves.panels.flatMap(\.series).map { $0.bundle.points.map(\.mean) } == [
                [101, 102, 103], [201, 202, 203], [301, 302, 303],
            ])
        // Where no axis is called so, both words mean the epochs.
        let other = RunSet(
            axes: [], metrics: [MetricInfo("v")], rows: [RunRow(cell: [CellSetting("k", 1)], metrics: ["v": 1])])
        let table = try MetricsTable(
            contentsOf: store.folder(of: try #require(try store.runs().first).id)
                .appendingPathComponent("metrics.csv"))
        for x in ["epoch", FigureSpec.epochs] {
            #expect(try Figure(FigureSpec(x: x, y: ["v"]), other, curves: { _ in table }).isEpoch)
        }
    }

    /// A metric that a run itself has a number of that name of is the metric; the other has another name.
    @Test func metricsMayBeCalledAsWhatRunsAre() throws {
        let folder = try TemporaryFolder()
        let run = try RunFolder.create(
            in: folder.url, configuration: RunConfiguration(experiment: "named", cell: [], epochs: 1))
        try run.writeSummary(
            RunSummary(status: .finished, epochs: 1, metrics: ["seconds": 41, "epochs": 7], seconds: 1.5))
        let store = try RunStore(reading: folder.url)
        let text = try RunList(try store.runs(), in: store).text()
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines[0] == ["run", "status", "run_epochs", "epochs", "seconds", "run_seconds"])
        #expect(lines[1].dropFirst(2) == ["1", "7.000", "41.000", "1.5"])
        #expect(try store.runs(RunQuery(where: "seconds = 41 and run_seconds < 2 and epochs = 7")).count == 1)
    }

    @Test func listsAndConditionsTellAxesFromWhatRunsAre() throws {
        let folder = try TemporaryFolder()
        let store = try store(folder)
        let lines = try RunList(try store.runs(), in: store).text().split(separator: "\n").map {
            $0.split(separator: " ").map(String.init)
        }
        #expect(lines[0] == ["run_run", "run_status", "run_epochs", "v", "run_seconds"])
        #expect(lines.dropFirst().allSatisfy { $0[0].hasPrefix("special/") && $0[2] == "3" && $0[4] == "1.5" })
        #expect(lines.dropFirst().filter { $0[1] == "failed" }.count == 1)
        let columns = try RunList(
            try store.runs(), in: store,
            .init(columns: ["status", "run_status", "run", "epochs"], sort: ["-run_status"]))
        #expect(columns.csv.hasPrefix("status,run_status,run,epochs\n"))
        #expect(columns.csv.contains("\nfailed,failed,7,5\n") && columns.csv.contains("\nfailed,finished,7,5\n"))
        func count(_ condition: String) throws -> Int { try store.runs(RunQuery(where: condition)).count }
        #expect(try count("status = 'failed'") == 2)
        #expect(try count("run_status = 'failed'") == 1)
        #expect(try count("status = 'finished' and run_status = 'failed'") == 0)
        #expect(try count("run_status != 'failed'") == 3)
        #expect(try count("run = 7 and epochs = 5 and seconds = 9 and epoch = 2") == 2)
        #expect(try count("epochs = 3") == 0)
        #expect(try count("run_epochs = 3 and run_seconds < 2 and run_run like 'special/%'") == 4)
    }
}
