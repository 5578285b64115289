import ArgumentParser
import Foundation
import NightjarRuns
import NightjarScripting

/// Standard output and standard error, a line at a time.
enum Console {
    static func output(_ line: String) { write(line, to: .standardOutput) }
    static func errors(_ line: String) { write(line, to: .standardError) }

    /// Whether standard output is a terminal that may be given colours.
    static var isTerminal: Bool {
        isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    }

    /// Columns that text is broken at: those of the terminal, or of `COLUMNS` where standard output is none.
    static var width: Int {
        let said = ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }
        return max(40, TerminalText.columns(of: STDOUT_FILENO) ?? said ?? 100)
    }

    /// Runs a command's work; an error becomes a message on standard error and exit status 1.
    static func reporting(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let code as ExitCode {
            throw code
        } catch let error as ValidationError {
            throw error
        } catch {
            errors("error: \(error)")
            throw ExitCode.failure
        }
    }

    // Nobody reads what a closed pipe is told.
    private static func write(_ line: String, to handle: FileHandle) {
        try? handle.write(contentsOf: Data((line + "\n").utf8))
    }
}
