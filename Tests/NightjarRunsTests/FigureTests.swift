import Foundation
import NightjarRuns
import Testing

@Suite struct FigureTests {
    private func figure(_ change: (inout FigureSpec) -> Void = { _ in }) throws -> (TemporaryFolder, Figure) {
        let fixture = try QueryFixture()
        var spec = FigureSpec(x: "rate", y: ["j2"], by: ["loss"])
        change(&spec)
        return (fixture.folder, try Figure(spec, try RunSet(try fixture.records(), in: fixture.store)))
    }

    @Test func aMetricStandsOverAnAxisWithItsSpread() throws {
        for (band, low, high) in [
            (FigureSpec.Band.range, 61.0, 62.0), (.none, 61.5, 61.5),
            (.deviation, 61.5 - 0.5.squareRoot(), 61.5 + 0.5.squareRoot()),
            (.interval, 55.1468976, 67.8531024),
        ] {
            let (_, figure) = try figure { $0.band = band }
            let point = try #require(figure.panels[0].series[0].bundle.points.first)
            #expect(point.x == 0 && point.mean == 61.5 && point.count == 2)
            #expect(abs(point.low - low) < 1e-6 && abs(point.high - high) < 1e-6, "\(band)")
        }
        let (_, figure) = try figure()
        #expect(figure.panels.count == 1 && figure.panels[0].title.isEmpty)
        #expect(figure.panels[0].series.map(\.label) == ["loss cce", "loss rll"])
        #expect(figure.heading == "J2 by rate")
        #expect(figure.note == "Only finished runs are drawn: 1 failed, 1 unfinished.")
    }

    @Test func axesThatAreNamedNowhereHavePanels() throws {
        let (_, curves) = try figure { ($0.x, $0.by) = ("epoch", []) }
        #expect(
            curves.panels.map(\.title) == [
                "loss cce, rate 0", "loss cce, rate 0.4", "loss rll, rate 0", "loss rll, rate 0.4",
            ])
        let (_, usual) = try figure { ($0.x, $0.by) = ("epoch", nil) }
        #expect(usual.panels.map(\.title) == ["loss cce", "loss rll"])
        #expect(usual.panels[0].series.map(\.label) == ["rate 0", "rate 0.4"])
    }

    @Test func overlaysBelongToTheirPanelsAndColours() throws {
        let (_, figure) = try figure {
            $0.facet = ["loss"]
            $0.by = []
            $0.overlay = [
                .init(label: "chance", level: 10),
                .init(label: "published", points: [.init(0, 60), .init(0.4, 58)], cell: [CellSetting("loss", "cce")]),
            ]
        }
        #expect(figure.panels.map { $0.overlays.map(\.label) } == [["chance", "published"], ["chance"]])
        let (_, coloured) = try self.figure {
            $0.overlay = [.init(label: "p", points: [.init(0, 60)], cell: [CellSetting("loss", "rll")])]
        }
        #expect(coloured.panels[0].overlays.map(\.colour) == [1])
        #expect(coloured.y.lowerBound <= 60)
    }

    @Test func manyPointsOfAnOverlayAreALineWithoutMarks() throws {
        // Marks are closed paths, as bands are.
        func closed(_ figure: Figure) throws -> Int {
            try FigureFile(figure).svg().components(separatedBy: "Z\"").count - 1
        }
        let (_, plain) = try figure { $0.facet = [] }
        let before = try closed(plain)
        for (count, marks) in [(1, 1), (12, 12), (13, 0), (200, 0)] {
            let (_, figure) = try figure {
                $0.overlay = [.init(label: "p", points: (0..<count).map { .init(.integer($0), 50) })]
            }
            #expect(figure.panels.count == 1)
            #expect(try closed(figure) - before == marks, "\(count)")
            #expect(try FigureFile(figure).svg().contains("<title>p</title>"))
        }
    }

    @Test func anOverlayIsReadFromAFile() throws {
        let folder = try TemporaryFolder()
        let url = folder.file("published.csv")
        try "label,x,y,loss\npaper,0,99.5,cce\npaper,0.4,57.25,cce\npaper,0,98,rll\n".write(
            to: url, atomically: true, encoding: .utf8)
        let overlays = try FigureSpec.Overlay.read(url)
        #expect(
            overlays == [
                .init(
                    label: "paper", points: [.init(.number(0), 99.5), .init(0.4, 57.25)],
                    cell: [CellSetting("loss", "cce")]),
                .init(label: "paper", points: [.init(.number(0), 98)], cell: [CellSetting("loss", "rll")]),
            ])
        try "x,y\n0,abc\n".write(to: url, atomically: true, encoding: .utf8)
        #expect(message { _ = try FigureSpec.Overlay.read(url) } == "\(url.path), record 1: y is not a number: abc")
        #expect(try FigureSpec.Overlay(level: "a = b=10").label == "a = b")
        #expect(
            message { _ = try FigureSpec.Overlay(level: "10") }
                == "a level is written as label=y, as in chance=10, got '10'")
    }

    @Test func mistakesAreNamed() throws {
        #expect(
            message { _ = try figure { $0.x = "rte" } }
                == "there is no axis 'rte': did you mean 'rate'?\n  axes are loss, rate, seed")
        #expect(message { _ = try figure { $0.y = ["j9"] } }.hasPrefix("there is no metric 'j9': did you mean 'j1'?"))
        #expect(
            message { _ = try figure { $0.y = ["j1", "j2", "j1", "j2", "j1"] } }
                == "a figure shows at most 4 metrics, got 5: make two of it")
        let (_, empty) = try figure { $0.y = ["memorized"] }
        #expect(
            message { _ = try FigureFile(empty).svg() }
                == "the figure is empty: no finished run has a value of memorized")
        let (_, some) = try figure()
        #expect(
            message { try FigureFile(some).write(to: URL(fileURLWithPath: "/tmp/x.png")) }
                == "x.png: a figure is written as .svg or .pdf")
    }

    @Test func namesActInNoForm() throws {
        let evil = "</svg><script>alert(1)</script>]]>\" onload=\"alert(1)) Tj ET \u{1B}[31m"
        let (_, figure) = try figure {
            $0.title = evil
            $0.overlay = [.init(label: evil, level: 50)]
        }
        let svg = try FigureFile(figure).svg()
        #expect(!svg.contains("<script") && !svg.contains("onload=\"") && !svg.contains("\u{1B}"))
        #expect(svg.components(separatedBy: "</svg>").count == 2)
        let parser = XMLCheck.fault(in: svg)
        #expect(parser == nil)
        let pdf = String(decoding: try FigureFile(figure).pdf(), as: UTF8.self)
        // Text stands in hexadecimal only.
        #expect(!pdf.contains("alert") && !pdf.contains("Tj ET"))
    }

    /// Numbers of any length at the ends of curves and beside the ticks have room of their own, also in wider fonts.
    @Test func numbersBesideCurvesLieOnNothing() throws {
        let cases: [(values: [Double], decimals: Int)] = [
            ([0.123, 0.994], 3), ([-1234.5678, 99.5], 4), ([1.2e-7, 3.4e-7], 3), ([20, 80], 1),
        ]
        for (values, decimals) in cases {
            let rows = ["a", "b"].enumerated().flatMap { place, name in
                (1...3).map { x in
                    RunRow(
                        cell: [CellSetting("loss", .string(name)), CellSetting("x", .integer(x))],
                        metrics: ["v": values[place]])
                }
            }
            let set = RunSet(axes: [], metrics: [MetricInfo("v", decimals: decimals)], rows: rows)
            let svg = try FigureFile(try Figure(FigureSpec(x: "x", y: ["v"], by: ["loss"]), set)).svg()
            func numbers(_ pattern: Regex<(Substring, Substring)>) -> [Double] {
                svg.matches(of: pattern).compactMap { Double($0.output.1) }
            }
            let circles = numbers(/<circle[^>]*cx="([\d.]+)"/)
            let (first, last) = (try #require(circles.min()), try #require(circles.max()))
            let found = svg.matches(of: /<text[^>]*x="([\d.]+)"[^>]*text-anchor="end"[^>]*>([^<]*)</)
            // In DejaVu Sans, which is wider than most, a number with a point has 0.57 of the size a character.
            let texts = found.compactMap { match in
                Double(match.output.1).map { (right: $0, left: $0 - Double(match.output.2.count) * 0.57 * 7.5) }
            }
            let ends = texts.filter { $0.right > last }
            #expect(ends.count == 2 && ends.allSatisfy { $0.left > last + 1 }, "\(ends) \(last)")
            let ticks = texts.filter { $0.right < first }
            #expect(!ticks.isEmpty && ticks.allSatisfy { $0.left > 0 }, "\(ticks)")
        }
    }

    /// What tells panels apart is in their titles, however many axes there are.
    @Test func longTitlesGoOverSeveralLinesAndAreWhole() throws {
        let names = ["data", "model", "loss.alpha", "noise.kind", "noise.rate", "the depth of the network"]
        let rows = (1...2).flatMap { x in
            ["first-of-two", "second-of-two"].map { last in
                RunRow(
                    cell: names.dropLast().map { CellSetting($0, .string("value-of-\($0)")) }
                        + [CellSetting(names[5], .string(last)), CellSetting("x", .integer(x))],
                    metrics: ["v": Double(x)])
            }
        }
        let set = RunSet(axes: [], metrics: [MetricInfo("v")], rows: rows)
        var spec = FigureSpec(x: "x", y: ["v"], by: [], facet: names)
        let svg = try FigureFile(try Figure(spec, set)).svg()
        let texts = svg.matches(of: /<text[^>]*>([^<]*)<\/text>/).map { String($0.output.1) }
        for part in ["value-of-data", "value-of-noise.rate", "first-of-two", "second-of-two"] {
            #expect(texts.contains { $0.contains(part) }, "\(part): \(texts)")
        }
        #expect(texts.allSatisfy { $0.count < 60 && !$0.hasSuffix("...") })
        // A word without an end has none of the picture's neighbours' room.
        spec.facet = ["x"]
        spec.x = "data"
        let long = String(repeating: "w", count: 300)
        let other = RunSet(
            axes: [], metrics: [MetricInfo("v")],
            rows: [1, 2].map {
                RunRow(cell: [CellSetting("data", 1), CellSetting("x", .string(long + "\($0)"))], metrics: ["v": 1])
            })
        #expect(try FigureFile(try Figure(spec, other)).svg().contains("www...<"))
    }

    @Test func theSameFigureHasTheSameBytes() throws {
        let (one, other) = (try figure(), try figure())
        #expect(try FigureFile(one.1).pdf() == FigureFile(other.1).pdf())
        #expect(try FigureFile(one.1).svg() == FigureFile(other.1).svg())
    }
}

/// Tags that open and close in order, without the two lines of an SVG file that have no end.
enum XMLCheck {
    static func fault(in svg: String) -> String? {
        TagBalance.fault(in: String(svg.split(separator: "\n").dropFirst().joined(separator: "\n")))
    }
}

@Suite struct PDFTests {
    private func pdf() throws -> String {
        let fixture = try QueryFixture()
        var spec = FigureSpec(x: "rate", y: ["j2"], by: ["loss"])
        spec.title = "β ≤ 0.4 – (a\\b)"
        let figure = try Figure(spec, try RunSet(try fixture.records(), in: fixture.store))
        return String(decoding: try FigureFile(figure).pdf(), as: UTF8.self)
    }

    /// Offsets of the cross-reference table, read as a reader of PDF does.
    @Test func theCrossReferenceTableLeadsToEachObject() throws {
        let fixture = try QueryFixture()
        let figure = try Figure(FigureSpec(x: "rate", y: ["j2"]), try RunSet(try fixture.records(), in: fixture.store))
        let bytes = Array(try FigureFile(figure).pdf())
        let text = String(decoding: bytes.map { $0 < 128 ? $0 : 63 }, as: UTF8.self)
        let start = try #require(text.matches(of: /startxref\n(\d+)\n%%EOF\n$/).first.flatMap { Int($0.output.1) })
        #expect(String(decoding: bytes[start..<start + 4], as: UTF8.self) == "xref")
        let entries = text.matches(of: /(\d{10}) 00000 n \n/).compactMap { Int($0.output.1) }
        #expect(entries.count == text.matches(of: /\d+ 0 obj\n/).count && entries.count > 7)
        for (number, offset) in entries.enumerated() {
            let head = "\(number + 1) 0 obj\n"
            #expect(String(decoding: bytes[offset..<offset + head.utf8.count], as: UTF8.self) == head)
        }
        let length = try #require(text.matches(of: /\/Length (\d+)/).first.flatMap { Int($0.output.1) })
        let stream = try #require(text.range(of: "stream\n")), end = try #require(text.range(of: "\nendstream"))
        #expect(text.utf8.distance(from: stream.upperBound, to: end.lowerBound) == length)
    }

    @Test func greekStandsInSymbolAndBracketsInHexadecimal() throws {
        let text = try pdf()
        #expect(text.contains("/F2 9 Tf <62> Tj\n"))
        #expect(text.contains("/F2 9 Tf <A3> Tj\n"))
        #expect(text.contains("<20302E342096202861"))
        #expect(
            text.contains("/BaseFont /Symbol >>")
                && text.contains("/BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>"))
    }
}
