import CKernels
import Foundation
import NightjarEngine
import NightjarRuns

/// What all runs of this process have in common: the program with its modes, and the machine.
struct RunOrigin {
    /// What decides bits: version, instruction set, modes.
    let program: JSONValue
    /// What decides none: machine, threads, the state of the project's checkout.
    let environment: [String: JSONValue]

    init(_ session: Session, scriptFolder: String) {
        var program: [String: JSONValue] = [
            "version": .string(NightjarVersion.text),
            "instruction_set": .string(String(cString: nj_isa_name())),
        ]
        if session.isEager { program["eager"] = true }
        if session.isConvolutionExact { program["exact_convolutions"] = true }
        self.program = .object(program)
        var environment: [String: JSONValue] = [
            "threads": .integer(session.threads),
            "host": .string(ProcessInfo.processInfo.hostName),
            "system": .string(ProcessInfo.processInfo.operatingSystemVersionString),
            "lua": "5.4",
            "blas": "OpenBLAS",
        ]
        if let commit = GitState.of(scriptFolder) { environment["git"] = commit }
        self.environment = environment
    }
}

/// The state of the checkout that a script lies in, read from the files of git: no program is started.
enum GitState {
    /// Commit and branch; nil outside of a checkout.
    static func of(_ folder: String) -> JSONValue? {
        var url = URL(fileURLWithPath: folder, isDirectory: true).standardizedFileURL
        for _ in 0..<64 {
            let git = url.appendingPathComponent(".git")
            if let head = text(git.appendingPathComponent("HEAD")) { return state(git, head) }
            let above = url.deletingLastPathComponent()
            if above.path == url.path { return nil }
            url = above
        }
        return nil
    }

    private static func state(_ git: URL, _ head: String) -> JSONValue {
        guard head.hasPrefix("ref: ") else { return ["commit": .string(head)] }
        let reference = String(head.dropFirst(5))
        var entries: [String: JSONValue] = ["branch": .string(reference.replacing("refs/heads/", with: ""))]
        if !reference.contains(".."), let commit = text(git.appendingPathComponent(reference)) {
            entries["commit"] = .string(commit)
        } else if let packed = text(git.appendingPathComponent("packed-refs")) {
            for line in packed.split(separator: "\n") where line.hasSuffix(" " + reference) {
                entries["commit"] = .string(String(line.prefix { $0 != " " }))
            }
        }
        return .object(entries)
    }

    private static func text(_ url: URL) -> String? {
        guard let text = try? String(contentsOf: url, encoding: .utf8) else { return nil }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
