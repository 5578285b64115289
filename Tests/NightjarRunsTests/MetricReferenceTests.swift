import NightjarRuns
import Testing

/// How people ask for a metric at a moment of its runs.
@Suite struct MetricReferenceTests {
    @Test(
        arguments: [
            ("j2", "j2", nil), ("j2@10", "j2", .epoch(10)), ("j2@final", "j2", .final),
            ("best(j2)", "j2", .best(nil)), ("j1@best(j2)", "j1", .best("j2")), ("j2@best(j2)", "j2", .best(nil)),
            ("j2@best", "j2", .best(nil)), ("recall[a@b]@3", "recall[a@b]", .epoch(3)),
            ("best(recall[3])", "recall[3]", .best(nil)), ("epoch@best(j2)", "epoch", .best("j2")),
            // What is no moment belongs to the name.
            ("j2@last", "j2@last", nil), ("j2@-1", "j2@-1", nil), ("best()", "best()", nil), ("@3", "@3", nil),
            ("best(j2", "best(j2", nil), ("j1@best:j2", "j1@best:j2", nil),
        ] as [(String, String, RunMoment?)])
    func textsAreReadAndWritten(text: String, metric: String, moment: RunMoment?) {
        let reference = MetricReference(text)
        #expect(reference.metric == metric && reference.moment == moment)
        #expect(MetricReference(reference.text) == reference)
    }

    @Test func commasInBracketsPartNothing() {
        #expect(
            MetricNames.split(" confusion[3,5], best(j2) ,,j1@10 ") == ["confusion[3,5]", "best(j2)", "j1@10"])
        #expect(MetricNames.split("\"x,y\", a\"b ,\"c d\"") == ["x,y", "a\"b", "c d"])
    }

    @Test func entriesOfMatricesHaveTwoNames() {
        #expect(MetricReference("m[a, b]@2").entry.map { [$0.matrix, $0.row, $0.column] } == ["m", "a", "b"])
        for text in ["m[a]", "m[a,b,c]", "[a,b]", "m[,b]", "m"] { #expect(MetricReference(text).entry == nil) }
    }

    private var set: RunSet {
        RunSet(
            axes: [],
            metrics: [
                MetricInfo("j1", title: "J1"), MetricInfo("J1x", title: "j1X"), MetricInfo("a", title: "same"),
                MetricInfo("b", title: "Same"),
            ],
            rows: [RunRow(cell: [], metrics: ["j1": 1])])
    }

    @Test func titlesNameMetricsWhereOnlyOneHasThem() throws {
        #expect(try set.named(metric: "J1").name == "j1")
        #expect(throws: RunError("there is no metric 'same'\n  metrics are J1x, a, b, j1")) {
            try set.named(metric: "same")
        }
    }

    @Test(
        arguments: [
            (
                "best(j1)",
                "the metric 'j1' does not say whether more or less of it is better (direction), so it has no best epoch"
            ),
            ("j1@best(j3)", "there is no metric 'j3': did you mean 'j1'?\n  metrics are J1x, a, b, j1"),
            ("j1[*]", "the metric 'j1' has no entries: it is one number"),
            ("m[1,2]", "there is no matrix 'm'\n  these runs have no matrices"),
            (
                "best(m[1,2])",
                "an entry of a matrix does not say which way is better: name a metric, as in m[1,2]@best(test_accuracy)"
            ),
        ]) func whatCannotBeFoundIsTold(text: String, message: String)
    {
        #expect(throws: RunError(message)) { try set.resolving([text]) }
    }

    /// What an experiment shows is declared with its runs, so that each writes the values of its own moments down.
    @Test func anExperimentsChoiceBecomesDeclarations() {
        var matrix = MetricInfo("m", title: "M")
        matrix.kind = .matrix
        let declared = MetricNames.declared(
            [MetricInfo("j1", title: "J1", direction: .higher), MetricInfo("j2")], matrices: [matrix],
            showing: ["J1@10", "best(j1)", "m[1,2]", "nothing"])
        #expect(declared.map(\.name) == ["j1", "j2", "j1@10", "best(j1)", "m[1,2]"])
        let all = MetricNames.declared([], matrices: [matrix], classNames: ["a", "b"], showing: ["m[*,b]@2"])
        #expect(all.map(\.name) == ["m[a,b]@2", "m[b,b]@2"])
        #expect(all.map(\.title) == ["M [a, b] at epoch 2", "M [b, b] at epoch 2"])
        #expect(declared.map(\.isHeadline) == [false, false, true, true, true])
        #expect(declared.map(\.title) == ["J1", "j2", "J1 at epoch 10", "J1 (best)", "M [1, 2]"])
    }
}
