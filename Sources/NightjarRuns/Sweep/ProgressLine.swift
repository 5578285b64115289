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
        guard line != shown else { return }
        write("\r\(line)\u{1B}[K")
        shown = line
    }

    /// Prints a whole line above the status line.
    public func print(_ text: String) {
        let again = shown
        clear()
        write(ShownText.text(text) + "\n")
        if !again.isEmpty { show(again) }
    }

    /// Takes the line away.
    public func clear() {
        guard isActive, !shown.isEmpty else { return }
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
