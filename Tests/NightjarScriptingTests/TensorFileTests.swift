import Foundation
import NightjarRuns
import NightjarScripting
import NightjarTensor
import Testing

/// `nj.save` and `nj.load`.
@Suite struct TensorFileTests {
    /// A folder in which scripts may write, gone afterwards.
    private final class Place {
        let url: URL

        init() throws {
            url = FileManager.default.temporaryDirectory.appendingPathComponent("arrays-\(UUID().uuidString)")
                .resolvingSymlinksInPath()
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(at: url) }

        func host(_ change: (inout ScriptOptions) -> Void = { _ in }) throws -> ScriptHost {
            var options = ScriptOptions()
            options.workingFolder = url.path
            change(&options)
            return try makeHost(options)
        }

        func write(_ bytes: [UInt8], to name: String) throws {
            try Data(bytes).write(to: url.appendingPathComponent(name))
        }

        /// The message with which a script fails here, with the folder's path cut down.
        func failure(_ script: String) throws -> String {
            try NightjarScriptingTests.failure(script, host()).replacing(url.path, with: "FOLDER")
        }
    }

    private static let dtypes = ["float32", "float64", "int32", "uint8", "bool"]

    private func fixture(_ name: String) throws -> [UInt8] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")
        return [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
    }

    @Test(arguments: dtypes) func everyTypeComesBackFromEveryKindOfFile(_ dtype: String) throws {
        let script = """
            local t = nj.tensor({ { 1, 0, 1 }, { 0, 1, 1 } }, { dtype = "\(dtype)" })
            nj.save("t.npy", t)
            nj.save("t.npz", { a = t, b = t:reshape(3, 2) })
            nj.save("p.npz", { a = t, b = t:reshape(3, 2) }, { compress = true })
            nj.save("t.safetensors", { a = t, b = t:reshape(3, 2) })
            local function same(x, shape)
              return x:dtype() == "\(dtype)" and table.concat(x:shape(), ",") == shape
                and x:reshape(6):eq(t:reshape(6)):all():item()
            end
            local results = { same(nj.load("t.npy"), "2,3") }
            for _, name in ipairs { "t.npz", "p.npz", "t.safetensors" } do
              local read = nj.load(name)
              results[#results + 1] = same(read.a, "2,3") and same(read.b, "3,2")
            end
            return results
            """
        #expect(try numbers(script, Place().host()) == [1, 1, 1, 1])
    }

    @Test func metadataComesBackAsASecondResult() throws {
        let script = """
            nj.save("m.safetensors", { w = nj.ones(2) }, { metadata = { note = "größer", by = "me" } })
            local tensors, metadata = nj.load("m.safetensors", { metadata = true })
            return tensors.w:totable(), metadata.note, metadata.by
            """
        let values = try run(script, Place().host())
        #expect(values[1].asString == "größer")
        #expect(values[2].asString == "me")
    }

    @Test func typesOfOthersBecomeThoseThatTensorsHave() throws {
        let place = try Place()
        try place.write(fixture("foreign.safetensors"), to: "f.safetensors")
        let script = """
            local t, facts = nj.load("f.safetensors", { metadata = true })
            local types = {}
            for _, name in ipairs { "half", "brain", "long", "short", "count", "mask" } do
              types[#types + 1] = t[name]:dtype()
            end
            return table.concat(types, " "), facts.source, t.half:totable(), t.brain:totable(), t.long:totable(),
              t.short:totable(), t.count:totable(), t.mask:int():totable()
            """
        let values = try run(script, place.host())
        #expect(values[0].asString == "float32 float32 int32 int32 int32 bool")
        #expect(values[1].asString == "Python")
        #expect(try numbers(script, place.host()) == [0.5, -65504, 1.5, -2, -5, 7, -128, 127, 2_147_483_647, 1, 0])
    }

    @Test func aModelGoesToAFileAndBack() throws {
        let script = """
            local function make() return nj.models.mlp { inputs = 3, hidden = { 4 }, classes = 2 } end
            local one, other = make(), make()
            one:initialize(1)
            nj.save("model.safetensors", one:state())
            other:load(nj.load("model.safetensors"))
            local x = nj.randn(5, 3)
            return (one:forward(x) - other:forward(x)):abs():max():item()
            """
        #expect(try numbers(script, Place().host()) == [0])
    }

    @Test func plainBytesGoToAFileAndBack() throws {
        let place = try Place()
        let script = """
            nj.save("labels.u8", nj.tensor({ 0, 9, 255 }, { dtype = "uint8" }))
            local read = nj.load("labels.u8")
            return { read:dtype() == "uint8" and 1 or 0, table.unpack(read:totable()) }
            """
        #expect(try numbers(script, place.host()) == [1, 0, 9, 255])
        #expect(
            try place.failure("nj.save(\"labels.u8\", nj.ones(2))")
                == "script.lua:2: a .u8 file holds bytes: it needs a tensor of type uint8, got float32")
    }

    @Test func lazyAndReleasedTensors() throws {
        let place = try Place()
        #expect(
            try numbers(
                "local t = nj.ones(2) * 3 nj.save(\"t.npy\", t) return nj.load(\"t.npy\"):totable()", place.host()) == [
                    3, 3,
                ])
        #expect(
            try place.failure("local t = nj.ones(2) t:release() nj.save(\"t.npy\", t)")
                == "script.lua:2: this tensor was released at script.lua:2: it cannot be used any more")
    }

    @Test(arguments: [
        (
            "nj.save(\"a.txt\", nj.ones(1))",
            "files of tensors end in .npy, .npz or .safetensors, PyTorch's in .pt or .pth, plain bytes in .u8, images in "
                + ".png, .pgm or .ppm, got \"a.txt\""
        ),
        (
            "nj.save(\"a.pt\", { w = nj.ones(1) })",
            "files of PyTorch are read, not written: a.pt; its own readers take .safetensors and .npz"
        ),
        (
            "nj.save(\"a.npy\", { w = nj.ones(1) })",
            "an .npy file holds one tensor: give it alone, or end the name in .npz or .safetensors"
        ),
        (
            "nj.save(\"a.npz\", nj.ones(1))",
            "an .npz file holds tensors by name: give a table such as { weight = w }, or end the name in .npy"
        ),
        (
            "nj.save(\"a.npz\", { nj.ones(1) })",
            "'save' needs a name for each tensor, for example { weight = w }, got a list\n  usage: nj.save(path, value, "
                + "[{ compress, metadata }])"
        ),
        ("nj.save(\"a.npz\", { w = 1 })", "'save' writes tensors: 'w' is a number"),
        (
            "nj.save(\"a.npz\", 3)",
            "'save' expects a tensor or a table of tensors by name for 'value', got the number 3\n  usage: nj.save(path, "
                + "value, [{ compress, metadata }])"
        ),
        ("nj.save(\"a.npy\", nj.ones(1), { compress = true })", "only .npz files are compressed, not a.npy"),
        (
            "nj.save(\"a.npz\", { w = nj.ones(1) }, { metadata = { a = \"b\" } })",
            "only .safetensors files keep metadata, not a.npz"
        ),
        (
            "nj.save(\"a.safetensors\", { w = nj.ones(1) }, { metadata = { a = 1 } })",
            "'save' keeps texts as metadata: 'a' is a number"
        ),
        ("nj.load(\"a.npz\", { metadata = true })", "there is no file a.npz (working directory: FOLDER)"),
        ("nj.load(\"none.npy\")", "there is no file none.npy (working directory: FOLDER)"),
        ("nj.load(\"folder.npy\")", "folder.npy is not a regular file"),
    ])
    func whatCannotBeSavedOrReadIsSaid(_ call: String, _ message: String) throws {
        let place = try Place()
        try FileManager.default.createDirectory(
            at: place.url.appendingPathComponent("folder.npy"), withIntermediateDirectories: true)
        #expect(try place.failure(call) == "script.lua:2: " + message)
    }

    @Test func damagedFilesAreNamedWithTheScriptsLine() throws {
        let place = try Place()
        try place.write(Array("junk".utf8), to: "a.npy")
        try place.write([1, 2, 3], to: "a.npz")
        try place.write([1, 2, 3], to: "a.safetensors")
        #expect(
            try place.failure("nj.load(\"a.npy\")")
                == "script.lua:2: FOLDER/a.npy: is no .npy file: it does not begin with the word that these files begin "
                + "with")
        #expect(
            try place.failure("nj.load(\"a.npz\")")
                == "script.lua:2: FOLDER/a.npz: is no zip archive: the list of files at its end is missing. The file is cut "
                + "short or damaged")
        #expect(
            try place.failure("nj.load(\"a.safetensors\")")
                == "script.lua:2: FOLDER/a.safetensors: 3 bytes is too short for a safetensors file")
    }

    @Test func scriptsWriteAndReadOnlyWhereTheyMay() throws {
        let place = try Place()
        let inside = place.url.appendingPathComponent("inside")
        try FileManager.default.createDirectory(at: inside, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            at: inside.appendingPathComponent("out"), withDestinationURL: place.url)
        let host = try place.host { $0.workingFolder = inside.path }
        func message(_ script: String) throws -> String {
            try NightjarScriptingTests.failure(script, host).replacing(place.url.path, with: "FOLDER")
        }
        let refusal =
            "they write below the working folder FOLDER/inside and below the folder of the runs (--trust lifts this)"
        #expect(
            try message("nj.save(\"../a.npy\", nj.ones(1))") == "script.lua:2: scripts may not write ../a.npy: "
                + refusal)
        #expect(
            try message("nj.save(\"/nowhere/a.npy\", nj.ones(1))")
                == "script.lua:2: scripts may not write /nowhere/a.npy: " + refusal)
        #expect(
            try message("nj.save(\"out/a.npy\", nj.ones(1))")
                == "script.lua:2: scripts may not write out/a.npy: " + refusal)
        #expect(
            try message("nj.save(\"new/../out/sub/a.npy\", nj.ones(1))")
                == "script.lua:2: scripts may not write new/../out/sub/a.npy: " + refusal)
        try place.write([], to: "secret.npy")
        #expect(
            try message("nj.load(\"../secret.npy\")")
                == "script.lua:2: scripts may not read ../secret.npy: it lies outside the folders of this run (--trust "
                + "allows it)")
        #expect(
            try message("nj.load(\"out/secret.npy\")").hasPrefix("script.lua:2: scripts may not read out/secret.npy"))
        #expect(
            try numbers("nj.save(\"new/deep/a.npy\", nj.ones(2)) return nj.load(\"new/deep/a.npy\"):totable()", host)
                == [1, 1])
        // Whether a file that it may not read is there, a script does not learn.
        for path in ["../none.npy", "/etc/hostname.npy", "/nowhere/at/all.npy", "out/none.npy"] {
            #expect(
                try message("nj.load(\"\(path)\")")
                    == "script.lua:2: scripts may not read \(path): it lies outside the folders of this run (--trust allows it)"
            )
        }
        for path in ["/etc/hostname", "/etc", "/nowhere/a"] {
            for ask in ["require(\"\(path)\")", "nj.losses[\"\(path).lua\"]"] {
                #expect(
                    try message("return \(ask)")
                        == "script.lua:2: scripts may not read \(path).lua: it lies outside the folders of this run (--trust "
                        + "allows it)")
            }
        }
        let trusted = try place.host {
            $0.isTrusted = true
            $0.workingFolder = inside.path
        }
        #expect(try numbers("nj.save(\"../b.npy\", nj.ones(1)) return nj.load(\"../b.npy\"):totable()", trusted) == [1])
        let writable = try place.host {
            $0.workingFolder = inside.path
            $0.writableFolders = [place.url.appendingPathComponent("runs").path]
        }
        try run("nj.save(\"../runs/x/a.npy\", nj.ones(1))", writable)
        #expect(FileManager.default.fileExists(atPath: place.url.appendingPathComponent("runs/x/a.npy").path))
    }

    /// A link at the end of the path is replaced; what it points to stays.
    @Test func aLinkIsNotWrittenThrough() throws {
        let place = try Place()
        let inside = place.url.appendingPathComponent("inside")
        try FileManager.default.createDirectory(at: inside, withIntermediateDirectories: true)
        try place.write([7], to: "precious.npy")
        try FileManager.default.createSymbolicLink(
            at: inside.appendingPathComponent("a.npy"),
            withDestinationURL: place.url.appendingPathComponent("precious.npy"))
        try run("nj.save(\"a.npy\", nj.ones(1))", place.host { $0.workingFolder = inside.path })
        #expect(try Data(contentsOf: place.url.appendingPathComponent("precious.npy")) == Data([7]))
    }

    /// Damaged files are read or refused with an error that names them; nothing traps.
    @Test func damagedSafetensorsAreReadOrRefused() throws {
        let place = try Place()
        let host = try place.host()
        let whole = try fixture("foreign.safetensors")
        let random = RandomStream(seed: 20_260_101, purpose: "fuzz")
        var position: UInt64 = 0
        func below(_ limit: Int) -> Int {
            position += 1
            return random.below(max(1, limit), position)
        }
        var refused = 0
        for _ in 0..<1500 {
            var bytes = whole
            for _ in 0...below(3) where !bytes.isEmpty {
                let index = below(bytes.count)
                switch below(5) {
                case 0: bytes[index] = UInt8(below(256))
                case 1: bytes[index] ^= 1 << UInt8(below(8))
                case 2: bytes.removeSubrange(index..<min(bytes.count, index + 1 + below(8)))
                case 3: bytes.insert(UInt8(48 + below(10)), at: index)
                default: bytes = Array(bytes.prefix(index))
                }
            }
            try place.write(bytes, to: "f.safetensors")
            let message = try failure("nj.load(\"f.safetensors\")", host)
            if !message.hasPrefix("no error") {
                refused += 1
                #expect(message.hasPrefix("script.lua:2: \(place.url.path)/f.safetensors: "))
            }
        }
        #expect(refused > 500 && refused < 1500)
    }

    /// What runs and plugins keep is theirs, and where a file is looked for a script makes no folder.
    @Test(arguments: [
        ("runs/exp/one/weights.safetensors", "a run keeps weights.safetensors there: choose another name"),
        ("runs/exp/one/checkpoint.safetensors", "a run keeps checkpoint.safetensors there: choose another name"),
        ("runs/exp/one/averages.safetensors", "a run keeps averages.safetensors there: choose another name"),
        ("runs/exp/one/best_test.safetensors", "a run keeps best_test.safetensors there: choose another name"),
        ("runs/exp/new/weights.safetensors", "a run keeps weights.safetensors there: choose another name"),
        ("runs/exp/one/mine.npy", "exp/one is another run"),
        ("runs/exp/one/deep/er/mine.npy", "exp/one is another run"),
        ("link/mine.npy", "exp/one is another run"), ("plugins/a/x.npy", "FOLDER/plugins holds plugins"),
        ("plugins/x.npy", "FOLDER/plugins holds plugins"),
        ("x/plugin.lua/a.npy", "'plugin.lua' is the name of a file, not of a folder"),
        ("runs.sqlite/a.npy", "'runs.sqlite' is the name of a file, not of a folder"),
        ("runs/report.html/a.npy", "'report.html' is the name of a file, not of a folder"),
        ("A.LUA/b/c.npy", "'A.LUA' is the name of a file, not of a folder"),
    ]) func whatOthersKeepIsNotWritten(_ path: String, _ reason: String) throws {
        let place = try Place()
        for folder in ["runs/exp/one", "plugins/a"] {
            try FileManager.default.createDirectory(
                at: place.url.appendingPathComponent(folder), withIntermediateDirectories: true)
        }
        try Data("{}".utf8).write(to: place.url.appendingPathComponent("runs/exp/one/config.json"))
        try Data("precious".utf8).write(to: place.url.appendingPathComponent("runs/exp/one/weights.safetensors"))
        try FileManager.default.createSymbolicLink(
            at: place.url.appendingPathComponent("link"),
            withDestinationURL: place.url.appendingPathComponent("runs/exp/one"))
        let host = try place.host {
            $0.workingFolder = place.url.path
            $0.writableFolders = [place.url.appendingPathComponent("runs").path]
            $0.pluginRoots = [place.url.appendingPathComponent("plugins").path]
        }
        let value = path.hasSuffix(".npy") ? "nj.ones(1)" : "{ w = nj.ones(1) }"
        #expect(
            try NightjarScriptingTests.failure("nj.save(\"\(path)\", \(value))", host).replacing(
                place.url.path, with: "FOLDER")
                == "script.lua:2: scripts may not write \(path): \(reason) (--trust lifts this)"
        )
        let kept = try String(
            contentsOf: place.url.appendingPathComponent("runs/exp/one/weights.safetensors"), encoding: .utf8)
        #expect(kept == "precious")
        // Beside them it may.
        _ = try NightjarScriptingTests.run(
            "nj.save(\"runs/mine/a.npy\", nj.ones(1)) nj.save(\"v1.2/a.npy\", nj.ones(1))", host)
    }
}

/// `nj.load` of .json files.
extension TensorFileTests {
    @Test func aJSONFileBecomesATable() throws {
        let place = try Place()
        let text = #"{"name": "ä", "list": [1, 2.5, null, {"deep": [true]}], "none": null}"#
        try place.write(Array(text.utf8), to: "a.json")
        let script = """
            local v = nj.load("a.json")
            return v.name, #v.list, v.list[1], math.type(v.list[1]), v.list[2], v.list[3].deep[1], v.none == nil
            """
        let values = try run(script, place.host())
        #expect(values.map { $0.asString } == ["ä", nil, nil, "integer", nil, nil, nil])
        #expect(try numbers("return { #nj.load('a.json').list, nj.load('a.json').list[2] }", place.host()) == [3, 2.5])
        #expect(try numbers("return { nj.load('a.json').none == nil and 1 or 0 }", place.host()) == [1])
    }

    @Test func whatIsNoJSONIsSaid() throws {
        let place = try Place()
        try place.write(Array(#"{"a": 1,}"#.utf8), to: "bad.json")
        #expect(
            try place.failure("nj.load('bad.json')").contains("FOLDER/bad.json: not valid JSON (line 1, column "))
        #expect(try place.failure("nj.load('no.json')").contains("there is no file no.json"))
    }
}
