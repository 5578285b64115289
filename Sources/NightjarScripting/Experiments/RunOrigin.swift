import CKernels
import CLuaShim
import COpenBLAS
import Foundation
import NightjarEngine
import NightjarRuns

/// What all runs of this process have in common: the program with its modes, and the machine.
struct RunOrigin {
    /// What decides bits: version, instruction set, modes.
    let program: JSONValue
    /// What decides none: machine, threads, libraries, the state of the project's checkout, and what was asked for.
    let environment: [String: JSONValue]

    /// - Parameter request: what the command line asked for; with it and the texts a run can be made again.
    init(_ session: Session, request: RunRequest, scriptFolder: String) {
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
            "processor": .string(RunOrigin.processor),
            "lua": .string(RunOrigin.luaRelease),
            "blas": .string(RunOrigin.blas),
            "folder": .string(FileManager.default.currentDirectoryPath),
            "request": request.json,
        ]
        if let commit = GitState.of(scriptFolder) { environment["git"] = commit }
        self.environment = environment
    }

    /// As the library says it: `Lua 5.4.4`.
    static var luaRelease: String {
        let words = String(cString: njl_release()).split(separator: " ")
        return words.drop { $0 != "Lua" }.prefix(2).joined(separator: " ")
    }

    /// As the library says it, with the kernels it chose: `OpenBLAS 0.3.21 ... Haswell`.
    static var blas: String {
        let configuration = openblas_get_config().map { String(cString: $0) } ?? "unknown"
        let core = openblas_get_corename().map { String(cString: $0) } ?? "unknown"
        return configuration.trimmingCharacters(in: .whitespaces) + ", kernels for \(core)"
    }

    /// The processor's name, as the system has it.
    private static var processor: String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").dropFirst().joined(separator: ":").trimmingCharacters(in: .whitespaces)
            ?? "unknown"
    }
}

/// The state of the checkout that a script lies in, read from the files of git: no program is started.
enum GitState {
    /// Commit and branch; nil outside of a checkout.
    static func of(_ folder: String) -> JSONValue? {
        var url = URL(fileURLWithPath: folder, isDirectory: true).standardizedFileURL
        for _ in 0..<64 {
            let git = url.appendingPathComponent(".git")
            if let state = state(git, above: url) { return state }
            let above = url.deletingLastPathComponent()
            if above.path == url.path { return nil }
            url = above
        }
        return nil
    }

    /// A folder, or, in a worktree or a submodule, a file that says where the folder is.
    private static func state(_ git: URL, above: URL) -> JSONValue? {
        if let head = text(git.appendingPathComponent("HEAD")) { return state(git, common: git, head) }
        guard let line = text(git), line.hasPrefix("gitdir: ") else { return nil }
        let folder = URL(fileURLWithPath: String(line.dropFirst("gitdir: ".count)), relativeTo: above)
        guard let head = text(folder.appendingPathComponent("HEAD")) else { return nil }
        let common = text(folder.appendingPathComponent("commondir")).map {
            URL(fileURLWithPath: $0, relativeTo: URL(fileURLWithPath: folder.path, isDirectory: true))
        }
        return state(folder, common: common ?? folder, head)
    }

    private static func state(_ git: URL, common: URL, _ head: String) -> JSONValue {
        guard head.hasPrefix("ref: ") else { return ["commit": .string(head)] }
        let reference = String(head.dropFirst(5))
        var entries: [String: JSONValue] = ["branch": .string(reference.replacing("refs/heads/", with: ""))]
        guard !reference.split(separator: "/").contains("..") else { return .object(entries) }
        for folder in [git, common] {
            if let commit = text(folder.appendingPathComponent(reference)) {
                entries["commit"] = .string(commit)
                return .object(entries)
            }
        }
        for line in (text(common.appendingPathComponent("packed-refs")) ?? "").split(separator: "\n")
        where line.hasSuffix(" " + reference) {
            entries["commit"] = .string(String(line.prefix { $0 != " " }))
        }
        return .object(entries)
    }

    private static func text(_ url: URL) -> String? {
        guard let text = try? String(contentsOf: url, encoding: .utf8) else { return nil }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
