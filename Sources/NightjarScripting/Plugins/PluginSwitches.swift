import Foundation
import NightjarRuns
import NightjarTensor

/// Which of the user's plugins are switched off, and which were set aside because a start ended while they were read:
/// `plugins.json` in the configuration folder, written by `nightjar plugins enable` and `disable`.
public struct PluginSwitches: Equatable {
    public var disabled: Set<String> = []
    /// Folders.
    public var aside: Set<String> = []

    private static var file: URL {
        URL(fileURLWithPath: PluginPlaces.configurationFolder()).appendingPathComponent("plugins.json")
    }

    public init() {}

    /// - Throws: ``ScriptError`` for a file that cannot be read.
    public static func read() throws -> PluginSwitches {
        guard FileManager.default.fileExists(atPath: file.path) else { return PluginSwitches() }
        do {
            let value = try JSONValue(contentsOf: file)
            func names(_ key: String) -> Set<String> {
                guard case .array(let list)? = value[key] else { return [] }
                return Set(list.compactMap(\.stringValue))
            }
            var switches = PluginSwitches()
            (switches.disabled, switches.aside) = (names("disabled"), names("aside"))
            return switches
        } catch {
            throw ScriptError("\(error)\n  \(file.path) says which plugins are off: mend it, or remove it")
        }
    }

    public func write() throws {
        let file = PluginSwitches.file
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        let value = JSONValue.object([
            "disabled": .array(disabled.sorted().map { .string($0) }),
            "aside": .array(aside.sorted().map { .string($0) }),
        ])
        try Data(value.text().utf8).write(to: file, options: .atomic)
    }
}

/// A note of which plugin is being read, which stays where the process ends meanwhile. One file a process.
final class LoadingMark {
    private let file: String
    private var handle: FileHandle?
    private static let prefix = "loading-"

    init() { file = PluginPlaces.stateFolder() + "/\(LoadingMark.prefix)\(ProcessInfo.processInfo.processIdentifier)" }

    /// Where the folder for marks cannot be made nothing is noted: reading goes on.
    func set(_ folder: String) {
        if handle == nil {
            try? FileManager.default.createDirectory(
                atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            guard FileManager.default.createFile(atPath: file, contents: nil) else { return }
            handle = FileHandle(forWritingAtPath: file)
        }
        // First the shorter file: a folder is never read with the end of another.
        try? handle?.truncate(atOffset: 0)
        try? handle?.write(contentsOf: Data(folder.utf8))
    }

    func clear() {
        guard handle != nil else { return }
        try? handle?.close()
        handle = nil
        try? FileManager.default.removeItem(atPath: file)
    }

    /// Folders that processes were reading which are no more; their marks are taken away.
    static func left() -> [String] {
        let state = PluginPlaces.stateFolder()
        let names = (try? FileManager.default.contentsOfDirectory(atPath: state)) ?? []
        return names.compactMap { name in
            guard name.hasPrefix(prefix), let process = Int32(name.dropFirst(prefix.count)), process > 0,
                kill(process, 0) != 0, errno == ESRCH
            else { return nil }
            let path = state + "/" + name
            let folder = try? WholeFile.text(path, most: WholeFile.headBytes)
            try? FileManager.default.removeItem(atPath: path)
            return folder.flatMap { $0.isEmpty ? nil : $0 }
        }
    }
}
