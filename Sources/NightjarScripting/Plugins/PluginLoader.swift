import Foundation
import NightjarData

/// Reads the `plugin.lua` of every folder where plugins are looked for, and says what becomes of each.
struct PluginLoader {
    let host: ScriptHost

    /// The version of what plugins are written against.
    static let apiVersion = "1.0"

    /// Adds the plugins of some places to a registry. What is in it stays: names of plugins that come later are skipped.
    func load(_ places: PluginPlaces, into registry: inout PluginRegistry) {
        for note in places.notes { host.say(note: note) }
        registry.notes += places.notes
        var found: [Found] = []
        var seen = Set(registry.entries.map(\.folder))
        // The texts of a run that is made again come first, whatever is on the disk now.
        let given = host.options.texts?.pluginFolders ?? []
        for folder in given where seen.insert(folder).inserted {
            found.append(Found(folder: folder, isShipped: false))
        }
        for root in places.roots {
            for folder in PluginPlaces.candidates(root) {
                let path = ScriptFiles.resolved(folder)
                if host.files.exists(path + "/plugin.lua") {
                    guard seen.insert(path).inserted else { continue }
                    found.append(Found(folder: path, isShipped: places.shipped.contains(root)))
                } else if let reason = PluginPlaces.lostLink(folder), seen.insert(folder).inserted {
                    var lost = Found(folder: folder, isShipped: false)
                    lost.entry.status = .failed(reason)
                    found.append(lost)
                }
            }
        }
        var switches = PluginSwitches()
        if found.contains(where: { !$0.isShipped }) { switches = readSwitches(&registry) }
        let mark = LoadingMark()
        for index in found.indices where found[index].entry.status == .loaded { read(&found[index], switches, mark) }
        mark.clear()
        judge(&found, registry)
        for item in found {
            registry.add(item.entry)
            guard item.entry.status == .loaded else { continue }
            let isInPlace = places.roots.contains { ScriptFiles.lies(item.folder, below: ScriptFiles.resolved($0)) }
            host.files.allow(item.folder, asTextsSay: given.contains(item.folder) && !isInPlace)
        }
    }

    /// A folder that was found, and what is known of it.
    private struct Found {
        let folder: String
        let isShipped: Bool
        var table: ScriptTable?
        var manifest: PluginManifest?
        var entry: PluginRegistry.Entry

        init(folder: String, isShipped: Bool) {
            (self.folder, self.isShipped) = (folder, isShipped)
            entry = .init(
                name: (folder as NSString).lastPathComponent, version: "", folder: folder, status: .loaded)
            entry.isShipped = isShipped
        }
    }

    private func readSwitches(_ registry: inout PluginRegistry) -> PluginSwitches {
        do {
            var switches = try PluginSwitches.read()
            let died = LoadingMark.left()
            if !died.isEmpty {
                switches.aside.formUnion(died)
                try? switches.write()
            }
            return switches
        } catch {
            host.say(note: "\(error)")
            registry.notes.append("\(error)")
            return PluginSwitches()
        }
    }

    // MARK: One manifest

    private func read(_ found: inout Found, _ switches: PluginSwitches, _ mark: LoadingMark) {
        guard !switches.aside.contains(found.folder) else {
            found.entry.status = .skipped(
                "a start of Nightjar ended while it was read: set aside\n"
                    + "'nightjar plugins enable \(found.entry.name)' takes it again")
            // What it would provide cannot be known without reading it.
            found.entry.isRefused = true
            return host.say(
                note:
                    "plugin '\(found.entry.name)' in \(found.folder) is set aside, since a start of Nightjar ended while "
                    + "it was read: 'nightjar plugins enable \(found.entry.name)' takes it again")
        }
        if found.isShipped { mark.clear() } else { mark.set(found.folder) }
        do {
            let path = found.folder + "/plugin.lua"
            // It is run whenever a state is made, also for commands that never use the plugin.
            guard let answer = try host.declaration(host.files.text(path), named: ScriptFiles.display(path)) else {
                throw ArgumentError("plugin.lua must return a table { name, version, api, provides }")
            }
            found.table = answer
            if let name = answer["name"]?.asString, PluginManifest.isName(name) {
                found.entry = found.entry.named(name)
            }
            if switches.disabled.contains(found.entry.name), !found.isShipped {
                found.entry.status = .skipped(
                    "it is switched off: 'nightjar plugins enable \(found.entry.name)' switches it on")
                claim(&found)
            }
        } catch {
            fail(&found, (error as? ScriptError)?.message ?? "\(error)")
        }
    }

    private func fail(_ found: inout Found, _ reason: String) {
        found.entry.status = .failed(reason)
        found.entry.isRefused = true
        found.entry.native = found.table?["native"]?.asString.map { found.folder + "/" + $0 }
        claim(&found)
    }

    /// What a plugin that is not loaded would provide, as far as it can be told: so that whoever misses it hears of it.
    private func claim(_ found: inout Found) {
        guard let provides = found.table?["provides"]?.asTable else { return }
        for (kind, value) in provides.fields {
            let files = try? PluginManifest.files(value, kind: kind, folder: found.folder)
            for file in files ?? value.asTable?.array.compactMap(\.asString) ?? [] {
                let name = ((file as NSString).lastPathComponent as NSString).deletingPathExtension
                found.entry.provides[kind, default: [:]][name] = found.folder + "/" + file
            }
        }
    }

    // MARK: All of them

    /// Checks what the manifests say: kinds first, since plugins may declare them, then names and what needs what.
    private func judge(_ found: inout [Found], _ registry: PluginRegistry) {
        var kinds = ((try? host.kinds()) ?? []).map(\.name)
        for item in found where item.entry.status == .loaded {
            guard let given = item.table?["provides"]?.asTable?["kinds"] else { continue }
            for file in (try? PluginManifest.files(given, kind: "kinds", folder: item.folder)) ?? [] {
                kinds.append(((file as NSString).lastPathComponent as NSString).deletingPathExtension)
            }
        }
        var names: [String: String] = [:]
        for entry in registry.entries where entry.status == .loaded { names[entry.name] = entry.folder }
        for index in found.indices where found[index].entry.status == .loaded {
            guard let table = found[index].table else { continue }
            do {
                let manifest = try PluginManifest(
                    table, folder: found[index].folder, kinds: kinds, nearest: host.nearest,
                    isThere: host.files.exists,
                    skipsMissing: host.options.texts?.path(found[index].folder + "/plugin.lua") != nil)
                found[index].entry = found[index].entry.said(manifest)
                if let first = names[manifest.name] {
                    found[index].entry.status = .skipped("a plugin of this name was found before, in \(first)")
                } else {
                    names[manifest.name] = found[index].folder
                    found[index].manifest = manifest
                }
            } catch {
                fail(&found[index], "\(error)")
            }
        }
        settleDependencies(&found, registry)
    }

    /// A plugin whose dependencies are not there, or are of other versions, does not load; nor does what depends on it.
    private func settleDependencies(_ found: inout [Found], _ registry: PluginRegistry) {
        var changed = true
        while changed {
            changed = false
            let entries = registry.entries + found.map(\.entry)
            for index in found.indices where found[index].entry.status == .loaded {
                for (plugin, range) in found[index].manifest?.depends ?? [] {
                    guard let reason = refusal(of: plugin, range, among: entries) else { continue }
                    found[index].entry.status = .failed(reason)
                    changed = true
                    break
                }
            }
        }
    }

    private func refusal(
        of plugin: String, _ range: VersionRange, among entries: [PluginRegistry.Entry]
    ) -> String? {
        guard let entry = entries.first(where: { $0.name == plugin && $0.status == .loaded }) else {
            let known = entries.first { $0.name == plugin }
            let reason =
                switch known?.status {
                case .failed(let reason)?: ", which did not load: \(reason)"
                case .skipped(let reason)?: ", which is skipped: \(reason)"
                default: ", which is not there: 'nightjar plugins add FOLDER' adds it"
                }
            return "it depends on plugin '\(plugin)' \(range)" + reason
        }
        guard let version = PluginVersion(entry.version) else { return nil }
        return switch range.verdict(on: version) {
        case .fits: nil
        case .tooOld:
            "it depends on plugin '\(plugin)' \(range), and \(entry.version) in \(entry.folder) is too old for it"
        case .tooNew:
            "it depends on plugin '\(plugin)' \(range), and \(entry.version) in \(entry.folder) is too new for it"
        }
    }

    /// Why a condition such as ">= 1.0" on the API is not met, or nil.
    static func refusal(of condition: String) -> String? {
        guard let range = VersionRange(condition), let here = PluginVersion(apiVersion) else {
            return "'api' is not understood: \"\(condition)\" (write for example \">= 1.0\" or \">= 1.0, < 2\")"
        }
        return switch range.verdict(on: here) {
        case .fits: nil
        case .tooOld: "it needs API \(condition), this is \(apiVersion): it needs a newer Nightjar"
        case .tooNew: "it needs API \(condition), this is \(apiVersion): it was written for an older Nightjar"
        }
    }
}

extension PluginRegistry.Entry {
    fileprivate func named(_ name: String) -> PluginRegistry.Entry {
        var entry = PluginRegistry.Entry(name: name, version: version, folder: folder, status: status)
        entry.isShipped = isShipped
        return entry
    }

    fileprivate func said(_ manifest: PluginManifest) -> PluginRegistry.Entry {
        var entry = PluginRegistry.Entry(name: manifest.name, version: manifest.version, folder: folder, status: status)
        (entry.isShipped, entry.provides, entry.packages) = (isShipped, manifest.provides, manifest.packages)
        (entry.license, entry.description, entry.homepage) = (manifest.license, manifest.description, manifest.homepage)
        entry.depends = manifest.depends.map { ($0.plugin, $0.range.description) }
        entry.deprecations = manifest.deprecations
        (entry.native, entry.gradients) = (manifest.native, manifest.gradients)
        return entry
    }
}

extension ScriptHost {
    /// The table that a text in Lua returns which only declares something, such as a plugin.lua; nil where it returns none.
    /// It has limits of its own on instructions, memory and time.
    func declaration(_ text: String, named name: String) throws -> ScriptTable? {
        defer { limitInstructions(0) }
        return try limited(instructions: 2_000_000, bytes: 16 << 20, milliseconds: 1000) {
            let chunk = try load(text, chunkName: "@" + name)
            guard let library else { return nil }
            // It reads no other script, and prints nothing.
            return try library.call([.string("declaration"), .function(chunk)]).first?.asTable
        }
    }

    /// Reads a text as the `plugin.lua` of a folder, and checks what it says as at a start.
    /// - Throws: what is wrong with it.
    package func checkManifest(_ text: String, folder: String) throws {
        guard let table = try declaration(text, named: "plugin.lua") else {
            throw ArgumentError("plugin.lua must return a table { name, version, api, provides }")
        }
        _ = try PluginManifest(
            table, folder: folder, kinds: try kinds().map(\.name), nearest: nearest, isThere: files.exists,
            skipsMissing: false)
    }
}
