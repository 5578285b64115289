import Foundation
import NightjarNative

/// Native libraries for tests, built by `cc` alone.
public enum TestLibrary {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The library of `operations.c`, of a plugin "test".
    public static let operations = Result {
        let source = root.appendingPathComponent("Tests/TestLibraries/operations.c")
        return try NativeLibrary(path: build(source), owner: "test")
    }

    /// An operation of that library.
    public static func operation(_ name: String) throws -> NativeOperation {
        guard let operation = try operations.get().operation(name) else {
            throw Failure(description: "there is no operation \(name)")
        }
        return operation
    }

    /// Builds a library from a file; where, in a new folder or in one that is given.
    public static func build(_ source: URL, into folder: URL? = nil, flags: [String] = []) throws -> String {
        let name = source.deletingPathExtension().lastPathComponent
        let library = try (folder ?? newFolder()).appendingPathComponent(name + ".so").path
        let compiler = Process()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        compiler.arguments =
            [
                "cc", "-O3", "-Wall", "-Werror", "-shared", "-fPIC", "-I",
                root.appendingPathComponent("Sources/CNative/include").path,
            ]
            + flags + ["-o", library, source.path, "-lm"]
        let messages = Pipe()
        compiler.standardError = messages
        try compiler.run()
        let text = messages.fileHandleForReading.readDataToEndOfFile()
        compiler.waitUntilExit()
        guard compiler.terminationStatus == 0 else {
            throw Failure(description: "cc: \(String(decoding: text, as: UTF8.self))")
        }
        return library
    }

    /// Builds a library from a text.
    public static func build(text: String, name: String = "library", flags: [String] = []) throws -> String {
        let folder = try newFolder()
        let source = folder.appendingPathComponent(name + ".c")
        try text.write(to: source, atomically: true, encoding: .utf8)
        // What a test does wrong on purpose is no warning.
        return try build(source, into: folder, flags: flags + ["-w"])
    }

    /// A folder of its own, which stays until the tests end.
    public static func newFolder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "nightjar-native-\(ProcessInfo.processInfo.processIdentifier)/\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }
}
