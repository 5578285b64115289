import Foundation
import NightjarRuns
import Testing

@Suite struct SummaryFileTests {
    @Test func aColumnAnAxisAndAMetricAndEmptyFieldsWhereNothingIsDefined() {
        let rows = [
            exampleRow(loss: "cce", rate: 0.4, seed: 1, j1: 100, j2: 59.125, memorized: 98.5, corrected: 0.25),
            exampleRow(loss: "mine, \"v2\"", rate: 0, seed: 2, j1: 100, j2: 100),
        ]
        #expect(
            SummaryFile.text(exampleSet(rows)) == """
                loss,rate,seed,status,epochs,j1,j2,memorized,corrected
                cce,0.4,1,finished,60,100,59.125,98.5,0.25
                "mine, ""v2""\",0,2,finished,60,100,100,,

                """)
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let temporary = try TemporaryFolder()
        let url = temporary.file("summary.csv")
        let set = exampleSet([
            exampleRow(loss: "a,b", rate: 0.1, seed: -1, j1: 1.0 / 3, j2: 2.0 / 3),
            exampleRow(loss: "c", rate: 0.6, seed: 5, j1: 0, j2: 100, memorized: 0.1, corrected: 99),
        ])
        try SummaryFile.write(set, to: url)
        let read = try SummaryFile.read(url)
        #expect(read.axes == ["loss", "rate", "seed"])
        #expect(read.rows.map(\.metrics) == set.rows.map(\.metrics))
        #expect(read.rows.map { $0.cell.map(\.value.plainText) } == set.rows.map { $0.cell.map(\.value.plainText) })
    }

    @Test func aWrongFieldIsNamed() throws {
        let temporary = try TemporaryFolder()
        let url = temporary.file("summary.csv")
        try "loss,status,epochs,j1\ncce,finished,60,x\n".write(to: url, atomically: true, encoding: .utf8)
        #expect(message { _ = try SummaryFile.read(url) } == "\(url.path), record 1: j1 is not a number: x")
        try "loss\n".write(to: url, atomically: true, encoding: .utf8)
        #expect(
            message { _ = try SummaryFile.read(url) }
                == "\(url.path), line 1: expected a header with the columns status and epochs")
    }

    @Test func rowsComeInTheOrderOfTheAxes() {
        var rows: [RunRow] = []
        for loss in ["mse", "cce"] {
            for rate in [0.4, 0.0, 0.2] {
                for seed in [10, 2] { rows.append(exampleRow(loss: loss, rate: rate, seed: seed, j1: 1, j2: 1)) }
            }
        }
        let set = RunSet(
            axes: [
                SweepAxis("loss", ["cce", "mse"]), SweepAxis("rate", []), SweepAxis("seed", [], isReplicate: true),
            ],
            metrics: exampleMetrics, rows: rows)
        #expect(set.axes[0].values == ["cce", "mse"])
        #expect(set.rows.prefix(6).map { $0.cell[axis: "rate"] } == [0, 0, 0.2, 0.2, 0.4, 0.4])
        #expect(set.rows.prefix(2).map { $0.cell[axis: "seed"] } == [2, 10])
    }

    /// Axes keep their names, whatever these are, and every column has one of its own.
    @Test func noTwoColumnsHaveOneName() throws {
        let names = ["status", "epochs", "loss", "mean", "value", "n", "seed2", "run_status"]
        let row = RunRow(
            cell: names.enumerated().map { CellSetting($1, .integer($0)) }, epochs: 7,
            metrics: ["loss": 0.5, "epochs": 1.5, "n": 2.5])
        let set = RunSet(
            axes: names.map { SweepAxis($0, []) }, metrics: ["loss", "epochs", "n"].map { MetricInfo($0) }, rows: [row])
        let text = SummaryFile.text(set)
        #expect(
            text
                == "status,epochs,loss,mean,value,n,seed2,run_status,run_run_status,run_epochs,metric_loss,metric_epochs,"
                + "metric_n\n0,1,2,3,4,5,6,7,finished,7,0.5,1.5,2.5\n")
        let temporary = try TemporaryFolder()
        let url = temporary.file("summary.csv")
        try SummaryFile.write(set, to: url)
        let read = try SummaryFile.read(url)
        #expect(read.axes == names && read.rows.map(\.epochs) == [7])
        #expect(read.metrics == ["metric_loss", "metric_epochs", "metric_n"])
        let table = ResultTable(set, metrics: set.metrics).csv.split(separator: "\n")[0].split(separator: ",")
        #expect(Set(table).count == table.count)
    }
}
