import Foundation
import NightjarScripting
import Testing

@Suite struct PluginStoreTests {
    private func judged(_ folder: String) throws -> PluginRegistry.Entry? {
        let roots = [folder] + PluginPlaces.standard(["HOME": "/nowhere"]).roots
        return try makeHost(ScriptOptions(pluginRoots: roots)).plugins.entries.first { $0.folder == folder }
    }

    private func said(_ body: () throws -> some Any) -> String {
        do { return "\(try body())" } catch { return "\(error)" }
    }

    @Test func aFolderIsCopiedWithoutWhatGitKeeps() throws {
        let (source, target) = (try PluginFolder(), try PluginFolder())
        try source.plugin("mine", losses: ["l"], folder: "checkout")
        try source.write("checkout/.git/config", "secret")
        let store = PluginStore(folder: target.path)
        #expect(try store.add(source.path + "/checkout", judge: judged).name == "mine")
        let names = try FileManager.default.contentsOfDirectory(atPath: target.path + "/mine")
        #expect(names.sorted() == ["l.lua", "plugin.lua"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: target.path) == ["mine"])
        #expect(
            said { try store.add(source.path + "/checkout", judge: judged) }
                == "\(target.path)/mine is there already: --replace puts this one in its place")
        #expect(try store.add(source.path + "/checkout", replacing: true, judge: judged).version == "1.0")
    }

    @Test func aLinkFollowsTheFolder() throws {
        let (source, target) = (try PluginFolder(), try PluginFolder())
        try source.plugin("mine", losses: ["l"])
        let store = PluginStore(folder: target.path)
        _ = try store.add(source.path + "/mine", isLinked: true, judge: judged)
        try source.write("mine/new.lua", "")
        #expect(FileManager.default.fileExists(atPath: target.path + "/mine/new.lua"))
        try store.remove("mine", [])
        #expect(FileManager.default.fileExists(atPath: source.path + "/mine/plugin.lua"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: target.path).isEmpty)
    }

    @Test func archivesAreUnpacked() throws {
        let (source, target) = (try PluginFolder(), try PluginFolder())
        try source.plugin("mine", losses: ["l"])
        let archive = source.path + "/mine.tar.gz"
        let tar = Process()
        tar.executableURL = URL(fileURLWithPath: "/bin/tar")
        tar.arguments = ["-czf", archive, "-C", source.path, "mine"]
        try tar.run()
        tar.waitUntilExit()
        _ = try PluginStore(folder: target.path).add(archive, judge: judged)
        #expect(FileManager.default.fileExists(atPath: target.path + "/mine/l.lua"))
    }

    /// A file with holes takes no room in an archive, and all that it says it has where it is copied to.
    @Test func whatIsLargerThanAPluginIsRefused() throws {
        let (source, target) = (try PluginFolder(), try PluginFolder())
        try source.plugin("mine", losses: ["l"])
        try source.write("mine/hollow", "")
        try #require(truncate(source.path + "/mine/hollow", 1 << 40) == 0)
        let archive = source.path + "/mine.tar"
        let tar = Process()
        tar.executableURL = URL(fileURLWithPath: "/bin/tar")
        tar.arguments = ["-cSf", archive, "-C", source.path, "mine"]
        try tar.run()
        tar.waitUntilExit()
        let store = PluginStore(folder: target.path)
        let reason =
            " holds more than a plugin has, 20000 files and 1024 MiB: unpack it, take out what is no part of the plugin, "
            + "and add the folder, with --link to leave it where it is"
        for path in [source.path + "/mine", archive] {
            #expect(said { try store.add(path, judge: judged) } == path + reason)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: target.path).isEmpty)
        #expect(try store.add(source.path + "/mine", isLinked: true, judge: judged).name == "mine")
    }

    @Test func foldersThatAreNestedDeepAreRefused() throws {
        let (source, target) = (try PluginFolder(), try PluginFolder())
        try source.plugin("mine", losses: ["l"])
        try source.write("mine/" + String(repeating: "d/", count: 40) + "file", "")
        #expect(
            said { try PluginStore(folder: target.path).add(source.path + "/mine", judge: judged) }
                == source.path + "/mine holds folders that are nested deeper than 32 levels")
        #expect(try FileManager.default.contentsOfDirectory(atPath: target.path).isEmpty)
    }

    @Test func aLinkInAnArchiveLeadsNowhere() throws {
        let (source, target) = (try PluginFolder(), try PluginFolder())
        try source.plugin("mine", losses: ["l"])
        try FileManager.default.createSymbolicLink(
            atPath: source.path + "/other", withDestinationPath: source.path + "/mine")
        let archive = source.path + "/other.tar"
        let tar = Process()
        tar.executableURL = URL(fileURLWithPath: "/bin/tar")
        tar.arguments = ["-cf", archive, "-C", source.path, "other"]
        try tar.run()
        tar.waitUntilExit()
        #expect(
            said { try PluginStore(folder: target.path).add(archive, judge: judged) }
                == "\(archive) holds no plugin.lua, neither at its top nor in a folder there")
    }

    @Test func whatIsNoPluginIsRefusedAndLeavesNothing() throws {
        let (source, target) = (try PluginFolder(), try PluginFolder())
        try source.write("empty/readme.txt", "")
        try source.write("bad/plugin.lua", "return { name = 'bad', version = '1', api = '>= 9', provides = {} }")
        try source.plugin("linked")
        try FileManager.default.createSymbolicLink(
            atPath: source.path + "/linked/passwd", withDestinationPath: "/etc/passwd")
        try source.write("a.rar", "")
        let store = PluginStore(folder: target.path)
        #expect(said { try store.add("/not/there", judge: judged) } == "there is no file or folder /not/there")
        #expect(
            said { try store.add(source.path + "/empty", judge: judged) }
                == "\(source.path)/empty holds no plugin.lua: a plugin is a folder with one ('nightjar new plugin NAME' makes one)"
        )
        #expect(
            said { try store.add(source.path + "/bad", judge: judged) }
                == "\(source.path)/bad does not load: it needs API >= 9, this is 1.0: it needs a newer Nightjar")
        #expect(
            said { try store.add(source.path + "/linked", judge: judged) }
                == "\(source.path)/linked/passwd is a link: a plugin holds regular files (--link takes the folder as it is)"
        )
        #expect(
            said { try store.add(source.path + "/a.rar", judge: judged) }
                == "\(source.path)/a.rar is no folder and no archive that is known (.tar, .tar.gz, .tgz, .tar.xz, .zip)"
        )
        #expect(try FileManager.default.contentsOfDirectory(atPath: target.path).isEmpty)
    }

    @Test func whatIsNotTheUsersOwnStays() throws {
        let target = try PluginFolder()
        let store = PluginStore(folder: target.path)
        let entries = try makeHost().plugins.entries
        #expect(
            said { try store.remove("losses", entries) }
                == "plugin 'losses' comes with Nightjar: it is not removed")
        #expect(
            said { try store.set("losses", enabled: false, entries) }
                == "plugin 'losses' comes with Nightjar: it is always on")
        #expect(
            said { try store.remove("lossed", entries) }.hasPrefix(
                "there is no plugin 'lossed': did you mean 'losses'?\n  known are "))
        #expect(
            said { try store.remove("../losses", entries) }.hasPrefix("there is no plugin '../losses'"))
    }
}
