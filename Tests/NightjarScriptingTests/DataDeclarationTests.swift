import Foundation
import NightjarScripting
import Testing

/// Data plugins as people write them: a field that is misspelt, of another type or out of bounds is named, and a plugin
/// that is wrong hides none of the others.
@Suite struct DataDeclarationTests {
    /// A folder with plugins.
    private final class Plugins {
        let url: URL

        init() throws {
            url = FileManager.default.temporaryDirectory.appendingPathComponent("plugins-\(UUID().uuidString)")
                .resolvingSymlinksInPath()
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(at: url) }

        func write(_ name: String, _ text: String) throws {
            let file = url.appendingPathComponent(name)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }

        /// A plugin of a table of four lines with two values each.
        func add(
            _ name: String, file: String = "set.lua", _ fields: String, table: String = "1,2,0\n3,4,1\n5,6,0\n7,8,1\n"
        )
            throws
        {
            try write(
                "\(name)/plugin.lua",
                "return { name = '\(name)', version = '1', provides = { data = { '\(file)' } } }")
            try write("\(name)/\(file)", "return { \(fields) }")
            try write("\(name)/d.csv", table)
        }

        func host() throws -> ScriptHost { try makeHost(ScriptOptions(pluginRoots: [url.path])) }

        func failure(_ name: String) throws -> String {
            try NightjarScriptingTests.failure("return nj.data.load(\"\(name)\").classes", host())
                .replacing(url.path, with: "PLUGINS")
        }
    }

    private static let base = "name = 'd', format = 'csv', file = 'd.csv', shape = { 2 }, classes = 2"

    @Test(arguments: [
        ("clases = 3", "a data plugin has no field 'clases': did you mean 'classes'?"),
        ("Scale = 3", "a data plugin has no field 'Scale': did you mean 'scale'?"),
        (
            "split = { test_permille = 500 }",
            "a data plugin has no field 'split.test_permille': did you mean 'split.test_per_mille'?"
        ),
        ("split = 500", "'split' of a data plugin must be a table such as { test_per_mille = 200 }, got 500"),
        ("split = { 500 }", "'split' of a data plugin must be a table such as { test_per_mille = 200 }, got a table"),
        (
            "split = { test_per_mille = 0 }",
            "'split.test_per_mille' of a data plugin must be an integer from 1 to 999, got 0"
        ),
        (
            "split = { test_per_mille = '5' }",
            "'split.test_per_mille' of a data plugin must be an integer, got the string \"5\""
        ),
        ("split = { stratified = 1 }", "'split.stratified' of a data plugin must be true or false, got 1"),
        ("split = { seed = 1.5 }", "'split.seed' of a data plugin must be an integer, got 1.5"),
        ("scale = '16'", "'scale' of a data plugin must be a number, got the string \"16\""),
        ("scale = true", "'scale' of a data plugin must be a number, got true"),
        ("mean = { 'a' }", "'mean' of a data plugin must be a list of numbers, got another list"),
        ("range = { 2, 1 }", "'range' of a data plugin must be { least, largest }, got another list"),
        ("range = 3", "'range' of a data plugin must be { least, largest }, got another list"),
        ("rows = 2.5", "'rows' of a data plugin must be an integer, got 2.5"),
        ("rows = -1", "'rows' of a data plugin must be an integer from 1 to 2147483647, got -1"),
        ("header = 'no'", "'header' of a data plugin must be true or false, got the string \"no\""),
        ("doc = 3", "'doc' of a data plugin must be a string, got 3"),
        ("credit = {}", "'credit' of a data plugin must be a string, got a table"),
        ("class_names = { 'a', 2 }", "'class_names' of a data plugin must be a list of strings, got another list"),
        ("class_names = { 'a' }", "'class_names' of a data plugin names 1 of 2 classes"),
        ("class_names = { 'a', 'a' }", "'class_names' of a data plugin has \"a\" twice"),
        ("label = 'middle'", "'label' of a data plugin must be \"first\" or \"last\", got \"middle\""),
        (
            "classes = 2000000000",
            "'classes' of a data plugin must be an integer from 2 to 16777216, got 2000000000"
        ),
        ("classes = 1", "'classes' of a data plugin must be an integer from 2 to 16777216, got 1"),
        ("classes = 2^63", "'classes' of a data plugin must be an integer, got 9.223372036854776e+18"),
        ("shape = { 0 }", "'shape' of a data plugin must be a list of integers from 1, got another list"),
        ("shape = { 2.5 }", "'shape' of a data plugin must be a list of integers from 1, got another list"),
        ("shape = 2", "'shape' of a data plugin must be a list of integers from 1, got 2"),
        ("shape = { 2147483648 }", "'shape' of a data plugin is that of no tensor: dimension 2147483648 is too large"),
        ("format = 'parquet'", "format \"parquet\" is not known; there are \"csv\" and \"native\""),
        ("file = 3", "'file' of a data plugin must be a string, got 3"),
    ]) func aFieldThatIsWrongIsNamed(_ field: String, _ message: String) throws {
        let plugins = try Plugins()
        try plugins.add("d", DataDeclarationTests.base + ", " + field)
        let came = try plugins.failure("d")
        #expect(came.contains("d/set.lua: " + message), "\(came)")
    }

    @Test(arguments: ["../d.csv", "/etc/passwd", "a/../../d.csv", "~/d.csv", "link.csv"])
    func filesStayInTheirFolder(_ file: String) throws {
        let plugins = try Plugins()
        try plugins.add("d", DataDeclarationTests.base.replacing("'d.csv'", with: "'\(file)'"))
        try plugins.write("secret.csv", "1,2,0\n3,4,1\n")
        try FileManager.default.createSymbolicLink(
            atPath: plugins.url.path + "/d/link.csv", withDestinationPath: plugins.url.path + "/secret.csv")
        let message = try plugins.failure("d")
        #expect(message.contains("what a plugin names lies in its folder PLUGINS/d"), "\(message)")
    }

    @Test(arguments: ["../x.lua", "/x.lua", "link.lua"]) func scriptsOfManifestsStayInTheirFolder(_ file: String) throws
    {
        let plugins = try Plugins()
        try plugins.write("x.lua", "return {}")
        try plugins.write("d/plugin.lua", "return { name = 'd', version = '1', provides = { data = { '\(file)' } } }")
        try FileManager.default.createSymbolicLink(
            atPath: plugins.url.path + "/d/link.lua", withDestinationPath: plugins.url.path + "/x.lua")
        guard case .failed(let reason)? = try plugins.host().plugins.entries.first?.status else {
            Issue.record("it was taken")
            return
        }
        #expect(reason.contains("what a plugin names lies in its folder"))
    }

    @Test func twoPluginsMayNameTheirFilesAlike() throws {
        let plugins = try Plugins()
        try plugins.add("aaa", DataDeclarationTests.base.replacing("'d'", with: "'aaa'"))
        try plugins.add("bbb", DataDeclarationTests.base.replacing("'d'", with: "'bbb'"))
        try plugins.add("ccc", DataDeclarationTests.base.replacing("'d'", with: "'ccc'") + ", scale = 'x'")
        let host = try plugins.host()
        let names = try run("return nj.data.names()", host).first?.asTable?.array.compactMap(\.asString)
        #expect(names?.prefix(3) == ["aaa", "bbb", "cifar10"])
        #expect(try numbers("return nj.data.load(\"aaa\").classes, nj.data.load(\"bbb\").classes", host) == [2, 2])
        #expect(try plugins.failure("ccc").contains("'scale' of a data plugin must be a number"))
    }

    @Test func aLabelInTheOtherColumnIsSuspected() throws {
        let plugins = try Plugins()
        try plugins.add("d", DataDeclarationTests.base, table: "0,7,1\n1,8,1\n0,9,1\n1,9,1\n")
        #expect(
            try plugins.failure("d").contains(
                "d/d.csv: has label 1 on every line: a data set needs samples of 2 classes at least. The label is read "
                    + "from the last field, but the first field looks like it: declare label = \"first\""))
        try plugins.add("d", DataDeclarationTests.base + ", label = 'first'", table: "0,7,1\n1,8,1\n0,9,1\n1,9,1\n")
        #expect(try plugins.failure("d").hasPrefix("no error"))
    }
}
