import NightjarRuns
import Testing

@Suite struct CSVTests {
    @Test func fieldsThatNeedQuotesGetThem() {
        #expect(
            CSV.line(["plain", "a,b", "say \"hi\"", "two\nlines", ""])
                == "plain,\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\n")
    }

    @Test func whatIsWrittenIsReadBack() throws {
        let alphabet = Array("ab,\"\n\r é=-+@\t'1")
        var generator = SplitMix(state: 11)
        for _ in 0..<500 {
            let records = (0..<3).map { _ in
                (0..<3).map { _ in
                    String(
                        (0..<Int.random(in: 0...5, using: &generator)).map { _ in
                            alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
                        })
                }
            }
            let text = records.map(CSV.line).joined()
            #expect(try CSV.parse(text, source: "test") == records)
        }
    }

    @Test func noSpreadsheetRunsAText() throws {
        let texts = ["=1+1", "+x", "-x", "@sum", "\tx", "\rx", "'=1", "''-x", "=cmd|'/c calc'!A1"]
        let numbers = ["-0.5", "+1", "-inf", "1e-9", "-1e300"]
        for text in texts { #expect(CSV.line([text]).drop { $0 == "\"" }.hasPrefix("'"), "\(text)") }
        for number in numbers { #expect(CSV.line([number]) == number + "\n") }
        #expect(CSV.line(["=1"]) == "'=1\n")
        #expect(try CSV.parse(CSV.line(texts + numbers), source: "test") == [texts + numbers])
    }

    @Test func windowsLineEndsAndAMissingLastNewlineAreRead() throws {
        #expect(try CSV.parse("a,b\r\n\"1\",2\r\n3,", source: "test") == [["a", "b"], ["1", "2"], ["3", ""]])
        #expect(try CSV.parse("", source: "test").isEmpty)
    }

    @Test func brokenQuotesAreReportedWithTheirLine() {
        #expect(
            message { _ = try CSV.parse("a\nb,\"open\nstill", source: "x.csv") }
                == "x.csv, line 2: a quote is never closed")
        #expect(
            message { _ = try CSV.parse("\"a\"b\n", source: "x.csv") }
                == "x.csv, line 1: text after the closing quote of a field")
    }
}
