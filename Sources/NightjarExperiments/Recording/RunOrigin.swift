import CKernels
import CLuaShim
import COpenBLAS
import Foundation
import NightjarEngine
import NightjarRuns
import NightjarScripting

/// What all runs of this process have in common: the program with its modes, and the machine.
final class RunOrigin {
    /// What decides bits: version, instruction set, modes.
    let program: JSONValue
    /// What decides none: machine, threads, libraries, the state of the project's checkout, and what was asked for. It is
    /// asked for when there is a run to describe.
    private(set) lazy var environment: [String: JSONValue] = self.makeEnvironment()
    private let threads: Int
    private let request: RunRequest
    private let scriptFolder: String
    private let isDirty: Bool??

    /// - Parameters:
    ///   - request: what the command line asked for; with it and the texts a run can be made again.
    ///   - isDirty: whether the checkout has changes, where a sweep has asked: what had no answer in time is not asked again
    ///     by each of its cells. nil: nobody has asked.
    init(_ session: Session, request: RunRequest, scriptFolder: String, isDirty: Bool??) {
        threads = session.threads
        self.request = request
        self.scriptFolder = scriptFolder
        self.isDirty = isDirty
        var program: [String: JSONValue] = [
            "version": .string(NightjarVersion.text),
            "instruction_set": .string(String(cString: nj_isa_name())),
        ]
        if session.isEager { program["eager"] = true }
        if let parallel = session.parallel { program["shards"] = .integer(parallel.shards.count) }
        if session.isConvolutionExact { program["exact_convolutions"] = true }
        self.program = .object(program)
    }

    /// Whether files of the script's checkout differ from its commit; nil outside of a checkout, and where nobody can say.
    func checkoutIsDirty() -> Bool? {
        if let asked = isDirty { return asked }
        return GitState.isDirty(scriptFolder)
    }

    private func makeEnvironment() -> [String: JSONValue] {
        var environment: [String: JSONValue] = [
            "threads": .integer(threads),
            "host": .string(ProcessInfo.processInfo.hostName),
            "system": .string(ProcessInfo.processInfo.operatingSystemVersionString),
            "processor": .string(RunOrigin.processor),
            "lua": .string(RunOrigin.luaRelease),
            "blas": .string(RunOrigin.blas),
            "folder": .string(FileManager.default.currentDirectoryPath),
            "request": request.json,
        ]
        if case .object(var state)? = GitState.of(scriptFolder) {
            state["dirty"] = checkoutIsDirty().map { .bool($0) }
            environment["git"] = .object(state)
        }
        return environment
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
