import Foundation
import NightjarProcess
import NightjarTensor

/// The user's own plugins: added from a folder or an archive, taken away, switched on and off. Nothing is downloaded.
public struct PluginStore {
    /// Where they lie.
    public let folder: URL

    public init(folder: String = PluginPlaces.userFolder()) { self.folder = URL(fileURLWithPath: folder) }

    /// What is in the way of adding, removing or switching.
    public struct Refusal: Error, CustomStringConvertible {
        public let description: String
        init(_ text: String) { description = text }
    }

    // MARK: Adding

    /// Puts a copy of a plugin, or with `isLinked` a link to it, beside the user's other plugins.
    ///
    /// - Parameters:
    ///   - source: a folder that holds a `plugin.lua`, such as a git checkout, or a .tar, .tar.gz, .tgz or .zip of one.
    ///   - judge: reads the manifest and says what becomes of the plugin.
    /// - Returns: what was added.
    /// - Throws: ``Refusal`` for what is no plugin, does not load, or is there already.
    public func add(
        _ source: String, isLinked: Bool = false, replacing: Bool = false,
        judge: (String) throws -> PluginRegistry.Entry?
    ) throws -> PluginRegistry.Entry {
        let path = ScriptFiles.resolved(source)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw Refusal("there is no file or folder \(source)")
        }
        let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("nightjar-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }
        var origin = path
        if !isFolder.boolValue {
            if isLinked { throw Refusal("--link needs a folder, and \(source) is a file") }
            try PluginStore.unpack(path, into: scratch)
            origin = try PluginStore.pluginFolder(in: scratch, source)
        }
        guard FileManager.default.fileExists(atPath: origin + "/plugin.lua") else {
            throw Refusal(
                "\(source) holds no plugin.lua: a plugin is a folder with one ('nightjar new plugin NAME' makes one)")
        }
        if !isLinked { try PluginStore.checkSize(URL(fileURLWithPath: origin), source) }
        guard let entry = try judge(origin) else { throw Refusal("\(source) is no plugin") }
        if case .failed(let reason) = entry.status { throw Refusal("\(source) does not load: \(reason)") }
        let target = folder.appendingPathComponent(entry.name)
        if PluginStore.isThere(target.path) {
            guard replacing else {
                throw Refusal("\(target.path) is there already: --replace puts this one in its place")
            }
        }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let staged = folder.appendingPathComponent(".\(entry.name)-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: staged) }
        if isLinked {
            try FileManager.default.createSymbolicLink(atPath: staged.path, withDestinationPath: origin)
        } else {
            try PluginStore.copy(URL(fileURLWithPath: origin), to: staged)
        }
        if PluginStore.isThere(target.path) { try FileManager.default.removeItem(at: target) }
        try FileManager.default.moveItem(at: staged, to: target)
        return entry
    }

    private static func isThere(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path)
            || (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
    }

    /// The system's programs take archives apart: they refuse paths that lead out of the folder.
    private static func unpack(_ archive: String, into folder: URL) throws {
        let name = archive.lowercased()
        let command: (program: String, arguments: [String])
        if name.hasSuffix(".zip") {
            command = ("/usr/bin/unzip", ["-q", "-d", folder.path, archive])
        } else if [".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2"].contains(where: name.hasSuffix) {
            command = (
                "/bin/tar",
                [
                    "--extract", "--no-same-owner", "--no-same-permissions", "--file", archive, "--directory",
                    folder.path,
                ]
            )
        } else {
            throw Refusal("\(archive) is no folder and no archive that is known (.tar, .tar.gz, .tgz, .tar.xz, .zip)")
        }
        guard FileManager.default.isExecutableFile(atPath: command.program) else {
            throw Refusal("\(command.program) is needed to unpack \(archive), and is not there")
        }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let process = try ChildProcess(command.program, command.arguments)
        // An archive of a megabyte may hold a terabyte: what has come so far is looked at while it goes on.
        var end = process.poll()
        while end == nil {
            usleep(50_000)
            do {
                try StopSignal.check()
                try PluginStore.checkSize(folder, archive)
            } catch {
                process.stop()
                _ = process.wait()
                throw error
            }
            end = process.poll()
        }
        guard end == .exited(0) else {
            throw Refusal("\(archive) could not be unpacked: see what \(command.program) said above")
        }
        try PluginStore.checkSize(folder, archive)
    }

    /// Bytes and files that a plugin has at most; data sets are the largest part of one.
    static let mostBytes = 1 << 30
    static let mostFiles = 20_000
    /// Folders inside of each other: what is nested deeper takes time that grows with the square of it.
    static let mostLevels = 32

    /// - Throws: ``Refusal`` where a folder holds more than a plugin has.
    private static func checkSize(_ folder: URL, _ source: String) throws {
        var bytes = 0
        var files = 0
        let keys: Set<URLResourceKey> = [.fileSizeKey, .isRegularFileKey]
        let inside = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: Array(keys))
        while let file = inside?.nextObject() as? URL {
            files += 1
            guard (inside?.level ?? 0) <= mostLevels else {
                throw Refusal("\(source) holds folders that are nested deeper than \(mostLevels) levels")
            }
            let facts = try? file.resourceValues(forKeys: keys)
            // Also a file with holes counts as long as it says that it is: it is copied so.
            if facts?.isRegularFile == true { bytes = bytes.addingReportingOverflow(facts?.fileSize ?? 0).partialValue }
            guard files <= mostFiles, (0...mostBytes).contains(bytes) else {
                throw Refusal(
                    "\(source) holds more than a plugin has, \(mostFiles) files and \(mostBytes >> 20) MiB: unpack it, take out "
                        + "what is no part of the plugin, and add the folder, with --link to leave it where it is")
            }
        }
    }

    /// The folder with the manifest: the top of the archive, or the only folder in it.
    private static func pluginFolder(in folder: URL, _ source: String) throws -> String {
        if FileManager.default.fileExists(atPath: folder.path + "/plugin.lua") { return folder.path }
        let inside = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).map {
            folder.path + "/" + $0
        }
        // A folder that is a link leads out of the archive.
        let found = inside.filter {
            FileManager.default.fileExists(atPath: $0 + "/plugin.lua")
                && (try? FileManager.default.destinationOfSymbolicLink(atPath: $0)) == nil
        }
        guard let only = found.first, found.count == 1 else {
            throw Refusal(
                found.isEmpty
                    ? "\(source) holds no plugin.lua, neither at its top nor in a folder there"
                    : "\(source) holds several plugins: unpack it, and add them one by one")
        }
        return only
    }

    /// Regular files and folders alone: a link or a device in a plugin is an error, and what a checkout keeps for git is left out.
    private static func copy(_ source: URL, to target: URL) throws {
        let manager = FileManager.default
        try manager.createDirectory(at: target, withIntermediateDirectories: true)
        for name in try manager.contentsOfDirectory(atPath: source.path).sorted() where name != ".git" {
            let file = source.appendingPathComponent(name)
            let kind = try manager.attributesOfItem(atPath: file.path)[.type] as? FileAttributeType
            switch kind {
            case .typeDirectory?: try copy(file, to: target.appendingPathComponent(name))
            case .typeRegular?: try manager.copyItem(at: file, to: target.appendingPathComponent(name))
            case .typeSymbolicLink?:
                throw Refusal("\(file.path) is a link: a plugin holds regular files (--link takes the folder as it is)")
            default: throw Refusal("\(file.path) is no regular file")
            }
        }
    }

    // MARK: Removing and switching

    /// Takes one of the user's plugins away; of a link only the link.
    /// - Throws: ``Refusal`` for a plugin that lies elsewhere.
    public func remove(_ name: String, _ entries: [PluginRegistry.Entry]) throws {
        let target = folder.appendingPathComponent(name)
        guard PluginManifest.isName(name), PluginStore.isThere(target.path) else {
            guard let entry = entries.first(where: { $0.name == name }) else { throw unknown(name, entries) }
            throw Refusal(
                entry.isShipped
                    ? "plugin '\(name)' comes with Nightjar: it is not removed"
                    : "plugin '\(name)' lies in \(entry.folder), which 'nightjar plugins add' did not make: remove that folder, "
                        + "or switch the plugin off with 'nightjar plugins disable \(name)'")
        }
        try FileManager.default.removeItem(at: target)
        var switches = try PluginSwitches.read()
        switches.disabled.remove(name)
        switches.aside.remove(target.path)
        try switches.write()
    }

    /// Switches a plugin on or off for all that starts from now on.
    /// - Returns: whether that changed anything.
    /// - Throws: ``Refusal`` for a plugin that is not there or comes with Nightjar.
    public func set(_ name: String, enabled: Bool, _ entries: [PluginRegistry.Entry]) throws -> Bool {
        let all = entries.filter { $0.name == name || ($0.folder as NSString).lastPathComponent == name }
        guard !all.isEmpty else { throw unknown(name, entries) }
        guard let entry = all.first(where: { !$0.isShipped }) else {
            throw Refusal("plugin '\(name)' comes with Nightjar: it is always on")
        }
        var switches = try PluginSwitches.read()
        let before = switches
        if enabled {
            switches.disabled.remove(entry.name)
            for entry in all { switches.aside.remove(entry.folder) }
        } else {
            switches.disabled.insert(entry.name)
        }
        guard switches != before else { return false }
        try switches.write()
        return true
    }

    private func unknown(_ name: String, _ entries: [PluginRegistry.Entry]) -> Refusal {
        let names = Set(entries.map(\.name)).sorted()
        let hint = nearestName(to: name, in: names).map { ": did you mean '\($0)'?" } ?? ""
        return Refusal("there is no plugin '\(name)'\(hint)\n  known are \(names.joined(separator: ", "))")
    }
}
