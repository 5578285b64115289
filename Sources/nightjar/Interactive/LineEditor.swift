import CLineEditor
import Foundation
import NightjarProcess
import NightjarScripting
import NightjarTools

/// Where a session's lines come from.
protocol LineSource: AnyObject {
    func next(prompt: String) -> LineEditor.Line
    /// An input that was run, of one or more lines.
    func remember(_ input: String)
}

/// Lines that are typed at a terminal: with editing, history and completion.
final class LineEditor: LineSource {
    enum Line {
        case text(String)
        case end
        /// A signal asked for a stop.
        case stopped
    }

    /// Asked when Tab is pressed, with the text in front of the cursor.
    var complete: (String) -> InteractiveCompletion = {
        InteractiveCompletion(start: $0.utf8.count, end: $0.utf8.count)
    }
    private let history: URL?
    private var editor: OpaquePointer?

    /// - Parameter history: the file that keeps what was typed, from session to session.
    /// Nil where there is no memory.
    init?(history: URL?) {
        self.history = history
        let context = Unmanaged.passUnretained(self).toOpaque()
        editor = njle_open(
            context,
            { context, editor in
                guard let context else { return true }
                return Unmanaged<LineEditor>.fromOpaque(context).takeUnretainedValue().completeWord(editor)
            }, { StopSignal.isRaised })
        guard let editor else { return nil }
        if let history { _ = njle_load_history(editor, history.path) }
    }

    deinit {
        if let editor { njle_close(editor) }
    }

    func next(prompt: String) -> Line {
        var text: UnsafePointer<CChar>?
        var length = 0
        switch njle_read(editor, prompt, &text, &length) {
        case NJLE_LINE:
            guard let text else { return .end }
            return .text(String(decoding: UnsafeRawBufferPointer(start: text, count: length), as: UTF8.self))
        case NJLE_STOPPED: return .stopped
        default: return .end
        }
    }

    func remember(_ input: String) {
        njle_remember(editor, input)
        guard let history else { return }
        // Kept at once: a session can end in many ways. A history that cannot be written is no reason to stop.
        try? FileManager.default.createDirectory(
            at: history.deletingLastPathComponent(), withIntermediateDirectories: true)
        if njle_save_history(editor, history.path) {
            try? FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: history.path)
        }
    }

    /// - Returns: whether the line has changed in place; else something was written below it.
    private func completeWord(_ editor: OpaquePointer?) -> Bool {
        var length = 0
        guard let start = njle_before_cursor(editor, &length) else { return true }
        let text = String(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
        // At the beginning of a line, Tab indents.
        guard text.contains(where: { $0 != " " }) else {
            njle_replace(editor, 0, "  ")
            return true
        }
        let completion = complete(text)
        let word = String(decoding: Array(text.utf8)[completion.start...], as: UTF8.self)
        let common = completion.common
        if common.count > word.count {
            njle_replace(editor, Int32(clamping: word.unicodeScalars.count), common)
            return true
        }
        guard completion.candidates.count > 1 else { return true }
        OutputStream.write("\n" + LineEditor.columns(completion.candidates, width: Console.width), to: STDOUT_FILENO)
        return false
    }

    /// Words in columns, read from top to bottom; of very many, the first.
    static func columns(_ words: [String], width: Int) -> String {
        let most = 200
        let shown = Array(words.prefix(most))
        let wide = (shown.map(\.count).max() ?? 0) + 2
        let count = max(1, width / wide)
        let rows = (shown.count + count - 1) / count
        var text = ""
        for row in 0..<rows {
            var line = ""
            for word in stride(from: row, to: shown.count, by: rows).map({ shown[$0] }) {
                line += word + String(repeating: " ", count: wide - word.count)
            }
            text += line.trimmingCharacters(in: .whitespaces) + "\n"
        }
        return words.count > most ? text + "and \(words.count - most) more\n" : text
    }
}

/// Lines of standard input that is no terminal.
final class PlainLines: LineSource {
    func next(prompt: String) -> LineEditor.Line {
        guard let line = readLine() else { return StopSignal.isRaised ? .stopped : .end }
        return .text(line)
    }

    func remember(_ input: String) {}
}
