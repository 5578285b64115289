import Foundation
import NightjarRuns
import Testing

@Suite struct ReportTests {
    private func report(loss: String = "rll") -> Report {
        var rows: [SummaryRow] = []
        var curves: [RunCurve] = []
        for name in ["cce", loss] {
            for rate in [0, 0.4] {
                for seed in 1...3 {
                    let j2 = rate == 0 ? 100 : (name == "cce" ? 59 : 96) + Double(seed) / 10
                    let defined = rate > 0
                    rows.append(
                        exampleRow(
                            loss: name, rate: rate, seed: seed, j1: 100, j2: j2, memorized: defined ? 10 : nil,
                            corrected: defined ? 80 : nil))
                    curves.append(
                        RunCurve(
                            data: "digits", model: "mlp", loss: name, rate: rate, seed: seed,
                            j1: (1...60).map { RunCurve.Point(epoch: $0, value: Double($0)) },
                            j2: (1...60).map { RunCurve.Point(epoch: $0, value: j2) }))
                }
            }
        }
        return Report(title: "Memorization", rows: rows, curves: curves)
    }

    @Test func thePageLoadsNothingFromAnywhere() {
        let html = report().html()
        for outside in ["http:", "https:", "src=", "@import", "url("] { #expect(!html.contains(outside)) }
    }

    @Test func theBodyIsWellFormed() throws {
        let html = report().html()
        let start = try #require(html.range(of: "<main>"))
        let end = try #require(html.range(of: "</main>"))
        let body = html[start.lowerBound..<end.upperBound].replacing("&nbsp;", with: " ")
        #expect(TagBalance.fault(in: String(body)) == nil)
    }

    @Test func numbersOfTheTableAreThere() {
        let html = report().html()
        #expect(html.contains("<td>96.2 <span class=\"sd\">± 0.1</span></td>"))
        #expect(html.contains("digits, mlp; percent; mean ± sample standard deviation over 3 seeds."))
        #expect(
            html.contains("The losses are furthest apart at rate 0.4: J2 ends at 96.2 with rll and at 59.2 with cce."))
        #expect(html.contains("<td>+37.0 <span class=\"sd\">[+37.0, +37.0]</span></td>"))
        #expect(html.contains("Rate 0.4: ends at J1 60.0, J2 96.2."))
        #expect(html.contains("rll: memorized 10.0 ± 0.0, corrected 80.0 ± 0.0, other 10.0."))
    }

    @Test func textFromConfigurationIsEscapedEverywhere() {
        let evil = "</script><img alt='x' onerror=\"alert(1)\">&"
        var report = report(loss: evil)
        report.title = evil
        report.introduction = evil
        report.facts = [.init(evil, evil)]
        report.baseline = evil
        let html = report.html()
        #expect(!html.contains("<img"))
        #expect(html.components(separatedBy: "</script>").count == 3)
        #expect(html.contains("&lt;/script&gt;&lt;img alt=&#39;x&#39; onerror=&quot;alert(1)&quot;&gt;&amp;"))
    }

    @Test func equalInputGivesEqualBytes() {
        #expect(report().html() == report().html())
    }

    @Test func publishedCurvesAreDrawnWhereLossAndRateAgree() {
        var report = report()
        #expect(!report.html().contains("as published"))
        let points = [RunCurve.Point(epoch: 1, value: 50), RunCurve.Point(epoch: 60, value: 96)]
        report.reference = [
            RunCurve(data: "", model: "", loss: "RLL", rate: 0.4, seed: 0, j1: [], j2: points),
            RunCurve(data: "", model: "", loss: "RLL", rate: 0.3, seed: 0, j1: points, j2: points),
        ]
        let html = report.html()
        #expect(html.components(separatedBy: "class=\"line published dashed c1\"").count == 2)
        #expect(!html.contains("class=\"line published c1\""))
    }

    @Test func anExperimentWithoutRunsSaysSo() {
        let html = Report(title: "Empty", rows: []).html()
        #expect(html.contains("<p>No run has finished yet.</p>"))
        #expect(!html.contains("<svg"))
    }

    @Test func theFileIsWritten() throws {
        let temporary = try TemporaryFolder()
        let report = report()
        try report.write(to: temporary.file("report.html"))
        #expect(try temporary.text("report.html") == report.html())
    }
}

/// A small check that elements open and close in order.
enum TagBalance {
    static func fault(in html: String) -> String? {
        var open: [Substring] = []
        for part in html.split(separator: "<").dropFirst(html.hasPrefix("<") ? 0 : 1) {
            guard let end = part.firstIndex(of: ">") else { return "unclosed tag: \(part)" }
            let tag = part[..<end]
            let name = tag.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber }
            if tag.hasSuffix("/") || ["br", "meta"].contains(name) { continue }
            if tag.hasPrefix("/") {
                guard open.popLast() == name else { return "unexpected closing tag: \(tag)" }
            } else {
                open.append(name)
            }
        }
        return open.isEmpty ? nil : "left open: \(open)"
    }
}
