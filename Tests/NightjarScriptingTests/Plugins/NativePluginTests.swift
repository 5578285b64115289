import Foundation
import NightjarEngine
import NightjarScripting
import TestLibraries
import Testing

/// Native libraries as scripts see them: `nj.native`, rules in Lua, readers, metrics, and every message about them.
@Suite struct NativePluginTests {
    /// Folders stay as long as the test.
    private final class Folders {
        var all: [PluginFolder] = []

        func new() throws -> PluginFolder {
            all.append(try PluginFolder())
            return all[all.count - 1]
        }
    }
    private let folders = Folders()

    /// A folder with the plugin `test`, whose library is that of `Tests/TestLibraries`.
    private func folder(gradients: String? = nil) throws -> PluginFolder {
        let plugins = try folders.new()
        try plugins.write(
            "test/plugin.lua",
            "return { name = 'test', version = '1.0', native = 'operations.so'"
                + (gradients == nil ? "" : ", gradients = 'gradients.lua'") + " }")
        if let gradients { try plugins.write("test/gradients.lua", gradients) }
        try FileManager.default.copyItem(
            atPath: TestLibrary.operations.get().path, toPath: plugins.root.path + "/test/operations.so")
        return plugins
    }

    private func host(_ plugins: PluginFolder, isTrusted: Bool = true) throws -> ScriptHost {
        try makeHost(ScriptOptions(isTrusted: isTrusted, pluginRoots: [plugins.root.path]))
    }

    // MARK: Calls

    @Test func scriptsCallOperationsWithTensorsAndNumbers() throws {
        let host = try host(folder())
        #expect(try numbers("return nj.native.test.square(nj.tensor({ 1, 2, 3 })):totable()", host) == [1, 4, 9])
        #expect(
            try numbers("return nj.native.test.square(nj.tensor({ 1, 2 }), { scale = 0.5 }):totable()", host)
                == [0.5, 2])
        #expect(
            try numbers(
                "return nj.grad(function(x) return nj.native.test.square(x, { scale = 3 }):sum() end, nj.ones(2)):totable()",
                host) == [6, 6])
        #expect(
            try text("return tostring(nj.native.test)", host)
                == "the native library of plugin 'test': operations by_arriving, by_x, exponential, exponential_gradient, "
                + "five, root, square, square_gradient, stepped, total, weighted, weighted_gradient")
    }

    @Test func whatIsGivenWronglyIsSaid() throws {
        let host = try host(folder())
        func message(_ call: String) throws -> String { try failure("return nj.native." + call, host) }
        #expect(
            try message("test.square()")
                == "script.lua:2: operation 'test.square' takes 1 tensor (x) and a table of numbers { scale }; 'x' is missing"
        )
        #expect(
            try message("test.weighted(nj.ones(2), 3)")
                == "script.lua:2: operation 'test.weighted' takes 2 tensors (x, weights); 'weights' is a number")
        #expect(
            try message("test.square(nj.ones(2), 3)")
                == "script.lua:2: operation 'test.square' takes 1 tensor (x) and a table of numbers { scale }, got a number "
                + "behind the tensors")
        #expect(
            try message("test.square(nj.ones(2), { scael = 1 })")
                == "script.lua:2: operation 'test.square' has no number 'scael': did you mean 'scale'?\n  numbers are scale"
        )
        #expect(
            try message("test.square(nj.ones(2), { scale = '1' })")
                == "script.lua:2: operation 'test.square': 'scale' is a number, got a string")
        #expect(
            try message("test.root(nj.tensor({ 1, -1 })):totable()")
                == "script.lua:2: 'test.root': it takes numbers from 0, in row 2 of 2\n  in what was recorded at "
                + "script.lua:2")
        #expect(
            try message("test.sqare(nj.ones(2))")
                == "script.lua:2: the native library of plugin 'test' has no 'sqare': did you mean 'square'?\n  it has "
                + "by_arriving, by_x, exponential, exponential_gradient, five, metrics, readers, root, square, "
                + "square_gradient, stepped, total, weighted, weighted_gradient")
        #expect(
            try message("tset.square(nj.ones(2))")
                == "script.lua:2: there is no plugin 'tset': did you mean 'test'?\n  native libraries are those of test"
        )
        #expect(
            try failure("nj.native.test = 1", host)
                == "script.lua:2: nj.native is filled by plugins: 'native' in a plugin.lua names a library")
        #expect(
            try failure("nj.native.test.square = 1", host)
                == "script.lua:2: the native library of plugin 'test' does not change: 'square' cannot be set")
    }

    // MARK: Rules in Lua

    @Test func aRuleInLuaIsTheGradientAndHasGradients() throws {
        let host = try host(
            folder(
                gradients: "return { five = function(g, _, a, b, c, d, e) return g, 2 * g, 3 * g, 4 * g, 5 * g end, "
                    + "square = function(g, _, x, numbers) return g * (2 * numbers.scale) * x end }"))
        #expect(
            try numbers(
                """
                local x = nj.ones(2)
                local g = nj.grad(function(t) return nj.native.test.five(t[1], t[2], x, x, t[3]):sum() end, { x, x, x })
                return { g[1]:sum():item(), g[2]:sum():item(), g[3]:sum():item() }
                """, host) == [2, 4, 10])
        let second = """
            return (nj.gradcheck(function(x) return nj.native.test.square(x, { scale = 1.5 }):sin() end, nj.rand(3),
              { order = 2 }))
            """
        #expect(try text("return tostring((function() \(second) end)())", host) == "true")
    }

    @Test func rulesThatDoNotFitAreSaid() throws {
        func message(_ rules: String, _ call: String = "square(nj.ones(2))") throws -> String {
            let plugins = try folder(gradients: rules)
            return try failure("return nj.native.test." + call, host(plugins)).replacing(plugins.path, with: "FOLDER")
        }
        #expect(
            try message("return")
                == "script.lua:2: FOLDER/test/gradients.lua of plugin 'test' returns gradient rules by the names of operations, "
                + "{ twice = function(dy, y, x) ... end }; it returned nothing: did it forget 'return'?")
        #expect(
            try message("return { sqare = function() end }")
                == "script.lua:2: FOLDER/test/gradients.lua of plugin 'test' has a rule for 'sqare', which is no operation of its "
                + "library: did you mean 'square'?")
        #expect(
            try message("return { square = 1 }")
                == "script.lua:2: FOLDER/test/gradients.lua of plugin 'test': the rule for 'square' is a function, got a number"
        )
        #expect(
            try message("return { square = function(g) return g, g end }")
                == "FOLDER/test/gradients.lua:1: the gradient rule of operation 'test.square' returned 2 gradients, it takes 1 "
                + "argument")
        #expect(
            try message("return { square = function(g) return g:sum() end }")
                .hasPrefix(
                    "FOLDER/test/gradients.lua:1: gradient 1 of operation 'test.square' must have the shape of its argument, (2), "
                        + "it has shape ()"))
    }

    // MARK: Trust

    @Test func nativeCodeNeedsTrust() throws {
        let plugins = try folder()
        let host = try host(plugins, isTrusted: false)
        let message = try failure("return nj.native.test", host)
        let path = plugins.path + "/test"
        #expect(
            message.hasPrefix(
                "script.lua:2: plugin 'test' has a native library, \(path)/operations.so, which no sandbox holds: --trust allows "
                    + "it, or trust = { \"\(path)\" } in "))
        #expect(message.hasSuffix("/nightjar/config.lua"))
        // The rest of the plugin is there all the same.
        #expect(host.plugins.entries.map(\.status) == [.loaded])
    }

    // MARK: Manifests

    @Test(arguments: [
        (
            "native = 'none.so'",
            "'native' names none.so, which is not there: build it first, for example with 'cc -O2 -shared -fPIC'"
        ),
        ("native = 1", "plugin.lua: 'native' is a string, got a number"),
        ("native = ''", "plugin.lua: 'native' is a string, got an empty one"),
        (
            "provides = {}, gradients = 'g.lua'",
            "'gradients' names g.lua, which is not there"
        ),
    ])
    func manifestsThatNameWhatIsNotThereFail(fields: String, reason: String) throws {
        let plugins = try folders.new()
        try plugins.write("p/plugin.lua", "return { name = 'p', version = '1', \(fields) }")
        #expect(try plugins.host().plugins.entries.map(\.status) == [.failed(reason)])
    }

    @Test func aLibraryOutsideOfThePluginIsRefused() throws {
        let plugins = try folders.new()
        try plugins.write("p/plugin.lua", "return { name = 'p', version = '1', native = '../p.so' }")
        guard case .failed(let reason)? = try plugins.host().plugins.entries.first?.status else {
            Issue.record("it loads")
            return
        }
        #expect(reason.hasPrefix("'../p.so' leads upwards: what a plugin names lies in its folder "))
    }

    @Test func aLibraryThatDoesNotLoadSaysWhyToWhoeverAsks() throws {
        let plugins = try folders.new()
        try plugins.write("p/plugin.lua", "return { name = 'p', version = '1', native = 'p.so' }")
        try plugins.write("p/p.so", "no library")
        try plugins.plugin("plain", losses: ["one"])
        let host = try host(plugins)
        #expect(
            try failure("return nj.native.p", host)
                == "script.lua:2: the native library of plugin 'p', \(plugins.path)/p/p.so, is not used: it is no shared library"
        )
        #expect(
            try failure("return nj.native.plain", host)
                == "script.lua:2: plugin 'plain' has no native library: 'native' in its plugin.lua names one")
    }

    @Test func whatALibraryGaveIsAmongTheFilesThatResultsDependOn() throws {
        let host = try host(folder())
        #expect(!host.files.used.contains { $0.name == "test/operations.so" })
        _ = try run("return nj.native.test", host)
        let entry = try #require(host.files.used.first { $0.name == "test/operations.so" })
        #expect(entry.hash.count == 64)
    }

    // MARK: Readers

    private let records = """
        #include <nightjar_plugin.h>
        static const char *measure(const uint8_t *bytes, size_t size, nightjar_samples *samples) {
            if (size < 4 || size % 2 != 0) return "it has no even number of bytes";
            *samples = (nightjar_samples){(int64_t)size / 2, {.rank = 1, .extents = {1}}, NIGHTJAR_UINT8, 2};
            return bytes[0] == 255 ? "it begins with 255" : NULL;
        }
        static const char *fill(
            const uint8_t *bytes, size_t size, const nightjar_samples *samples, void *inputs, int32_t *labels) {
            (void)size;
            for (int64_t i = 0; i < samples->count; i++) {
                ((uint8_t *)inputs)[i] = bytes[2 * i];
                labels[i] = bytes[2 * i + 1];
            }
            return NULL;
        }
        static const nightjar_reader readers[] = {{"pairs", NULL, measure, fill, NULL, 0}};
        NIGHTJAR_PLUGIN(NULL, 0, readers, 1, NULL, 0)
        """

    private func pairs(_ more: String = "", _ bytes: [UInt8] = [5, 0, 6, 1, 7, 0, 8, 1]) throws -> PluginFolder {
        let plugins = try folders.new()
        try plugins.write(
            "p/plugin.lua",
            "return { name = 'p', version = '1', native = 'p.so', provides = { data = { 'set.lua' } } }")
        try plugins.write(
            "p/set.lua",
            "return { name = 'set', format = 'native', reader = 'pairs', file = 'set.bin', "
                + "split = { test_per_mille = 500, seed = 1 }, \(more) }")
        try Data(bytes).write(to: plugins.root.appendingPathComponent("p/set.bin"))
        try FileManager.default.copyItem(
            atPath: TestLibrary.build(text: records), toPath: plugins.root.path + "/p/p.so")
        return plugins
    }

    @Test func aReaderMakesADataSet() throws {
        let plugins = try pairs("classes = 2, class_names = { 'a', 'b' }")
        let host = try host(plugins)
        #expect(
            try numbers("local d = nj.data.load('set') return { #d.train, #d.test, d.classes, d.features }", host)
                == [2, 2, 2, 1])
        #expect(
            try numbers(
                "local x, y, k = nj.native.p.readers.pairs('\(plugins.path)/p/set.bin') return { x:float():sum():item(), y:sum():item(), k }",
                host) == [26, 6, 2])
        #expect(
            try failure("nj.data.load('set')", self.host(plugins, isTrusted: false))
                .contains(
                    "plugin 'p' has a native library, \(plugins.path)/p/p.so, which no sandbox holds: --trust allows it"
                ))
    }

    @Test func dataThatAReaderDoesNotTakeIsNamed() throws {
        func message(_ more: String = "", _ bytes: [UInt8] = [5, 0, 6, 1, 7, 0, 8, 1]) throws -> String {
            let plugins = try pairs(more, bytes)
            return try failure("nj.data.load('set')", host(plugins)).replacing(plugins.path, with: "FOLDER")
                .replacing(plugins.root.path, with: "FOLDER")
        }
        #expect(
            try message("", [1, 2, 3])
                == "script.lua:2: FOLDER/p/set.bin: reader 'p.pairs' refuses it: it has no even number of bytes")
        #expect(
            try message("classes = 3")
                == "script.lua:2: FOLDER/p/set.bin: has a number of classes of 2, data set 'set' declares 3")
        #expect(
            try message("rows = 9")
                == "script.lua:2: FOLDER/p/set.bin: has a number of samples of 4, data set 'set' declares 9")
        #expect(
            try message("shape = { 2 }")
                == "script.lua:2: FOLDER/p/set.bin: has samples of shape [1], data set 'set' declares [2]")
        #expect(
            try message("header = true").hasSuffix("a data plugin has no field 'header': did you mean 'reader'?"))
        #expect(
            try message("", [5, 0, 6, 7]).hasSuffix(
                "label 7 at position 1 (counted from 0) is not a class: labels are 0 to 1"))
    }

    // MARK: Metrics

    @Test func aMetricSeesWhatAnEvaluationSaw() throws {
        let text = """
            #include <nightjar_plugin.h>
            static const char *right(const nightjar_evaluation *seen, double *result) {
                for (int64_t i = 0; i < seen->samples; i++) {
                    if (seen->labels[i] < 1) return "a label is missing";
                    *result += (double)(seen->labels[i] == seen->predictions[i]) / (double)seen->samples;
                }
                return NULL;
            }
            static const nightjar_metric metrics[] = {{"right", "the share", right}};
            NIGHTJAR_PLUGIN(NULL, 0, NULL, 0, metrics, 1)
            """
        let plugins = try folders.new()
        try plugins.write("p/plugin.lua", "return { name = 'p', version = '1', native = 'p.so' }")
        try FileManager.default.copyItem(atPath: TestLibrary.build(text: text), toPath: plugins.root.path + "/p/p.so")
        let host = try host(plugins)
        let seen = """
            local seen = { logits = nj.eye(4), labels = nj.tensor({ 1, 2, 0, 4 }, { dtype = "int32" }),
              predictions = nj.tensor({ 1, 3, 3, 4 }, { dtype = "int32" }) }
            """
        #expect(
            try numbers(
                seen + " seen.keep = seen.labels:gt(0) return { nj.native.p.metrics.right(seen) }", host)[0] * 3 == 2)
        #expect(
            try failure(seen.replacing("\n", with: " ") + " return nj.native.p.metrics.right(seen)", host)
                == "script.lua:2: metric 'p.right': a label is missing")
        #expect(
            try failure("return nj.native.p.metrics.wrong", host)
                == "script.lua:2: metrics of the native library of plugin 'p' has no 'wrong'\n  it has right")
    }

    @Test func aMetricTakesWhatAnEvaluationSaw() throws {
        let text = """
            #include <nightjar_plugin.h>
            static const char *none(const nightjar_evaluation *seen, double *result) {
                (void)seen, *result = 0;
                return NULL;
            }
            static const nightjar_metric metrics[] = {{"none", "nothing", none}};
            NIGHTJAR_PLUGIN(NULL, 0, NULL, 0, metrics, 1)
            """
        let plugins = try folders.new()
        try plugins.write("p/plugin.lua", "return { name = 'p', version = '1', native = 'p.so' }")
        try FileManager.default.copyItem(atPath: TestLibrary.build(text: text), toPath: plugins.root.path + "/p/p.so")
        let labels = "nj.tensor({ 1, 2 }, { dtype = 'int32' })"
        #expect(
            try failure(
                "nj.native.p.metrics.none { logits = nj.ones(3, 2), labels = \(labels), predictions = \(labels) }",
                host(plugins))
                == "script.lua:2: metric 'p.none': a native metric takes float32 logits (samples, classes) with int32 labels and "
                + "predictions, one a sample; got float32 (3, 2), int32 (2) and int32 (2)")
    }

    @Test func aReaderIsAskedForAPathAndGivesADataSet() throws {
        #expect(
            try failure("nj.native.p.readers.pairs(3)", host(pairs()))
                == "script.lua:2: reader 'p.pairs' takes the path of a file, got a number")
        let plugins = try pairs()
        let empty = records.replacing("(int64_t)size / 2", with: "0")
        try FileManager.default.removeItem(atPath: plugins.root.path + "/p/p.so")
        try FileManager.default.copyItem(atPath: TestLibrary.build(text: empty), toPath: plugins.root.path + "/p/p.so")
        #expect(
            try failure("nj.data.load('set')", host(plugins)).replacing(plugins.path, with: "FOLDER")
                .replacing(plugins.root.path, with: "FOLDER")
                == "script.lua:2: FOLDER/p/set.bin: reader 'p.pairs' refuses it: it says that the file has 0 samples of rank 1 "
                + "and type 3 in 2 classes, which is no data set")
    }

    /// Numbers by name, in any order, in a view or a table: the value and a rule in Lua get the same.
    @Test func numbersOutsideOfTheirRangeAreRefused() throws {
        let text = """
            #include <nightjar_plugin.h>
            #define KERNEL(TYPE) static const char *scaled_##TYPE(nightjar_tile *tile) { \\
                for (int64_t i = 0; i < tile->rows; i++) \\
                    ((TYPE *)tile->output)[i] = (TYPE)(tile->attributes[0] * ((const TYPE *)tile->inputs[0])[i] + tile->attributes[1]); \\
                return NULL; }
            KERNEL(float)
            KERNEL(double)
            static const char *as_x(const nightjar_shape *inputs, const double *attributes, nightjar_shape *output) {
                (void)attributes, *output = inputs[0];
                return NULL;
            }
            static const nightjar_operation operations[] = {{
                .name = "scaled", .inputs = {{"x", NIGHTJAR_FLOAT, 0, 0, 0}},
                .attributes = {{"by", "what", 2, 0, 5}, {"more", "added", 1, 0, 0}}, .output_type = NIGHTJAR_FLOAT,
                .shape = as_x, .float32 = scaled_float, .float64 = scaled_double,
            }};
            NIGHTJAR_PLUGIN(operations, 1, NULL, 0, NULL, 0)
            """
        let plugins = try folders.new()
        try plugins.write(
            "p/plugin.lua", "return { name = 'p', version = '1', native = 'p.so', gradients = 'g.lua' }")
        try plugins.write("p/g.lua", "return { scaled = function(g, y, x, n) return g * (n.by * 10 + n.more) end }")
        try FileManager.default.copyItem(atPath: TestLibrary.build(text: text), toPath: plugins.root.path + "/p/p.so")
        let host = try host(plugins)
        #expect(
            try failure("nj.native.p.scaled(nj.ones(2), { by = 6 })", host).prefix { $0 != "\n" }
                == "script.lua:2: 'p.scaled': 'by' is a number from 0 to 5, got 6")
        #expect(
            try failure("nj.native.p.scaled(nj.ones(2), { 3 })", host)
                == "script.lua:2: operation 'p.scaled' has no number '1'\n  numbers are by, more")
        #expect(
            try failure("nj.native.p.scaled(nj.ones(2), { by = {} })", host)
                == "script.lua:2: operation 'p.scaled': 'by' is a number, got a table")
        #expect(
            try failure("nj.native.p.scaled(nj.ones(2), nil, 3)", host)
                == "script.lua:2: operation 'p.scaled' takes 1 tensor (x) and a table of numbers { by, more }, got 3 arguments"
        )
        for (given, value, gradient) in [
            ("", 3.0, 21.0), (", nil", 3, 21), (", {}", 3, 21), (", { by = 3 }", 4, 31),
            (", { more = 4, by = 3 }", 7, 34),
            (", setmetatable({ by = 3 }, { __index = { more = 9 } })", 4, 31),
        ] {
            let call = "nj.native.p.scaled(x\(given))"
            #expect(try numbers("local x = nj.ones(1) return { \(call):item() }", host) == [value], "\(given)")
            #expect(
                try numbers("return nj.grad(function(x) return \(call):sum() end, nj.ones(1)):totable()", host)
                    == [gradient], "\(given)")
        }
    }
}
