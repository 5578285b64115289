import Foundation
import NightjarRuns
import Testing

@Suite struct SummaryFileTests {
    @Test func theTextHasTheFixedHeaderAndEmptyFieldsWhereNothingIsDefined() {
        var odd = exampleRow(loss: "mine, \"v2\"", rate: 0, seed: 2, j1: 100, j2: 100)
        odd.testAccuracy = nil
        let rows = [
            exampleRow(loss: "cce", rate: 0.4, seed: 1, j1: 100, j2: 59.125, memorized: 98.5, corrected: 0.25), odd,
        ]
        #expect(
            SummaryFile.text(rows) == """
                data,model,loss,rate,seed,epochs,j1,j2,memorized,corrected,test_accuracy,seconds
                digits,mlp,cce,0.4,1,60,100,59.125,98.5,0.25,90,1.5
                digits,mlp,"mine, ""v2""\",0,2,60,100,100,,,,1.5

                """)
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let temporary = try TemporaryFolder()
        let url = temporary.file("summary.csv")
        let rows = [
            exampleRow(loss: "a,b", rate: 0.1, seed: -1, j1: 1.0 / 3, j2: 2.0 / 3),
            exampleRow(loss: "c", rate: 0.6, seed: 5, j1: 0, j2: 100, memorized: 0.1, corrected: 99),
        ]
        try SummaryFile.write(rows, to: url)
        #expect(try SummaryFile.read(url) == rows)
    }

    @Test func aWrongFieldIsNamed() throws {
        let temporary = try TemporaryFolder()
        let url = temporary.file("summary.csv")
        let header = SummaryFile.header.joined(separator: ",")
        try "\(header)\ndigits,mlp,cce,x,1,60,,,,,,1\n".write(to: url, atomically: true, encoding: .utf8)
        #expect(message { _ = try SummaryFile.read(url) } == "\(url.path), record 1: rate is not a number: x")
        try "loss\n".write(to: url, atomically: true, encoding: .utf8)
        #expect(message { _ = try SummaryFile.read(url) } == "\(url.path), line 1: expected the header \(header)")
    }

    @Test func rowsComeInTheOrderOfTheGrid() {
        var rows: [SummaryRow] = []
        for loss in ["mse", "zzz", "cce", "aaa"] {
            for rate in [0.4, 0.0, 0.2] {
                for seed in [10, 2] { rows.append(exampleRow(loss: loss, rate: rate, seed: seed, j1: 1, j2: 1)) }
            }
        }
        let sorted = GridOrder(losses: ["cce", "mse"]).sorted(rows)
        #expect(GridOrder(of: sorted).losses == ["cce", "mse", "aaa", "zzz"])
        #expect(sorted.prefix(6).map(\.rate) == [0, 0, 0.2, 0.2, 0.4, 0.4])
        #expect(sorted.prefix(2).map(\.seed) == [2, 10])
    }

    @Test func aRowIsMadeFromARunAndLeavesUndefinedMetricsOut() {
        let summary = RunSummary(
            status: .finished, epochs: 60, metrics: ["j1": 62.5, "j2": 96, "memorized": .nan], seconds: 2)
        let row = SummaryRow(configuration: exampleConfiguration(), summary: summary)
        #expect(row.j1 == 62.5)
        #expect(row.memorized == nil)
        #expect(row.testAccuracy == nil)
        #expect(row.loss == "rll" && row.rate == 0.4 && row.seed == 1 && row.epochs == 60)
    }
}
