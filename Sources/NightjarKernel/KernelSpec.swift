import Foundation
import NightjarRuns

/// What Jupyter knows of a kernel: a folder with `kernel.json`.
public struct KernelSpec {
    private let program: String

    /// - Parameter program: the absolute path of the program that is the kernel.
    public init(program: String) { self.program = program }

    /// The folder of kernels of a user, or of an installation below a prefix.
    public static func folder(
        prefix: String?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> URL {
        let data: String
        if let prefix {
            data = prefix + "/share/jupyter"
        } else if let known = environment["JUPYTER_DATA_DIR"], !known.isEmpty {
            data = known
        } else if let known = environment["XDG_DATA_HOME"], known.hasPrefix("/") {
            data = known + "/jupyter"
        } else {
            data = (environment["HOME"] ?? NSHomeDirectory()) + "/.local/share/jupyter"
        }
        return URL(fileURLWithPath: data, isDirectory: true).appendingPathComponent(
            "kernels/nightjar", isDirectory: true)
    }

    public var json: JSONValue {
        [
            "argv": [.string(program), "kernel", "--connection-file", "{connection_file}"],
            "display_name": "Nightjar (Lua)", "language": "lua", "interrupt_mode": "message",
        ]
    }

    /// Writes it.
    /// - Returns: the file.
    /// - Throws: `RunError` where it cannot be written.
    public func install(in folder: URL) throws -> URL {
        let file = folder.appendingPathComponent("kernel.json")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try AtomicFile.write(json.text(), to: file)
        } catch {
            throw RunError("\(file.path) cannot be written: \(error)")
        }
        return file
    }
}
