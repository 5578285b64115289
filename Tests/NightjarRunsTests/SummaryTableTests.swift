import NightjarRuns
import Testing

@Suite struct SummaryTableTests {
    private let rows = [
        exampleRow(loss: "cce", rate: 0, seed: 1, j1: 100, j2: 100),
        exampleRow(loss: "cce", rate: 0, seed: 2, j1: 100, j2: 100),
        exampleRow(loss: "cce", rate: 0.4, seed: 1, j1: 100, j2: 59),
        exampleRow(loss: "cce", rate: 0.4, seed: 2, j1: 99.8, j2: 60.2),
        exampleRow(loss: "rll", rate: 0.4, seed: 1, j1: 62, j2: 95.7),
        exampleRow(loss: "rll", rate: 0.4, seed: 2, j1: 61, j2: 96.5),
    ]

    @Test func theBoxedTableIsAligned() {
        #expect(
            SummaryTable(rows).terminal() == """
                digits, mlp
                ┌──────┬────┬─────────────┬────────────┐
                │ loss │    │      rate 0 │   rate 0.4 │
                ├──────┼────┼─────────────┼────────────┤
                │ cce  │ J1 │ 100.0 ± 0.0 │ 99.9 ± 0.1 │
                │      │ J2 │ 100.0 ± 0.0 │ 59.6 ± 0.8 │
                ├──────┼────┼─────────────┼────────────┤
                │ rll  │ J1 │           – │ 61.5 ± 0.7 │
                │      │ J2 │           – │ 96.1 ± 0.6 │
                └──────┴────┴─────────────┴────────────┘
                percent; mean ± sample standard deviation over 2 seeds

                """)
    }

    @Test func thePlainTableHasNoBoxesAndNoTrailingSpaces() {
        #expect(
            SummaryTable(rows, metrics: [.j2]).terminal(style: .plain) == """
                digits, mlp
                loss             rate 0     rate 0.4
                ------------------------------------
                cce    J2   100.0 ± 0.0   59.6 ± 0.8
                rll    J2             -   96.1 ± 0.6
                percent; mean ± sample standard deviation over 2 seeds

                """)
    }

    @Test func colourIsThereOnlyWhenAskedFor() {
        #expect(!SummaryTable(rows).terminal().contains("\u{1B}"))
        #expect(SummaryTable(rows).terminal(colour: true).hasPrefix("\u{1B}[1mdigits, mlp\u{1B}[0m\n"))
    }

    @Test func theMarkdownTableEscapesItsNames() {
        let row = exampleRow(loss: "a|b", rate: 0.25, seed: 1, j1: 50, j2: 75)
        #expect(
            SummaryTable([row]).markdown == """
                **digits, mlp**

                | loss |  | rate 0.25 |
                |---|---|---:|
                | a\\|b | J1 | 50.0 |
                | a\\|b | J2 | 75.0 |

                percent; one seed

                """)
    }

    @Test func theCSVTableKeepsFullPrecision() {
        #expect(
            SummaryTable(Array(rows.prefix(2)) + [exampleRow(loss: "rll", rate: 0.4, seed: 1, j1: 62, j2: 95.7)]).csv
                == """
                data,model,loss,rate,seeds,j1_mean,j1_sd,j2_mean,j2_sd
                digits,mlp,cce,0,2,100,0,100,0
                digits,mlp,rll,0.4,1,62,,95.7,

                """)
    }

    @Test func noRowsGiveANote() {
        #expect(SummaryTable([]).terminal() == "no finished runs\n")
    }
}
