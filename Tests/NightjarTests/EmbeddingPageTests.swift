import Foundation
import Nightjar
import TestLibraries
import Testing

/// `docs/embedding.md`: what it shows is run as a reader would, from the folder of the project.
@Suite struct EmbeddingPageTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let library = root.appendingPathComponent(".build/release/libNightjarC.so").path

    /// The blocks of a language, in their order.
    private func blocks(_ language: String) throws -> [String] {
        let page = try String(
            contentsOf: EmbeddingPageTests.root.appendingPathComponent("docs/embedding.md"), encoding: .utf8)
        var blocks: [String] = []
        var open: [Substring]?
        for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
            if let lines = open {
                if line == "```" {
                    blocks.append(lines.joined(separator: "\n") + "\n")
                    open = nil
                } else {
                    open = lines + [line]
                }
            } else if line == "```" + language {
                open = []
            }
        }
        return blocks
    }

    /// Runs commands in a folder that has what the project's has, and gives what they write.
    private func shell(_ commands: String, _ extra: [String: String] = [:]) throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("page-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["Sources", "examples", "lua", "plugins", ".build"] {
            try FileManager.default.createSymbolicLink(
                at: folder.appendingPathComponent(name),
                withDestinationURL: EmbeddingPageTests.root.appendingPathComponent(name))
        }
        var changes: [String: String?] = ["NIGHTJAR_HOME": nil, "LD_LIBRARY_PATH": nil, "LUA_CPATH": nil]
        for (name, value) in extra { changes[name] = value }
        let ending = try OtherProgram.run("/bin/sh", ["-euc", commands], in: folder, environment: changes)
        #expect(ending.status == 0, "\(commands)\n\(ending.errors)")
        return ending.output
    }

    @Test func thePageHasABlockOfEachLanguage() throws {
        #expect(try blocks("sh").count == 2 && blocks("python").count == 1 && blocks("swift").count == 1)
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: library), "swift build -c release makes the library"))
    func theCommandsForCTrain() throws {
        let text = try shell(try #require(try blocks("sh").first))
        #expect(text.wholeMatch(of: /mean 5\nj1 [0-9.]+ j2 [0-9.]+ loss [0-9.]+\n/) != nil, "\(text)")
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: library), "swift build -c release makes the library"))
    func theCommandsForLuaAdd() throws {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/lua5.4") else { return }
        #expect(try shell(try #require(try blocks("sh").last)) == "2\n")
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: library), "swift build -c release makes the library"))
    func thePythonOfThePageDoubles() throws {
        let code = try #require(try blocks("python").first)
        let text = try shell(
            """
            if ! python3 -c 'import numpy' 2> /dev/null; then echo none; exit 0; fi
            cat > page.py <<'END'
            \(code)print(doubled.tolist())
            END
            python3 page.py
            """,
            [
                "NIGHTJAR_HOME": EmbeddingPageTests.root.path, "NIGHTJAR_LIBRARY": EmbeddingPageTests.library,
                "PYTHONPATH": EmbeddingPageTests.root.appendingPathComponent("examples/embedding").path,
            ])
        guard text != "none\n" else { return print("python3 has no NumPy here: the example in Python is not run") }
        #expect(text == "[[2.0, 2.0, 2.0], [2.0, 2.0, 2.0]]\n")
    }

    // swift-format-ignore
    /// The lines between the marks are those of the page.
    private func page() throws -> [LuaValue] {
        // page
        var options = Runtime.Options()
        options.threads = 2
        options.instructionLimit = 1_000_000_000     // of the Lua machine, for each call
        let runtime = try Runtime(options)

        try runtime.register("answer") { arguments in [.integer(42)] }
        let values = try runtime.run("local nj = require 'nightjar' return nj.host.answer() + 1")

        let tensor = try Tensor([1, 2, 3, 4] as [Float], shape: Shape([2, 2]))
        let doubled = try runtime.run("return ... * 2", arguments: [runtime.value(tensor)])
        print(try runtime.tensor(doubled[0]).values)     // [2.0, 4.0, 6.0, 8.0]

        runtime.progress = { print("epoch \($0.epoch) of \($0.lastEpoch): J1 \($0.values["j1"] ?? .nan)") }
        do {
            try runtime.run(file: "experiment.lua", arguments: [.integer(10)])
        } catch let failure as Runtime.Failure {
            print(failure.file ?? "", failure.line ?? 0, failure.message)
        }
        // page
        #expect(try runtime.tensor(doubled[0]).values == [2, 4, 6, 8])
        return values
    }

    @Test func theSwiftOfThePageRuns() throws {
        #expect(try page().first?.asNumber == 43)
        let shown = try #require(try blocks("swift").first).split(separator: "\n", omittingEmptySubsequences: false)
            .dropFirst(3).map(String.init)
        let parts = try String(contentsOfFile: #filePath, encoding: .utf8).components(separatedBy: "        // page\n")
        let own = parts[1].split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasPrefix("        ") ? String(line.dropFirst(8)) : String(line)
        }
        #expect(own == shown)
    }
}
