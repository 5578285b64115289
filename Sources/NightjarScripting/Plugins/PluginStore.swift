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
        init(_ text: String) { description = ShownText.message(text) }
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
        let scratch = FileManager.default.temporaryDirectory.appendingPathComponent(
            "nightjar-plugin-\(UUID().uuidString)")
        defer { PluginArchive.remove(scratch) }
        var origin = path
        if !isFolder.boolValue {
            if isLinked { throw Refusal("--link needs a folder, and \(source) is a file") }
            try PluginArchive(path).unpack(into: scratch)
            origin = try PluginStore.pluginFolder(in: scratch, source)
        }
        guard FileManager.default.fileExists(atPath: origin + "/plugin.lua") else {
            throw Refusal(
                "\(source) holds no plugin.lua: a plugin is a folder with one ('nightjar new plugin NAME' makes one)")
        }
        // Before anything of it is read.
        if !isLinked { try PluginStore.check(URL(fileURLWithPath: origin), source, kinds: true) }
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

    /// Bytes and files that a plugin has at most; data sets are the largest part of one.
    static let mostBytes = 1 << 30
    static let mostFiles = 20_000
    /// Folders inside of each other: what is nested deeper takes time that grows with the square of it.
    static let mostLevels = 32

    static func tooDeep(_ source: String) -> Refusal {
        Refusal("\(source) holds folders that are nested deeper than \(mostLevels) levels")
    }

    static func tooMuch(_ source: String) -> Refusal {
        Refusal(
            "\(source) holds more than a plugin has, \(mostFiles) files and \(mostBytes >> 20) MiB: unpack it, take out what "
                + "is no part of the plugin, and add the folder, with --link to leave it where it is")
    }

    /// - Throws: ``Refusal`` where a folder holds more than a plugin has.
    static func checkSize(_ folder: URL, _ source: String) throws { try check(folder, source, kinds: false) }

    /// - Parameter kinds: whether what is no file and no folder is refused, and names that act where they are shown.
    private static func check(_ folder: URL, _ source: String, kinds: Bool) throws {
        var bytes = 0
        var files = 0
        let inside = FileManager.default.enumerator(atPath: folder.path)
        while let name = inside?.nextObject() as? String {
            if (name as NSString).lastPathComponent == ".git" {
                inside?.skipDescendants()
                continue
            }
            files += 1
            guard (inside?.level ?? 0) <= mostLevels else { throw tooDeep(source) }
            var facts = stat()
            guard lstat(folder.path + "/" + name, &facts) == 0 else { continue }
            let kind = facts.st_mode & S_IFMT
            if kinds {
                let place = source + "/" + ShownText.line(name)
                guard kind != S_IFLNK else {
                    throw Refusal(
                        "\(place) is a link: a plugin holds regular files (--link takes the folder as it is)")
                }
                guard kind == S_IFREG || kind == S_IFDIR else { throw Refusal("\(place) is no regular file") }
                guard ShownText.line(name, most: .max) == name else {
                    throw Refusal("\(place) is a name with characters that cannot be seen: give the file another one")
                }
            }
            // Also a file with holes counts as long as it says that it is: it is copied so.
            if kind == S_IFREG { bytes = bytes.addingReportingOverflow(Int(facts.st_size)).partialValue }
            guard files <= mostFiles, (0...mostBytes).contains(bytes) else { throw tooMuch(source) }
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

    /// Regular files and folders alone, and what a checkout keeps for git is left out.
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
