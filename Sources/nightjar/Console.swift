import ArgumentParser
import Foundation
import NightjarProcess
import NightjarRuns
import NightjarScripting
import NightjarTensor

/// Standard output and standard error, a line at a time. All text passes ``ShownText``: whatever a script, a plugin or a
/// file put into it, it acts on no terminal.
enum Console {
    /// Colours that the program set stay where standard output takes them.
    static func output(_ line: String) {
        write(ShownText.text(line, most: ShownText.longestOutput, colours: isTerminal), to: STDOUT_FILENO)
    }
    /// One line that names a file, a folder or what somebody else has named: no name begins a line of its own.
    static func line(_ text: String) {
        write(ShownText.line(text, most: ShownText.longestOutput), to: STDOUT_FILENO)
    }
    static func errors(_ line: String) {
        let plain = typed.reduce(line) { $0.replacing($1, with: ShownText.line($1)) }
        write(ShownText.text(plain, most: 2 * ShownText.longestMessage), to: STDERR_FILENO)
    }

    /// What was typed and acts where it is shown, the longest first. Messages repeat it, and it may be the name of a file that
    /// somebody else has given: one with a line end in it would begin a line of its own.
    private static let typed: [String] = {
        let said = CommandLine.arguments.dropFirst().flatMap {
            [$0] + $0.split(separator: "=", maxSplits: 1).map(String.init)
        }
        return Set(said).filter { ShownText.line($0, most: .max) != $0 }.sorted { $0.utf8.count > $1.utf8.count }
    }()

    /// All of standard input.
    /// - Throws: ``RunError`` where it is no text in UTF-8.
    static func input() throws -> String {
        let data: Data
        do {
            data = try WholeFile.rest(of: STDIN_FILENO, most: WholeFile.mostScript)
        } catch let fault as WholeFile.Fault {
            throw RunError("standard input cannot be read: \(fault)")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw RunError("standard input is not text in UTF-8")
        }
        return text
    }

    /// Whether standard output is a terminal that may be given colours.
    static var isTerminal: Bool {
        isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    }

    /// Whether standard output shows 256 colours.
    static var hasColours: Bool {
        let environment = ProcessInfo.processInfo.environment
        let kind = environment["TERM"] ?? ""
        return isTerminal && (kind.contains("256") || kind.contains("kitty") || environment["COLORTERM"] != nil)
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
        } catch  where StopSignal.isRaised {
            errors("\(error)")
            throw ExitCode(StopSignal.exitStatus)
        } catch {
            errors("error: \(FileReason.message(error))")
            throw ExitCode.failure
        }
    }

    private static func write(_ line: String, to descriptor: Int32) { OutputStream.write(line + "\n", to: descriptor) }
}
