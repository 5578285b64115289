import Foundation
import TestLibraries
import Testing

/// Programs in other languages over the C interface: built with what the system has, and held to the numbers of the command.
@Suite struct ForeignTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let examples = root.appendingPathComponent("examples/embedding")
    private static let products = root.appendingPathComponent(".build/release")
    private static let library = products.appendingPathComponent("libNightjarC.so")

    private func run(_ program: String, _ arguments: [String], in folder: URL, _ extra: [String: String] = [:]) throws
        -> String
    {
        var changes: [String: String?] = extra
        changes["LD_LIBRARY_PATH"] = ForeignTests.products.path
        changes["NIGHTJAR_HOME"] = ForeignTests.root.path
        let ending = try OtherProgram.run(program, arguments, in: folder, environment: changes)
        #expect(ending.status == 0, "\(program): \(ending.errors)")
        return ending.output
    }

    private func scratch() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("foreign-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// What the command prints for the same script: the numbers that all others have to give, to the last bit.
    private func expected(in folder: URL) throws -> String {
        let script = try String(contentsOf: ForeignTests.examples.appendingPathComponent("train.lua"), encoding: .utf8)
            .replacing("local epochs = ...", with: "local epochs = 2")
            .replacing(
                "return last.j1, last.j2, last.loss",
                with: "print((\"j1 %.17g j2 %.17g loss %.17g\"):format(last.j1, last.j2, last.loss))")
        let file = folder.appendingPathComponent("command.lua")
        try script.write(to: file, atomically: true, encoding: .utf8)
        let text = try run(
            ForeignTests.products.appendingPathComponent("nightjar").path, ["run", file.path, "--threads", "1"],
            in: folder)
        return try #require(text.split(separator: "\n").first { $0.hasPrefix("j1 ") }.map(String.init))
    }

    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: library.path), "swift build -c release makes the library"))
    func aProgramInCTrainsToTheBitsOfTheCommand() throws {
        let folder = try scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try run(
            "/usr/bin/cc",
            [
                "-Wall", "-Wextra", "-Werror", "-I", ForeignTests.root.path + "/Sources/CNightjar/include",
                ForeignTests.examples.path + "/train.c", "-L", ForeignTests.products.path, "-lNightjarC", "-o", "train",
            ], in: folder)
        let text = try run(folder.path + "/train", [ForeignTests.examples.path + "/train.lua"], in: folder)
        #expect(text == "mean 5\n" + (try expected(in: folder)) + "\n")
    }

    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: library.path), "swift build -c release makes the library"))
    func aStockLuaRequiresIt() throws {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/lua5.4") else { return }
        let folder = try scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        _ = try run(
            "/usr/bin/cc",
            [
                "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-I/usr/include/lua5.4", "-I",
                ForeignTests.root.path + "/Sources/CNightjar/include", ForeignTests.examples.path + "/lua_module.c",
                "-L",
                ForeignTests.products.path, "-lNightjarC", "-o", "nightjar.so",
            ], in: folder)
        let script = """
            local runtime = require "nightjar".open()
            print(runtime:run("local nj = require 'nightjar' return nj.ones(2, 3):sum():item() + ...", 1))
            local t = runtime:run("local nj = require 'nightjar' return nj.arange(4):reshape(2, 2)")
            print(#t, t.shape[1], t.shape[2], t.dtype, t[4])
            print(pcall(runtime.run, runtime, "error('boom')"))
            """
        let text = try run("/usr/bin/lua5.4", ["-e", script], in: folder, ["LUA_CPATH": folder.path + "/?.so"])
        #expect(text == "7.0\n4\t2\t2\tfloat32\t3.0\nfalse\tscript.lua:1: boom\n")
    }

    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: library.path), "swift build -c release makes the library"))
    func pythonTrainsToTheBitsOfTheCommand() throws {
        let folder = try scratch()
        defer { try? FileManager.default.removeItem(at: folder) }
        guard try OtherProgram.run("/usr/bin/env", ["python3", "-c", "import numpy"], in: folder).status == 0 else {
            print("python3 has no NumPy here: the example in Python is not run")
            return
        }
        let text = try run(
            "/usr/bin/env",
            ["python3", ForeignTests.examples.path + "/train.py", ForeignTests.examples.path + "/train.lua"],
            in: folder, ["NIGHTJAR_LIBRARY": ForeignTests.library.path])
        #expect(text == "mean 5\n" + (try expected(in: folder)) + "\n")
    }
}
