import NightjarProcess
import Testing

/// Text of others, as people are shown it.
@Suite struct ShownTextTests {
    @Test(arguments: [
        ("plain", "plain"), ("", ""), ("π ≈ 3.14, naïve, 数据, 🦉", "π ≈ 3.14, naïve, 数据, 🦉"),
        ("\u{1B}[2J\u{1B}[H", "\\x1B[2J\\x1B[H"), ("\u{1B}]0;owned\u{7}", "\\x1B]0;owned\\x07"),
        ("\u{9B}31m", "\\x9B31m"), ("a\rb", "a\\rb"), ("a\u{8}\u{8}b", "a\\x08\\x08b"), ("nul\0", "nul\\x00"),
        ("del\u{7F}", "del\\x7F"), ("a\u{202E}txt.exe", "a\\u{202E}txt.exe"),
        ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
        ("zero\u{200B}width", "zero\\u{200B}width"), ("two\u{2028}lines", "two\\u{2028}lines"),
        ("\u{FEFF}mark", "\\u{FEFF}mark"), ("tag\u{E0041}", "tag\\u{E0041}"), ("next\u{85}line", "next\\x85line"),
        ("\u{1B}[31mred", "\\x1B[31mred"),
    ])
    func nothingInItActs(_ text: String, _ shown: String) {
        #expect(ShownText.text(text) == shown)
        #expect(ShownText.line(text) == shown)
    }

    /// Every control and every character that turns text, wherever it stands.
    @Test func noControlIsLeft() {
        for value in [0...0x1F, 0x7F...0x9F, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069].joined() {
            guard let scalar = Unicode.Scalar(UInt32(value)) else { continue }
            let line = ShownText.line("a\(Character(scalar))b")
            #expect(!line.unicodeScalars.contains(scalar), "\(value)")
            #expect(line.hasPrefix("a\\") && line.hasSuffix("b"))
        }
    }

    @Test func linesStayWhereSeveralAreMeant() {
        #expect(ShownText.text("one\n\ttwo") == "one\n\ttwo")
        #expect(ShownText.line("one\n\ttwo\r\n") == "one\\n\\ttwo\\r\\n")
    }

    /// Of a message the further lines are indented: no other line end in it is its own.
    @Test(arguments: [
        ("one line", "one line"), ("first\n  second\n    third\n  ", "first\n  second\n    third\n  "),
        ("runs/a\nerror: b: no file", "runs/a\\nerror: b: no file"), ("a\n b", "a\\n b"), ("a\n\n  b", "a\\n\n  b"),
        ("a\n", "a\\n"), ("\n", "\\n"), ("a\r\nb", "a\\r\\nb"), ("a\r\n  b", "a\\r\n  b"), ("a\rb\n\tc", "a\\rb\\n\tc"),
        ("a\u{2028}b\u{85}c\u{1B}[31m", "a\\u{2028}b\\x85c\\x1B[31m"),
    ])
    func noNameBeginsALineOfAMessage(_ text: String, _ shown: String) {
        #expect(ShownText.message(text) == shown)
        #expect(ShownText.message(shown) == shown)
    }

    @Test func whatIsTooLongIsCutAndSaysSo() {
        #expect(ShownText.line(String(repeating: "é", count: 300)) == String(repeating: "é", count: 200) + "…")
        #expect(ShownText.line(String(repeating: "é", count: 200)).count == 200)
        #expect(ShownText.text("abcdef", most: 4) == "abcd… (2 more bytes)")
        // Never in the middle of a character.
        #expect(ShownText.text("aéé", most: 4) == "aé… (2 more bytes)")
    }

    @Test func onlyColoursStayWhereColoursAreMeant() {
        #expect(ShownText.text("\u{1B}[32mok\u{1B}[0m", colours: true) == "\u{1B}[32mok\u{1B}[0m")
        for code in ["8m", "2J", "1A", "38;5;1m", "32", "m", "H"] {
            #expect(ShownText.text("\u{1B}[\(code)", colours: true) == "\\x1B[\(code)")
        }
    }
}
