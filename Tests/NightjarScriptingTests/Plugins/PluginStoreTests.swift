import Foundation
import NightjarScripting
import Testing

@Suite(.serialized) struct PluginStoreTests {
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

    /// What lies in an archive besides a plugin, and what is said of it.
    struct Poison: CustomTestStringConvertible {
        let testDescription: String
        /// In the folder of the plugin, before it is packed.
        let prepare: String
        /// Lines of Python that have `archive` and the text `manifest`, and write the archive where it is not packed here.
        let python: String
        let ending: String
        /// `ARCHIVE` is the archive.
        let message: String

        init(
            _ name: String, _ message: String, prepare: String = "true", python: String = "", ending: String = "tar"
        ) {
            testDescription = name
            self.message = message
            self.prepare = prepare
            self.python = python
            self.ending = ending
        }
    }

    private static let zip =
        "import zipfile\nz = zipfile.ZipFile(archive, 'w', zipfile.ZIP_DEFLATED)\n"
        + "z.writestr('mine/plugin.lua', manifest)\n"
    private static let tar =
        "import tarfile, io\nt = tarfile.open(archive, 'w')\n"
        + "def add(name, text=b'', **more):\n    i = tarfile.TarInfo(name)\n    i.size = len(text)\n"
        + "    for key in more: setattr(i, key, more[key])\n    t.addfile(i, io.BytesIO(text))\n"
        + "add('mine/plugin.lua', manifest.encode())\n"
    private static let tooMuch =
        "ARCHIVE holds more than a plugin has, 20000 files and 1024 MiB: unpack it, take out what is no "
        + "part of the plugin, and add the folder, with --link to leave it where it is"

    static let poisons = [
        Poison("a pipe", "ARCHIVE/pipe is no regular file", prepare: "mkfifo pipe"),
        Poison(
            "a pipe as the manifest", "ARCHIVE/plugin.lua is no regular file",
            prepare: "rm plugin.lua; mkfifo plugin.lua"),
        Poison(
            "a link as the manifest",
            "ARCHIVE/plugin.lua is a link: a plugin holds regular files (--link takes the folder as it is)",
            prepare: "rm plugin.lua; ln -s /etc/passwd plugin.lua"),
        Poison(
            "a name that acts",
            "ARCHIVE/\\x1B[31mred\\n is a name with characters that cannot be seen: give the file another one",
            prepare: "python3 -c \"open(chr(27) + '[31mred' + chr(10), 'w')\""),
        Poison(
            "a file twice",
            "ARCHIVE could not be unpacked: /bin/tar says\n  mine/plugin.lua: Cannot open: File exists\n"
                + "  Exiting with failure status due to previous errors",
            python: tar + "add('mine/plugin.lua', b'return 1')\nt.close()"),
        Poison(
            "a path upwards",
            "ARCHIVE could not be unpacked: /bin/tar says\n  Removing leading `mine/../../' from member names\n"
                + "  mine/../../out: Member name contains '..'\n  Exiting with failure status due to previous errors",
            python: tar + "add('mine/../../out', b'x')\nt.close()"),
        Poison(
            "a path through a link",
            "ARCHIVE could not be unpacked: /bin/tar says\n  mine/l/out: Cannot open: Not a directory\n"
                + "  Exiting with failure status due to previous errors",
            python: tar + "add('mine/l', type=tarfile.SYMTYPE, linkname='/tmp')\nadd('mine/l/out', b'x')\nt.close()"),
        Poison("many files", tooMuch, python: tar + "for i in range(20001): add('mine/%d' % i)\nt.close()"),
        Poison(
            "a name of a million characters",
            "ARCHIVE could not be unpacked: /bin/tar says\n  mine/" + String(repeating: "n", count: 195) + "…",
            python: "import tarfile, io\nt = tarfile.open(archive, 'w', format=tarfile.PAX_FORMAT)\n"
                + "i = tarfile.TarInfo('mine/' + 'n' * 1000000)\nt.addfile(i, io.BytesIO())\nt.close()"),
        Poison(
            "another format",
            "ARCHIVE could not be unpacked: /bin/tar says\n  This does not look like a tar archive\n"
                + "  Exiting with failure status due to previous errors", python: "open(archive, 'wb').write(b'')"),
        Poison(
            "a tar named .zip",
            "ARCHIVE: is no zip archive: the list of files at its end is missing. The file is cut short or damaged",
            python: tar + "t.close()", ending: "zip"),
        Poison(
            "a pipe as the archive", "ARCHIVE cannot be read: it is no regular file",
            python: "import os\nos.mkfifo(archive)"),
        Poison(
            "a zip with a path upwards", "ARCHIVE holds 'mine/../../out', which is no path inside of a folder",
            python: zip + "z.writestr('mine/../../out', 'x')\nz.close()", ending: "zip"),
        Poison(
            "a zip with an absolute path", "ARCHIVE holds '/tmp/out', which is no path inside of a folder",
            python: zip + "z.writestr('/tmp/out', 'x')\nz.close()", ending: "zip"),
        Poison(
            "a zip with a backslash", "ARCHIVE holds 'mine\\out', which is no path inside of a folder",
            python: zip + "z.writestr('mine\\\\out', 'x')\nz.close()", ending: "zip"),
        Poison(
            "a zip with a name that acts", "ARCHIVE holds 'mine/\\x1B[31m\\n', which is no path inside of a folder",
            python: zip + "z.writestr('mine/\\x1b[31m\\n', 'x')\nz.close()", ending: "zip"),
        Poison(
            "a zip with a file twice", "ARCHIVE holds 'mine/plugin.lua' twice",
            python: "import warnings\nwarnings.simplefilter('ignore')\n" + zip
                + "z.writestr('mine/plugin.lua', 'return 1')\nz.close()", ending: "zip"),
        Poison(
            "a zip that is nested deep", "ARCHIVE holds folders that are nested deeper than 32 levels",
            python: zip + "z.writestr('mine/' + 'd/' * 40 + 'x', 'x')\nz.close()", ending: "zip"),
        Poison(
            "a zip of many files", tooMuch,
            python: zip + "for i in range(20000): z.writestr('mine/%d' % i, '')\nz.close()", ending: "zip"),
        // 120 MiB of zeros each, in half a megabyte.
        Poison(
            "a zip bomb", tooMuch,
            python: zip + "for i in range(9): z.writestr('mine/%d' % i, bytes(120 << 20))\nz.close()",
            ending: "zip"),
        Poison(
            "an encrypted zip", "ARCHIVE: is encrypted",
            python: zip + "z.close()\nb = bytearray(open(archive, 'rb').read())\nb[6] |= 1\n"
                + "b[b.find(b'PK\\x01\\x02') + 8] |= 1\nopen(archive, 'wb').write(b)", ending: "zip"),
    ]

    @Test(arguments: poisons) func whatNoPluginHoldsIsRefusedAndLeavesNothing(_ poison: Poison) throws {
        let (source, target) = (try PluginFolder(), try PluginFolder())
        try source.plugin("mine", losses: ["l"])
        let archive = source.path + "/a." + poison.ending
        if poison.python.isEmpty {
            try shell("cd mine && \(poison.prepare) && cd .. && tar -cf a.tar mine", in: source.path)
        } else {
            let head = "archive = '\(archive)'\nmanifest = open('\(source.path)/mine/plugin.lua').read()\n"
            try source.write("make.py", head + poison.python + "\n")
            try shell("python3 make.py", in: source.path)
        }
        let before = PluginStoreTests.unpacked
        #expect(
            said { try PluginStore(folder: target.path).add(archive, judge: judged) }
                == poison.message.replacing("ARCHIVE", with: archive))
        #expect(try FileManager.default.contentsOfDirectory(atPath: target.path).isEmpty)
        #expect(PluginStoreTests.unpacked.subtracting(before).isEmpty)
    }

    /// What is unpacked at the moment. Suites of plugins alone unpack, and this one in order.
    private static var unpacked: Set<String> {
        let folder = FileManager.default.temporaryDirectory.path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return Set(names.filter { $0.hasPrefix("nightjar-plugin-") })
    }

    private func shell(_ command: String, in folder: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    @Test func zipsAreUnpackedAndRunAsNobodyElse() throws {
        let (source, target) = (try PluginFolder(), try PluginFolder())
        try source.plugin("mine", losses: ["l"])
        let head = "archive = '\(source.path)/mine.zip'\nmanifest = open('\(source.path)/mine/plugin.lua').read()\n"
        let rest = "z.write('\(source.path)/mine/l.lua', 'mine/l.lua')\nz.writestr('mine/notes/', '')\nz.close()\n"
        try source.write("make.py", head + PluginStoreTests.zip + rest)
        try shell("python3 make.py", in: source.path)
        #expect(try PluginStore(folder: target.path).add(source.path + "/mine.zip", judge: judged).name == "mine")
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: target.path + "/mine").sorted() == [
                "l.lua", "plugin.lua",
            ])
        // Of an archive of tar neither a user's rights nor folders that are closed to everybody stay.
        let closed = "add('mine/closed', type=tarfile.DIRTYPE, mode=0)\nadd('mine/closed/x', mode=0)\n"
        let other = "archive = '\(source.path)/a.tar'\nmanifest = open('\(source.path)/mine/plugin.lua').read()\n"
        let loss = "add('mine/l.lua', open('\(source.path)/mine/l.lua', 'rb').read(), mode=0o6755)\nt.close()\n"
        try source.write("make.py", other + PluginStoreTests.tar + closed + loss)
        try shell("python3 make.py", in: source.path)
        let archive = source.path + "/a.tar"
        #expect(try PluginStore(folder: target.path).add(archive, replacing: true, judge: judged).name == "mine")
        var facts = stat()
        #expect(stat(target.path + "/mine/l.lua", &facts) == 0 && facts.st_mode & 0o7777 == 0o755)
        #expect(stat(target.path + "/mine/closed", &facts) == 0 && facts.st_mode & 0o700 == 0o700)
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
