import Foundation
import NightjarRuns
import Testing

@Suite struct ProgressLineTests {
    /// What a stranger named a run, a cell or a metric begins no line of a list, and colours nothing in it.
    @Test func cellsOfAListAreOnTheirLine() {
        var list = ColumnText([("name", false), ("top", true)])
        list.add(["a\n\u{1B}[31mfake  99", "1"])
        list.add(["数\u{202E}", "2"])
        #expect(
            list.text()
                == "name                 top\na\\n\\x1B[31mfake  99    1\n数\\u{202E}             2\n")
    }

    /// What a line writes, as text.
    private func written(isActive: Bool, columns: Int, _ body: (ProgressLine) -> Void) throws -> String {
        let temporary = try TemporaryFolder()
        try Data().write(to: temporary.file("out"))
        let handle = try FileHandle(forWritingTo: temporary.file("out"))
        body(ProgressLine(to: handle, isActive: isActive, columns: { columns }))
        try handle.close()
        return try temporary.text("out")
    }

    @Test func theLineIsDrawnOverItselfAndCutToTheTerminal() throws {
        let text = try written(isActive: true, columns: 10) { line in
            line.show("epoch 1/3")
            line.show("epoch 1/3")
            line.show("epoch 2/3  loss 1.0")
            line.finish()
        }
        #expect(text == "\repoch 1/3\u{1B}[K\repoch 2/…\u{1B}[K\n")
    }

    @Test func messagesGoAboveTheLine() throws {
        let text = try written(isActive: true, columns: 80) { line in
            line.show("runs 1/2")
            line.print("seed=1: failed")
            line.clear()
        }
        #expect(text == "\rruns 1/2\u{1B}[K\r\u{1B}[Kseed=1: failed\n\rruns 1/2\u{1B}[K\r\u{1B}[K")
    }

    @Test func withoutATerminalOnlyMessagesArePrinted() throws {
        let text = try written(isActive: false, columns: 80) { line in
            line.show("runs 1/2")
            line.print("seed=1: failed")
            line.finish()
        }
        #expect(text == "seed=1: failed\n")
    }

    @Test func aFileIsNoTerminal() throws {
        let temporary = try TemporaryFolder()
        try Data().write(to: temporary.file("out"))
        let handle = try FileHandle(forWritingTo: temporary.file("out"))
        #expect(!ProgressLine(to: handle).isActive)
        #expect(TerminalText.columns(of: handle.fileDescriptor) == nil)
    }

    @Test func wideCharactersCountTwice() {
        #expect(TerminalText.width("a±…") == 3)
        #expect(TerminalText.width("数字") == 4)
        for wide in ["한", "ｱ" + "ｱ", "Ａ", "、", "😀", "✅", "⭐", "⌚", "❤️", "☎️", "1️⃣", "🇩🇪", "👩‍👩‍👧", "𠀀", "👍🏽"] {
            #expect(TerminalText.width(wide) == 2, "\(wide)")
        }
        for narrow in ["é", "e\u{301}", "❤", "±", "√", "α", "ж", "—", "#", "©", "\u{301}a"] {
            #expect(TerminalText.width(narrow) == 1, "\(narrow)")
        }
        #expect(TerminalText.width("\u{301}") == 0)
        #expect(TerminalText.cut("数字数字", to: 6) == "数字…")
        #expect(TerminalText.cut("plain", to: 5) == "plain")
        #expect(TerminalText.cut("plain", to: 0) == "")
    }

    @Test func paragraphsBreakAtSpaces() {
        #expect(TerminalText.wrap("one two three", to: 8) == "one two\nthree")
        #expect(TerminalText.wrap("one two three", to: 13) == "one two three")
        #expect(TerminalText.wrap("one two three", to: 12, start: 4, indent: 2) == "one two\n  three")
        #expect(TerminalText.wrap("a wordthatislong b", to: 6, indent: 1) == "a\n wordthatislong\n b")
        #expect(TerminalText.wrap("", to: 6) == "")
    }
}
