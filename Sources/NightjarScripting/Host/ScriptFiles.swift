import Foundation
import NightjarData
import NightjarProcess
import NightjarRuns
import NightjarTensor

/// Finds and reads scripts, and holds scripts to the folders they may read.
public final class ScriptFiles {
    /// One file that was read.
    public struct File {
        /// Absolute.
        public let path: String
        /// As messages show it: relative to the working directory where it lies below it.
        public let displayName: String
        public let text: String
    }

    /// What scripts were given to read, in order: a name that does not depend on where things are installed (a plugin's
    /// folder and file, or the file alone), and the SHA-256 of the text.
    public private(set) var used: [(name: String, hash: String)] = []

    /// More than 0 while definitions are only looked at: what is read then counts when it is used.
    private var trials = 0
    /// What was read while a definition was loaded, by the path of its file: it counts again where the definition, which
    /// is loaded once, is used again.
    private var readFor: [String: [(name: String, hash: String)]] = [:]
    /// The definitions that are being loaded, from the outside in.
    private var loading: [String] = []

    /// A text that was read.
    public struct Source: Sendable, Equatable {
        /// Absolute.
        public let path: String
        /// As in ``ScriptFiles/used``; that of the script that the host runs is its last path component.
        public let name: String
        public let text: String
        public let hash: String
    }

    /// The texts behind ``used``, with the script that the host runs and the manifests of plugins that gave something, in
    /// the order in which they were read.
    public private(set) var sources: [Source] = []

    /// A text that was read, by its path or as messages show it; nil where none was.
    public func source(_ path: String) -> Source? {
        sources.last { $0.path == path } ?? sources.last { ScriptFiles.display($0.path) == path }
    }

    /// Where the Lua side of the library lies.
    private lazy var libraryFolder = NightjarHome.folder("lua/nightjar")
    /// Folders that the user trusts.
    var trusted = TrustedFolders()
    /// Scripts of those folders that were read, which may read and write what they like.
    private var trustedScripts: Set<String> = []
    private let options: ScriptOptions
    private var allowedRoots: [String]
    /// Folders of runs that this script has made, resolved.
    private var ownRuns: Set<String> = []
    /// Folders in which plugins lie, resolved: scripts do not write there.
    private var pluginRoots: [String]

    init(options: ScriptOptions) {
        self.options = options
        allowedRoots = options.readableFolders.map { ScriptFiles.resolved($0) }
        pluginRoots = (options.pluginRoots ?? PluginPlaces.standard().roots).map(ScriptFiles.resolved)
        // A script named on the command line is meant to be read.
        for (_, value) in options.settings
        where value.hasSuffix(".lua") && exists(value) {
            allow((canonical(value) as NSString).deletingLastPathComponent, asTextsSay: true)
        }
    }

    /// Scripts may not write below this folder from now on.
    func holdsPlugins(_ folder: String) { pluginRoots.append(ScriptFiles.resolved(folder)) }

    /// Scripts may read below this folder from now on.
    /// - Parameter asTextsSay: whether that follows from where texts in the place of files lay, see ``ScriptTexts/places``.
    package func allow(_ folder: String, asTextsSay: Bool = false) {
        guard !asTextsSay || options.texts?.open(folder) ?? true else { return }
        allowedRoots.append(ScriptFiles.resolved(folder))
    }

    /// Reads a script that the host runs. The folder it lies in becomes readable for scripts.
    public func script(_ path: String) throws -> File {
        let file = try read(path, candidates: [path])
        allow((file.path as NSString).deletingLastPathComponent, asTextsSay: true)
        keep(file, name: (file.path as NSString).lastPathComponent)
        return file
    }

    // MARK: Where texts come from

    /// Whether there is a script of that path.
    func exists(_ path: String) -> Bool {
        options.texts?.path(path) != nil || FileManager.default.fileExists(atPath: path)
    }

    /// The text of the script of that path.
    func text(_ path: String) throws -> String {
        if let texts = options.texts, let known = texts.path(path), let text = texts[known] { return text }
        return try ScriptFiles.read(path)
    }

    /// The one path that a script has: absolute, without links.
    private func canonical(_ path: String) -> String { options.texts?.path(path) ?? ScriptFiles.resolved(path) }

    private func keep(_ file: File, name: String) {
        let source = Source(path: file.path, name: name, text: file.text, hash: ContentHash.sha256(file.text.utf8))
        if !sources.contains(source) { sources.append(source) }
    }

    // MARK: Tensors

    /// The file that a script wants to read tensors from: below the working folder, or where scripts may read.
    ///
    /// - Parameters:
    ///   - path: relative paths start at the working folder, then at the folder of the script.
    ///   - from: the script that asks.
    func tensors(readAt path: String, askedBy from: String?) throws -> URL {
        try checkLength(path)
        var candidates = [absolute(path)]
        if !path.hasPrefix("/"), let from {
            candidates.append((ScriptFiles.resolved(from) as NSString).deletingLastPathComponent + "/" + path)
        }
        let full = try found(path, candidates.map(ScriptFiles.leading), in: options.workingFolder) {
            isAllowed($0) || isWritable($0) || isTrusted(from)
        }
        let kind = try? FileManager.default.attributesOfItem(atPath: full)[.type] as? FileAttributeType
        guard kind == .typeRegular else { throw ArgumentError("\(path) is not a regular file") }
        return URL(fileURLWithPath: full)
    }

    /// The first of the places a path may mean that is there. Of those that a script may not read, it does not learn
    /// whether they are there.
    private func found(
        _ path: String, _ places: [String], in folder: String, _ mayRead: (String) -> Bool
    ) throws -> String {
        let readable = places.filter { options.isTrusted || mayRead($0) }
        guard let found = readable.first(where: exists) else {
            guard !readable.isEmpty else {
                throw ArgumentError(
                    "scripts may not read \(path): it lies outside the folders of this run (--trust allows it)")
            }
            throw ArgumentError("there is no file \(path) (working directory: \(folder))")
        }
        return found
    }

    /// A folder that a script wants to read: below the working folder, the folder of the runs, or where scripts may read.
    /// Whether there is one is told only of those.
    func folder(readAt path: String, askedBy from: String?) throws -> URL {
        try checkLength(path)
        let full = ScriptFiles.resolved(absolute(path))
        guard options.isTrusted || isAllowed(full) || isWritable(full) || isTrusted(from) else {
            throw ArgumentError(
                "scripts may not read \(path): it lies outside the folders of this run (--trust allows it)")
        }
        return URL(fileURLWithPath: full, isDirectory: true)
    }

    /// The file that a script wants to write tensors to: below the working folder or the folder of the runs, where nothing
    /// else keeps files of its own. What lies between is made. A link at the end of the path is replaced, not followed.
    func tensors(writtenAt path: String, askedBy from: String?) throws -> URL {
        try checkLength(path)
        let url = URL(fileURLWithPath: absolute(path)).standardizedFileURL
        let target = URL(fileURLWithPath: ScriptFiles.leading(url.deletingLastPathComponent().path))
        if !options.isTrusted, !isTrusted(from) {
            guard isWritable(target.path) else {
                throw ArgumentError(
                    "scripts may not write \(path): they write below the working folder \(options.workingFolder) and below "
                        + "the folder of the runs (--trust lifts this)")
            }
            if let reason = keeper(of: target.appendingPathComponent(url.lastPathComponent)) {
                throw ArgumentError("scripts may not write \(path): \(reason) (--trust lifts this)")
            }
        }
        do {
            try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        } catch {
            throw ArgumentError("\(path): could not make the folder \(target.path) (\(FileReason.of(error)))")
        }
        return target.appendingPathComponent(url.lastPathComponent)
    }

    /// Who else keeps the file at a path that a script may write: a run, a plugin, or whoever looks for a file where it
    /// would put a folder. Nil: nobody.
    private func keeper(of file: URL) -> String? {
        let folder = file.deletingLastPathComponent()
        for root in pluginRoots
        where ScriptFiles.lies(folder.path, below: root) {
            return "\(root) holds plugins"
        }
        for runs in options.writableFolders.map(ScriptFiles.resolved)
        where ScriptFiles.lies(folder.path, below: runs) && folder.path != runs {
            let parts = folder.path.dropFirst(runs.count).split(separator: "/")
            // The folder of an experiment, that of a run, and what the run keeps there.
            if parts.count == 2, RunFolder.keeps(file.lastPathComponent) {
                return "a run keeps \(file.lastPathComponent) there: choose another name"
            }
            let run = runs + "/" + parts.prefix(2).joined(separator: "/")
            if parts.count >= 2, !ownRuns.contains(run), FileManager.default.fileExists(atPath: run + "/config.json") {
                return "\(parts.prefix(2).joined(separator: "/")) is another run"
            }
        }
        let taken = [".lua", ".sqlite", ".json", ".csv", ".html", ".npy", ".npz", ".safetensors"]
        for part in folder.pathComponents where !FileManager.default.fileExists(atPath: folder.path) {
            if taken.contains(where: part.lowercased().hasSuffix) {
                return "'\(part)' is the name of a file, not of a folder"
            }
        }
        return nil
    }

    /// Scripts may write what they like in the folder of a run of theirs.
    package func ownsRun(_ folder: URL) { ownRuns.insert(ScriptFiles.resolved(folder.path)) }

    /// Whether a script that was read needs no sandbox: it lies in a folder that the user trusts. A text that stands in the
    /// place of a file is trusted where it is that file's, or where the sweep knew so that a worker runs it for.
    func trust(_ file: File) -> Bool {
        guard trusted.cover(file.path) else { return false }
        if options.texts?.path(file.path) != nil, options.texts?.trusted.contains(file.path) != true {
            guard (try? ScriptFiles.read(file.path)) == file.text else { return false }
        }
        trustedScripts.insert(file.path)
        return true
    }

    /// Whether a script, by its path or as messages show it, runs without a sandbox.
    package func isTrusted(_ script: String?) -> Bool {
        guard let script, !trustedScripts.isEmpty else { return false }
        return trustedScripts.contains(script) || trustedScripts.contains(ScriptFiles.resolved(script))
    }

    /// A script may ask for any text.
    private func checkLength(_ path: String) throws {
        if let reason = ContainedPath.ofNoFile(path) { throw ArgumentError(reason) }
    }

    private func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : options.workingFolder + "/" + path }

    private func isWritable(_ path: String) -> Bool {
        ([options.workingFolder] + options.writableFolders).map(ScriptFiles.resolved).contains {
            ScriptFiles.lies(path, below: $0)
        }
    }

    static func lies(_ path: String, below root: String) -> Bool {
        path == root || path.hasPrefix(root == "/" ? "/" : root + "/")
    }

    // MARK: Scripts

    /// Reads a script that a script asks for: only below the folders that scripts may read.
    /// - Parameter from: the script that asks; a relative path is relative to its folder first.
    func script(_ path: String, askedBy from: String?) throws -> File {
        try checkLength(path)
        var candidates = [path]
        if !path.hasPrefix("/"), let from {
            candidates.insert((ScriptFiles.resolved(from) as NSString).deletingLastPathComponent + "/" + path, at: 0)
        }
        let here = FileManager.default.currentDirectoryPath
        let places = candidates.map { options.texts?.path($0) ?? ScriptFiles.leading($0) }
        let full = try found(path, places, in: here) {
            // A text in the place of a file opens nothing but itself.
            isAllowed($0) || options.texts?[$0] != nil || isTrusted(from)
        }
        let file = File(path: full, displayName: ScriptFiles.display(full), text: try text(full))
        note(file)
        return file
    }

    /// Counts a native library among what results depend on.
    func note(library path: String) throws {
        let data: Data
        do {
            data = try WholeFile.bytes(path)
        } catch {
            throw ArgumentError("\(path) cannot be read: \(error)")
        }
        count((path.split(separator: "/").suffix(2).joined(separator: "/"), ContentHash.sha256(data)))
    }

    private func count(_ entry: (name: String, hash: String)) {
        for path in loading { readFor[path, default: []].append(entry) }
        if trials == 0, !used.contains(where: { $0 == entry }) { used.append(entry) }
    }

    /// Begins or ends a look at definitions that may never be used.
    func look(_ begins: Bool) { trials = max(0, trials + (begins ? 1 : -1)) }

    /// A definition begins to be loaded from a file that has just been read.
    func begins(loading path: String) {
        loading.append(path)
        readFor[path] = source(path).map { [($0.name, $0.hash)] } ?? []
    }

    /// It is loaded, and so is what it loaded itself where that went wrong.
    func ended(loading path: String) {
        if let place = loading.lastIndex(of: path) { loading.removeSubrange(place...) }
    }

    /// A definition that was loaded before is used.
    func uses(_ path: String) {
        for entry in readFor[path] ?? [] { count(entry) }
    }

    /// Counts a file among those that results depend on.
    func note(_ file: File) {
        let parts = file.path.split(separator: "/")
        // A plugin's files go by the plugin's folder, which may be one or two levels above.
        let levels = (1...2).first { level in
            exists("/" + parts.dropLast(level).joined(separator: "/") + "/plugin.lua")
        }
        let name = parts.suffix((levels ?? 0) + 1).joined(separator: "/")
        count((name, ContentHash.sha256(file.text.utf8)))
        keep(file, name: name)
        if let levels {
            let manifest = "/" + parts.dropLast(levels).joined(separator: "/") + "/plugin.lua"
            if !sources.contains(where: { $0.path == manifest }), let text = try? text(manifest) {
                keep(
                    File(path: manifest, displayName: "", text: text),
                    name: parts.dropLast(levels).suffix(1).joined() + "/plugin.lua")
            }
        }
    }

    private func read(_ path: String, candidates: [String]) throws -> File {
        guard let found = candidates.first(where: exists) else {
            throw ArgumentError(
                "there is no file \(path) (working directory: \(FileManager.default.currentDirectoryPath))")
        }
        let full = canonical(found)
        return File(path: full, displayName: ScriptFiles.display(full), text: try text(full))
    }

    /// Reads a file of the Lua side of the library.
    func library(_ name: String) throws -> File {
        guard let home = libraryFolder else {
            throw ScriptError(
                "the Lua side of the library (lua/nightjar) was not found: set NIGHTJAR_HOME to the folder that holds it"
            )
        }
        let path = home + "/" + name
        return File(path: path, displayName: name, text: try ScriptFiles.read(path))
    }

    private func isAllowed(_ path: String) -> Bool {
        allowedRoots.contains { ScriptFiles.lies(path, below: $0) }
    }

    package static func resolved(_ path: String) -> String { ContainedPath.resolved(path) }

    /// Where a path leads: links are followed as far as it is there.
    private static func leading(_ path: String) -> String {
        var folder = URL(fileURLWithPath: path).standardizedFileURL
        var missing: [String] = []
        while folder.path != "/", !FileManager.default.fileExists(atPath: folder.path) {
            missing.insert(folder.lastPathComponent, at: 0)
            folder = folder.deletingLastPathComponent()
        }
        return missing.reduce(URL(fileURLWithPath: resolved(folder.path))) { $0.appendingPathComponent($1) }.path
    }

    package static func display(_ path: String) -> String {
        let here = resolved(FileManager.default.currentDirectoryPath)
        return path.hasPrefix(here + "/") ? String(path.dropFirst(here.count + 1)) : path
    }

    package static func read(_ path: String) throws -> String {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ArgumentError("there is no file \(path)")
        }
        guard !isFolder.boolValue else { throw ArgumentError("\(path) is a folder, not a script") }
        let text: String?
        do {
            text = try WholeFile.text(path, most: WholeFile.mostScript)
        } catch let fault as WholeFile.Fault {
            throw ArgumentError(
                fault.isTooLong
                    ? "\(path) is too long for a script: \(fault)" : "\(path) cannot be read: \(fault)")
        }
        guard let text else { throw ArgumentError("\(path) is not text in UTF-8") }
        return text
    }
}

/// Where the files that come with Nightjar are: `lua/`, `plugins/`.
public enum NightjarHome {
    /// The first place that has `relative`: `NIGHTJAR_HOME`, `../share/nightjar` beside the program, a folder above the
    /// program (a checkout), the working directory. Nil where none has it.
    public static func folder(_ relative: String) -> String? {
        for root in roots() {
            var isFolder: ObjCBool = false
            let path = root + "/" + relative
            if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue { return path }
        }
        return nil
    }

    static func roots() -> [String] {
        var roots: [String] = []
        if let home = EnvironmentVariable.value("NIGHTJAR_HOME"), !home.isEmpty { roots.append(home) }
        let program = ScriptFiles.resolved("/proc/self/exe")
        var folder = (program as NSString).deletingLastPathComponent
        roots.append((folder as NSString).deletingLastPathComponent + "/share/nightjar")
        while folder.count > 1 {
            if FileManager.default.fileExists(atPath: folder + "/Package.swift") { roots.append(folder) }
            folder = (folder as NSString).deletingLastPathComponent
        }
        roots.append(FileManager.default.currentDirectoryPath)
        return roots
    }
}
