import NightjarScripting
import Testing

@Suite struct ScriptTestsTests {
    /// What tests read lies beside them and is no test.
    @Test func filesInFoldersBesideTestsAreNoTests() throws {
        let folder = try PluginFolder()
        for name in ["tests/a.lua", "tests/data/b.lua", "deep/tests/c.lua", "d.lua"] { try folder.write(name, "") }
        let root = folder.root.path
        #expect(try ScriptTests.files(in: [root]) == ["\(root)/deep/tests/c.lua", "\(root)/tests/a.lua"])
        #expect(try ScriptTests.files(in: [root + "/tests"]) == ["\(root)/tests/a.lua"])
        #expect(try ScriptTests.files(in: [root + "/d.lua"]) == ["\(root)/d.lua"])
    }
}
