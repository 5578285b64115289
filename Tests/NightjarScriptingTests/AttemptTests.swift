import Foundation
import NightjarProcess
import NightjarScripting
import TestLibraries
import Testing

/// Written attempts to break the boundary, each a line of Lua in `Fixtures/attempts.txt` with what it is answered.
///
/// A crash ends the run of tests; a hang meets the limit on instructions; an answer of other words fails the line. The
/// kinds are in the headings of the file: what stands where a tensor belongs, counts that are none, tables that lie, errors
/// of every kind, ways out of the sandbox.
@Suite struct AttemptTests {
    struct Attempt: CustomTestStringConvertible, Sendable {
        let number: Int
        let script: String
        let answer: String
        var testDescription: String { script }
    }

    static var file: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/attempts.txt")
    }

    /// Lines of scripts, each followed by its answer, indented. Headings begin with `#`.
    static let all: [Attempt] = {
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        var attempts: [Attempt] = []
        var script: String?
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            if line.hasPrefix("    ") {
                if let script {
                    attempts.append(
                        Attempt(number: attempts.count, script: script, answer: String(line.dropFirst(4))))
                }
                script = nil
            } else {
                script = String(line)
            }
        }
        return attempts
    }()

    /// What a script is answered, on one line: the first line of its error, or what it returned, as Lua shows it.
    static func answer(_ script: String) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("attempt-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var options = ScriptOptions(memoryLimit: 512 << 20)
        options.workingFolder = folder.path
        let host = try makeHost(options)
        host.output = { _ in }
        host.limitInstructions(50_000_000)
        // What it returns is made text by Lua, inside of the attempt.
        let text = """
            local nj = require "nightjar"
            local results = table.pack((function()
            \(script)
            end)())
            for i = 1, results.n do results[i] = tostring(results[i]):gsub("\\n", " ") end
            return "returns " .. table.concat(results, ", ", 1, results.n)
            """
        var answer: String
        do {
            // What has room does not depend on whose machine this is.
            answer = try onLittleMachine(left: 6 << 10) { try host.run(text).first?.asString ?? "nothing" }
        } catch let error as ScriptError {
            answer = "error: " + String(error.message.prefix { $0 != "\n" })
        }
        answer = answer.replacing(/\(\d+ in use\)/, with: "(... in use)")
        answer = answer.replacing(folder.path, with: "FOLDER").replacing(/Lua uses \d+ MiB/, with: "Lua uses N MiB")
        answer = ShownText.line(answer, most: 300)
        // Whatever it was, the host works as before.
        host.limitInstructions(0)
        #expect(try numbers("return (nj.ones(2) * 3):totable()", host) == [3, 3], "\(script)")
        return answer
    }

    @Test(arguments: all) func isAnswered(_ attempt: Attempt) throws {
        #expect(try AttemptTests.answer(attempt.script) == attempt.answer)
    }

    @Test func thereAreEnoughOfThem() {
        #expect(AttemptTests.all.count >= 700)
        #expect(Set(AttemptTests.all.map(\.script)).count == AttemptTests.all.count)
    }

    /// Writes the file anew with the answers of now, to be read before they are taken: `NIGHTJAR_ATTEMPTS=write`.
    @Test(.enabled(if: ProcessInfo.processInfo.environment["NIGHTJAR_ATTEMPTS"] == "write"))
    func answersAreWritten() throws {
        var text = ""
        for line in try String(contentsOf: AttemptTests.file, encoding: .utf8).split(separator: "\n")
        where !line.hasPrefix("    ") {
            text += line + "\n"
            if !line.hasPrefix("#") { text += "    " + (try AttemptTests.answer(String(line))) + "\n" }
        }
        try text.write(to: AttemptTests.file, atomically: true, encoding: .utf8)
    }
}
