import Foundation
import NightjarEngine

/// Runs tests written in Lua with `nightjar.test`.
public enum ScriptTests {
    /// One test, or a file that did not load.
    public struct Result {
        public let file: String
        public let name: String
        /// What went wrong; nil where it passed.
        public let failure: String?
        /// Why it was not run; nil where it was.
        public var skipped: String?
    }

    /// All test files among the given files and folders: `.lua` files as they are; of folders those in folders
    /// named `tests`, at any depth, or directly inside when the folder itself is named so.
    public static func files(in paths: [String]) throws -> [String] {
        var found: [String] = []
        for path in paths {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw ScriptError("there is no file or folder \(path)")
            }
            if !isFolder.boolValue {
                found.append(path)
                continue
            }
            let inside = (FileManager.default.enumerator(atPath: path)?.allObjects as? [String] ?? []).sorted()
            let isTests = (path as NSString).lastPathComponent == "tests"
            for file in inside where file.hasSuffix(".lua") {
                let folder = (file as NSString).deletingLastPathComponent
                let isAmongTests = folder.isEmpty ? isTests : (folder as NSString).lastPathComponent == "tests"
                if isAmongTests { found.append(path + "/" + file) }
            }
        }
        return found
    }

    /// Runs each file in a state of its own.
    /// - Parameter report: called after each test.
    public static func run(
        files: [String], options: ScriptOptions = ScriptOptions(), threads: Int = 1,
        report: (Result) -> Void = { _ in }
    ) throws -> [Result] {
        var results: [Result] = []
        for file in files {
            let host = try ScriptHost(session: Session(threads: threads), options: options)
            for result in host.runTests(file: file, report: report) { results.append(result) }
        }
        return results
    }

    /// `12 passed, 1 failed`, and how many were skipped where some were.
    public static func summary(_ results: [Result]) -> String {
        let failed = results.count { $0.failure != nil }
        let skipped = results.count { $0.skipped != nil }
        return "\(results.count - failed - skipped) passed, \(failed) failed"
            + (skipped == 0 ? "" : ", \(skipped) skipped")
    }
}

extension ScriptHost {
    fileprivate func runTests(file: String, report: (ScriptTests.Result) -> Void) -> [ScriptTests.Result] {
        var results: [ScriptTests.Result] = []
        func add(_ name: String, _ failure: String?) {
            let result = ScriptTests.Result(file: file, name: name, failure: failure)
            results.append(result)
            report(result)
        }
        do {
            // A folder of tests belongs to the folder that it lies in.
            let folder = (ScriptFiles.resolved(file) as NSString).deletingLastPathComponent
            if (folder as NSString).lastPathComponent == "tests" {
                let owner = (folder as NSString).deletingLastPathComponent
                files.allow(owner)
                if let reason = refusal(ofTestsOf: owner) {
                    let result = ScriptTests.Result(file: file, name: "all", failure: nil, skipped: reason)
                    report(result)
                    return [result]
                }
            }
            try runFile(file)
        } catch {
            add("loads", "\(error)")
            return results
        }
        let names = (try? library?.call([.string("tests")]).first?.asTable?.array.compactMap(\.asString)) ?? []
        if names.isEmpty { add("has tests", "\(file) registers no test: test(\"what holds\", function(t) ... end)") }
        for (index, name) in names.enumerated() {
            do {
                _ = try library?.call([.string("run_test"), .integer(index + 1)])
                add(name, nil)
            } catch {
                add(name, "\(error)")
            }
        }
        return results
    }

    /// Lets the tests of a plugin find it, wherever it lies.
    /// - Returns: why they cannot run here: native code is not allowed. nil where they can, and for a folder of no plugin.
    private func refusal(ofTestsOf folder: String) -> String? {
        guard files.exists(folder + "/plugin.lua") else { return nil }
        if places.besideScripts { addPlugin(folder) }
        guard let entry = plugins.entries.first(where: { $0.folder == folder }) else { return nil }
        return nativeRefusal(of: entry)
    }
}
