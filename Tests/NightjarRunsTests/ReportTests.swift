import Foundation
import NightjarRuns
import Testing

@Suite struct ReportTests {
    /// Runs on disk, since curves are read from their folders.
    private func report(_ folder: TemporaryFolder, loss: String = "rll") throws -> Report {
        var runs: [RunFolder] = []
        for name in ["cce", loss] {
            for rate in [0, 0.4] {
                for seed in 1...3 {
                    let j2 = rate == 0 ? 100 : (name == "cce" ? 59 : 96) + Double(seed) / 10
                    let configuration = exampleConfiguration(loss: name, rate: rate, seed: seed)
                    let run = try RunFolder.create(in: folder.url, configuration: configuration)
                    let writer = try run.metricsWriter(columns: ["j1", "j2"])
                    for epoch in 1...60 { try writer.append(epoch: epoch, [Double(epoch), j2]) }
                    var metrics = ["j1": 60, "j2": j2]
                    if rate > 0 { metrics.merge(["memorized": 10, "corrected": 80]) { $1 } }
                    try run.writeSummary(RunSummary(status: .finished, epochs: 60, metrics: metrics, seconds: 1))
                    runs.append(run)
                }
            }
        }
        return Report(title: "Memorization", set: try RunSet(runs))
    }

    @Test func thePageLoadsNothingFromAnywhere() throws {
        let folder = try TemporaryFolder()
        let html = try withExtendedLifetime(folder) { try report(folder).html() }
        for outside in ["http:", "https:", "src=", "@import", "url("] { #expect(!html.contains(outside)) }
    }

    /// Of data that is not complete, once however many runs used it.
    @Test func whatIsKnownOfTheDataIsSaid() throws {
        let folder = try TemporaryFolder()
        let runs = try (1...2).map { seed in
            var configuration = exampleConfiguration(seed: seed)
            configuration.environment["data_notes"] = ["cifar10: data_batch_3.bin <is> not there"]
            let run = try RunFolder.create(in: folder.url, configuration: configuration)
            try run.writeSummary(RunSummary(status: .finished, epochs: 1, metrics: ["j1": 1], seconds: 1))
            return run
        }
        let html = try withExtendedLifetime(folder) { try Report(title: "Some", set: RunSet(runs)).html() }
        #expect(
            html.contains(
                "<p class=\"lead\">Of the data:</p>\n<ul><li>cifar10: data_batch_3.bin &lt;is&gt; not there</li></ul>"))
    }

    /// What would turn or hide the text around it, and what is too long to be read.
    @Test func textOfOthersDoesNotActInThePage() {
        #expect(HTML.escape("a\u{202E}b<\u{1B}[2J\0") == "a\\u{202E}b&lt;\\x1B[2J\\x00")
        #expect(HTML.escape(String(repeating: "x", count: 5000)).hasSuffix("x… (3000 more bytes)"))
    }

    @Test func theBodyIsWellFormed() throws {
        let folder = try TemporaryFolder()
        let html = try withExtendedLifetime(folder) { try report(folder).html() }
        let start = try #require(html.range(of: "<main>"))
        let end = try #require(html.range(of: "</main>"))
        let body = html[start.lowerBound..<end.upperBound].replacing("&nbsp;", with: " ")
        #expect(TagBalance.fault(in: String(body)) == nil)
    }

    @Test func numbersOfTheTableAreThere() throws {
        let folder = try TemporaryFolder()
        let html = try withExtendedLifetime(folder) { try report(folder).html() }
        #expect(html.contains("<td>96.2 <span class=\"sd\">± 0.1</span></td>"))
        #expect(html.contains("percent; mean ± sample standard deviation over 3 runs (seed)."))
        #expect(
            html.contains(
                "loss makes the largest difference with rate 0.4: J2 ends at 96.2 % with rll and at 59.2 % with cce."))
        #expect(html.contains("<td>+37.0 <span class=\"sd\">[+37.0, +37.0]</span></td>"))
        #expect(html.contains("rate 0.4: J1 ends at 60.0. rate 0.4: J2 ends at 96.2."))
        #expect(html.contains("rll: memorized 10.0 ± 0.0, corrected 80.0 ± 0.0."))
        #expect(html.contains("<h3>loss cce</h3>") && html.contains("<h3>rate 0.4</h3>"))
    }

    @Test func whatIsMissingOrFailedIsSaidFirst() throws {
        var rows = [exampleRow(loss: "cce", rate: 0, seed: 1, j1: 1, j2: 1)]
        rows.append(RunRow(cell: exampleConfiguration(seed: 2).cell, state: .failed, message: "the <loss> is nan"))
        rows.append(RunRow(cell: exampleConfiguration(seed: 3).cell, state: .missing))
        let html = try Report(title: "Some", set: exampleSet(rows)).html()
        #expect(html.contains("1 of 3 runs are finished: 1 failed, 1 missing."))
        #expect(html.contains("<li>loss=rll rate=0.4 seed=2: failed, the &lt;loss&gt; is nan</li>"))
    }

    @Test func textFromConfigurationIsEscapedEverywhere() throws {
        let evil = "</script><img alt='x' onerror=\"alert(1)\">&"
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        var report = try report(folder, loss: evil)
        report.title = evil
        report.introduction = evil
        report.facts = [.init(evil, evil)]
        report.baseline = .init(axis: "loss", value: .string(evil))
        let html = try report.html()
        #expect(!html.contains("<img"))
        #expect(html.components(separatedBy: "</script>").count == 3)
        #expect(html.contains("&lt;/script&gt;&lt;img alt=&#39;x&#39; onerror=&quot;alert(1)&quot;&gt;&amp;"))
    }

    @Test func equalInputGivesEqualBytes() throws {
        let (one, other) = (try TemporaryFolder(), try TemporaryFolder())
        #expect(try report(one).html() == report(other).html())
    }

    @Test func anExperimentWithoutRunsSaysSo() throws {
        let html = try Report(title: "Empty", set: exampleSet([])).html()
        #expect(html.contains("<p>No run has finished yet.</p>"))
        #expect(!html.contains("<svg"))
    }

    @Test func theFileIsWritten() throws {
        let temporary = try TemporaryFolder()
        let report = try report(temporary)
        let file = temporary.file("report.html")
        try report.write(to: file)
        let text = try temporary.text("report.html")
        #expect(try text.hasPrefix(report.html()))
        try ReportSum.check(file)
        // One bit of the page, one of the sum, and no sum.
        for (place, change) in [(20, 1), (text.utf8.count - 8, 1), (text.utf8.count - 30, 32)] {
            var bytes = Array(text.utf8)
            bytes[place] ^= UInt8(change)
            try Data(bytes).write(to: file)
            #expect(throws: RunError.self) { try ReportSum.check(file) }
        }
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
