import Foundation
import NightjarRuns
import Testing

@Suite struct ResultTableTests {
    private let rows = [
        exampleRow(loss: "cce", rate: 0, seed: 1, j1: 100, j2: 100),
        exampleRow(loss: "cce", rate: 0, seed: 2, j1: 100, j2: 100),
        exampleRow(loss: "cce", rate: 0.4, seed: 1, j1: 100, j2: 59),
        exampleRow(loss: "cce", rate: 0.4, seed: 2, j1: 99.8, j2: 60.2),
        exampleRow(loss: "rll", rate: 0.4, seed: 1, j1: 62, j2: 95.7),
        exampleRow(loss: "rll", rate: 0.4, seed: 2, j1: 61, j2: 96.5),
    ]

    private func table(_ rows: [RunRow], metrics: [String]? = nil) -> ResultTable {
        let set = exampleSet(rows)
        return ResultTable(set, metrics: metrics?.compactMap(set.metric))
    }

    @Test func theBoxedTableIsAligned() {
        #expect(
            table(rows).terminal() == """
                ┌──────┬────┬─────────────┬────────────┐
                │ loss │    │      rate 0 │   rate 0.4 │
                ├──────┼────┼─────────────┼────────────┤
                │ cce  │ J1 │ 100.0 ± 0.0 │ 99.9 ± 0.1 │
                │      │ J2 │ 100.0 ± 0.0 │ 59.6 ± 0.8 │
                ├──────┼────┼─────────────┼────────────┤
                │ rll  │ J1 │           – │ 61.5 ± 0.7 │
                │      │ J2 │           – │ 96.1 ± 0.6 │
                └──────┴────┴─────────────┴────────────┘
                percent; mean ± sample standard deviation over 2 runs (seed)

                """)
    }

    @Test func thePlainTableHasNoBoxesAndNoTrailingSpaces() {
        #expect(
            table(rows, metrics: ["j2"]).terminal(style: .plain) == """
                loss             rate 0     rate 0.4
                ------------------------------------
                cce    J2   100.0 ± 0.0   59.6 ± 0.8
                rll    J2             -   96.1 ± 0.6
                percent; mean ± sample standard deviation over 2 runs (seed)

                """)
    }

    @Test func colourIsThereOnlyWhenAskedFor() {
        #expect(!table(rows).terminal().contains("\u{1B}"))
        #expect(table(rows).terminal(colour: true).contains("\u{1B}[2mpercent;"))
    }

    @Test func whatIsTheSameEverywhereIsSaidOnceAndNamesAreEscaped() {
        let row = exampleRow(loss: "a|b", rate: 0.25, seed: 1, j1: 50, j2: 75)
        #expect(
            table([row]).markdown == """
                **loss a\\|b, rate 0.25**

                | J1 | J2 |
                |---:|---:|
                | 50.0 | 75.0 |

                percent; one run each

                """)
    }

    @Test func theCSVTableKeepsFullPrecisionAndTheInterval() {
        #expect(
            table(Array(rows.prefix(2)) + [exampleRow(loss: "rll", rate: 0.4, seed: 1, j1: 62, j2: 95.7)]).csv
                == """
                loss,rate,runs,j1_mean,j1_sd,j1_low,j1_high,j1_n,j1_unit,j2_mean,j2_sd,j2_low,j2_high,j2_n,j2_unit
                cce,0,2,100,0,100,100,2,%,100,0,100,100,2,%
                rll,0.4,1,62,,,,1,%,95.7,,,,1,%

                """)
    }

    @Test func theLaTeXTableIsComplete() {
        #expect(
            table([rows[2], exampleRow(loss: "my_loss&", rate: 0.4, seed: 1, j1: 1, j2: 2)]).latex == """
                % percent; one run each
                % rate 0.4
                \\begin{tabular}{lrr}
                \\toprule
                loss & J1 (\\%) & J2 (\\%) \\\\
                \\midrule
                cce & 100.0 & 59.0 \\\\
                my\\_loss\\& & 1.0 & 2.0 \\\\
                \\bottomrule
                \\end{tabular}

                """)
    }

    /// A name that holds for several lines stands in the first.
    @Test func theLaTeXTableSaysANameOnce() {
        let latex = table(rows + [exampleRow(loss: "rll", rate: 0, seed: 1, j1: 99, j2: 99)]).latex
        #expect(latex.contains("cce & J1 (\\%) & 100.0 $\\pm$ 0.0 & "))
        #expect(latex.contains("\\\\\n & J2 (\\%) & ") && !latex.contains("cce & J2"))
        #expect(latex.contains("\\addlinespace\nrll & J1 (\\%) & "))
    }

    /// Percentages beside what is none have their unit, in every form.
    @Test func unitsStandAtTheNumbersWhereTheyAreNotAllPercentages() throws {
        let rows = ["cce", "rll"].flatMap { loss in
            [0, 0.4].map { rate in
                RunRow(
                    cell: [CellSetting("loss", .string(loss)), CellSetting("rate", .number(rate))],
                    metrics: ["j1": 50, "auroc": 0.5, "time": 2])
            }
        }
        let set = RunSet(
            axes: [],
            metrics: [
                .percentage("j1", title: "J1", doc: "", direction: .higher, isHeadline: true), MetricInfo("auroc"),
                MetricInfo("time", title: "Time (s)", unit: "s", direction: .lower, decimals: 0),
            ], rows: rows)
        let table = ResultTable(set)
        #expect(
            table.terminal(style: .plain) == """
                loss              rate 0   rate 0.4
                -----------------------------------
                cce    J1 (%)       50.0       50.0
                       auroc       0.500      0.500
                       Time (s)        2          2
                rll    J1 (%)       50.0       50.0
                       auroc       0.500      0.500
                       Time (s)        2          2
                one run each

                """)
        #expect(table.markdown.contains("| cce | J1 (%) | 50.0 | 50.0 |\n| cce | auroc | 0.500 | 0.500 |\n"))
        #expect(table.latex.contains("cce & J1 (\\%) & 50.0 & 50.0 \\\\\n & auroc & 0.500 & 0.500 \\\\\n"))
        #expect(
            table.csv.hasPrefix(
                "loss,rate,runs,j1_mean,j1_sd,j1_low,j1_high,j1_n,j1_unit,auroc_mean,auroc_sd,auroc_low,auroc_high,auroc_n,"
                    + "time_mean,time_sd,time_low,time_high,time_n,time_unit\ncce,0,1,50,,,,1,%,0.5,,,,1,2,,,,1,s\n"))
        guard case .array(let groups) = table.json, let metrics = groups.first?["metrics"] else {
            Issue.record("no groups")
            return
        }
        #expect(metrics["j1"]?["unit"] == "%" && metrics["time"]?["unit"] == "s" && metrics["auroc"]?["unit"] == nil)
        let report = ReportTables.results(table)
        #expect(report.contains(">J1 (%)</td>") && report.contains(">auroc</td>") && report.contains(">Time (s)</td>"))
        #expect(ReportTables.results(self.table(self.rows)).contains(">J1</td>"))
        var spec = TableSpec()
        spec.baseline = try Report.Baseline(text: "loss=cce")
        let differences = try #require(try spec.differences(table))
        #expect(differences.terminal(style: .plain).contains("rll    0      J1 (%)           +0.0   -       1\n"))
        #expect(
            differences.csv.hasPrefix(
                "loss,baseline,rate,metric,difference,low,high,p_raw,p_holm,pairs,unit\nrll,cce,0,j1,0,,,,,1,%\n"))
    }

    @Test func whatFailedOrIsMissingIsShownAndCounted() {
        var failed = exampleRow(loss: "rll", rate: 0, seed: 1, j1: 1, j2: 1)
        failed.state = .failed
        let missing = RunRow(cell: exampleConfiguration(loss: "rll", rate: 0.4, seed: 3).cell, state: .missing)
        let text = table(rows + [failed, missing]).terminal()
        #expect(text.contains("│ rll  │ J1 │      failed │ 61.5 ± 0.7 (2 of 3) │"))
        #expect(text.hasSuffix("over 0 to 2 runs (seed); 1 failed, 1 missing\n"))
    }

    /// A metric that is not defined there has no value, whether another run of the setting failed or not.
    @Test func aMetricThatFinishedRunsLackDidNotFail() {
        var failed = exampleRow(loss: "rll", rate: 0, seed: 1, j1: 1, j2: 1)
        failed.state = .failed
        var without = exampleRow(loss: "rll", rate: 0, seed: 2, j1: 62, j2: 1)
        without.metrics["j2"] = nil
        let table = table([failed, without], metrics: ["j1", "j2"])
        #expect(table.groups.map { table.text($0, table.metrics[0]) } == ["62.0 (1 of 2)"])
        #expect(table.groups.map { table.text($0, table.metrics[1]) } == ["–"])
    }

    @Test func noRowsGiveANote() {
        #expect(table([]).terminal() == "no finished runs\n")
    }

    /// Every value of every axis stands in a line, a column or the line above: no two settings are merged.
    @Test func eachSettingHasANumberOfItsOwnHoweverManyAxesThereAre() {
        let names = ["data", "model", "loss.alpha", "noise.kind", "noise.rate", "depth", "seed"]
        var rows: [RunRow] = []
        for number in 0..<(1 << names.count) {
            let cell = names.enumerated().map { place, name in
                let bit = (number >> place) & 1
                return CellSetting(
                    name,
                    name == "data" || name == "model" || name == "noise.kind"
                        ? .string("\(name)\(bit)") : .number(Double(bit) + 0.5))
            }
            rows.append(RunRow(cell: cell, metrics: ["own": Double(number)]))
        }
        let set = RunSet(
            axes: names.map { SweepAxis($0, [], isReplicate: $0 == "seed") }, metrics: [MetricInfo("own")], rows: rows)
        let table = ResultTable(set)
        #expect(table.groups.count == 64)
        #expect(table.groups.allSatisfy { $0.rows.count == 2 })
        let cells = table.grid.lines.flatMap { $0.suffix(2) }
        #expect(cells.count == 64 && Set(cells).count == 64)
        #expect(table.csv.split(separator: "\n").count == 65)
        for name in names {
            #expect(SummaryFile.text(set).split(separator: "\n")[0].split(separator: ",").contains(Substring(name)))
        }
    }

    // MARK: What is said of the runs

    @Test func whereNoRunFinishedTheTableSaysWhatBecameOfThem() throws {
        let rows = (1...3).map { RunRow(cell: [CellSetting("k", .integer($0))], state: $0 < 3 ? .failed : .missing) }
        let set = RunSet(axes: [SweepAxis("k", [])], metrics: [], rows: rows)
        #expect(ResultTable(set).note == "no finished runs; 2 failed, 1 missing")
        var spec = TableSpec()
        spec.metrics = ["j2"]
        #expect(
            message { _ = try spec.table(set) } == "there is no metric 'j2': no run has finished (2 failed, 1 missing)")
        // An experiment's report names its metrics, and there is one also where all has failed.
        var report = Report(title: "none", set: set)
        report.items = [.text("Words."), .figure(FigureSpec(y: ["j2"])), .table(spec)]
        #expect(try report.html().contains("0 of 3 runs are finished: 2 failed, 1 missing."))
    }

    @Test func runsThatStopEarlyAreSaidToHave() {
        func set(_ epochs: [Int]) -> RunSet {
            RunSet(
                axes: [SweepAxis("seed", [], isReplicate: true)], metrics: [MetricInfo("v")],
                rows: epochs.enumerated().map {
                    RunRow(cell: [CellSetting("seed", .integer($0))], epochs: $1, metrics: ["v": 1])
                })
        }
        #expect(ResultTable(set([3, 12, 12])).note.hasSuffix("over 3 runs (seed); ended after 3 to 12 epochs"))
        #expect(ResultTable(set([12, 12])).note.hasSuffix("over 2 runs (seed)"))
    }

    /// No two values look the same, and none looks like nothing.
    @Test func valuesThatCouldBeMistakenAreQuoted() {
        let values: [JSONValue] = ["", " ", .array([]), ["a", "b"], ["a,b"], ["a", ""], .null, "a,b", true, "x"]
        let set = RunSet(
            axes: [SweepAxis("k", [])], metrics: [MetricInfo("v")],
            rows: values.map { RunRow(cell: [CellSetting("k", $0)], metrics: ["v": 1]) })
        #expect(
            ResultTable(set).grid.lines.map { $0[0] } == [
                "true", "\"\"", "{}", "\" \"", "\"a,b\"", "a,\"\"", "a,b", "a,b", "x", "–",
            ])
    }

    @Test func aTableThatIsWiderThanTheTerminalHasItsAxesInLines() {
        let name = "a long name of an axis"
        let set = RunSet(
            axes: [], metrics: [MetricInfo("v")],
            rows: ["cce", "rll"].flatMap { loss in
                [1, 2, 3].map {
                    RunRow(
                        cell: [CellSetting("loss", .string(loss)), CellSetting(name, .integer($0))], metrics: ["v": 1])
                }
            })
        let table = ResultTable(set)
        #expect(table.grid.head == ["loss", "", "\(name) 1", "\(name) 2", "\(name) 3"])
        #expect(table.fitting(nil).grid == table.grid && table.fitting(120).grid == table.grid)
        let narrow = table.fitting(80)
        #expect(narrow.grid.head == ["loss", name, "v"])
        #expect(narrow.grid.lines.map { $0[0] + $0[1] } == ["cce1", "cce2", "cce3", "rll1", "rll2", "rll3"])
        #expect(narrow.note == table.note)
        // Metrics beside each other would be wider still.
        let many = (1...9).map { MetricInfo("a metric with a long name \($0)") }
        let wide = RunSet(
            axes: [], metrics: many,
            rows: [1, 2].flatMap { k in
                [1, 2].map {
                    RunRow(
                        cell: [CellSetting("k", .integer(k)), CellSetting("l", .integer($0))],
                        metrics: [many[0].name: 1])
                }
            })
        #expect(ResultTable(wide, metrics: many).fitting(40).grid == ResultTable(wide, metrics: many).grid)
    }

    /// Small numbers are no zeros.
    @Test func numbersThatDecimalsWouldHideHaveAnExponent() {
        let metric = MetricInfo("v")
        #expect(metric.text(1.2345e-5) == "1.23e-05" && metric.text(0) == "0.000" && metric.text(0.0005) == "0.001")
        #expect(
            metric.text(-4.9e-4) == "-4.90e-04" && MetricInfo.percentage("p", title: "p", doc: "").text(0.01) == "0.0")
        let set = RunSet(
            axes: [SweepAxis("seed", [], isReplicate: true)], metrics: [metric],
            rows: [1e-5, 3e-5].enumerated().map {
                RunRow(cell: [CellSetting("seed", .integer($0))], metrics: ["v": $1])
            })
        #expect(ResultTable(set).grid.lines == [["2.00e-05 ± 1.41e-05"]])
        for value in [1e-5, 9.996e-7, 1.234e-300, Double.leastNonzeroMagnitude, 123456.0, -0.00099949] {
            let text = NumberText.scientific(value)
            #expect(text == String(format: "%.2e", value) || NumberText.number(text) == value, "\(text)")
        }
    }
}
