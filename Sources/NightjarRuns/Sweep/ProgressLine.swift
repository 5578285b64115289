// One line at the bottom of a terminal that is drawn over and over; nothing where there is no terminal.

import Foundation
import NightjarProcess

/// A status line. Not for sharing between threads.
public final class ProgressLine {
    /// False where the output is no terminal; then `show` does nothing, and `print` still prints.
    public let isActive: Bool
    private let output: FileHandle
    private let columns: () -> Int
    private var shown = ""
    /// The lines of a block that is there, where it is more than one.
    private var block: [String] = []

    /// - Parameter output: where the line goes; standard error keeps standard output clean for results.
    public convenience init(to output: FileHandle = .standardError) {
        let descriptor = output.fileDescriptor
        self.init(to: output, isActive: TerminalText.columns(of: descriptor) != nil) {
            TerminalText.columns(of: descriptor) ?? 80
        }
    }

    /// - Parameter columns: asked at each drawing, as windows change their size.
    public init(to output: FileHandle, isActive: Bool, columns: @escaping () -> Int) {
        self.output = output
        self.isActive = isActive
        self.columns = columns
    }

    /// Draws the text over the line that is there; cut where the terminal is narrower.
    public func show(_ text: String) {
        guard isActive else { return }
        let line = TerminalText.cut(
            ShownText.line(text.replacing("\n", with: " "), most: 500), to: max(1, columns() - 1))
        if !block.isEmpty { clear() }
        guard line != shown else { return }
        write("\r\(line)\u{1B}[K")
        shown = line
    }

    /// Draws several lines over those that are there; each is cut where the terminal is narrower.
    public func show(_ lines: [String]) {
        guard isActive else { return }
        guard lines.count > 1 else { return show(lines.first ?? "") }
        let most = max(1, columns() - 1)
        let cut = lines.map {
            TerminalText.cut(ShownText.line($0.replacing("\n", with: " "), most: 500), to: most)
        }
        guard cut != block else { return }
        if !shown.isEmpty { clear() }
        let up = block.count > 1 ? "\u{1B}[\(block.count - 1)A" : ""
        write("\r" + up + cut.map { $0 + "\u{1B}[K" }.joined(separator: "\n") + "\u{1B}[J")
        block = cut
    }

    /// Prints a whole line above the status line.
    public func print(_ text: String) {
        let (again, lines) = (shown, block)
        clear()
        write(ShownText.text(text) + "\n")
        if !again.isEmpty { show(again) }
        if !lines.isEmpty { show(lines) }
    }

    /// Takes the line away.
    public func clear() {
        guard isActive else { return }
        if !block.isEmpty {
            write("\r" + (block.count > 1 ? "\u{1B}[\(block.count - 1)A" : "") + "\u{1B}[J")
            block = []
        }
        guard !shown.isEmpty else { return }
        write("\r\u{1B}[K")
        shown = ""
    }

    /// Leaves the line as it is and moves below it.
    public func finish() {
        guard isActive, !shown.isEmpty else { return }
        write("\n")
        shown = ""
    }

    // A status that cannot be written is no reason to stop a run.
    private func write(_ text: String) {
        OutputStream.write(text, to: output.fileDescriptor)
    }
}
