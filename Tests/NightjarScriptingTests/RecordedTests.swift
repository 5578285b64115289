import Foundation
import NightjarScripting
import Testing

@Suite struct RecordedTests {
    /// Tensors that are kept and never computed end in an error long before memory is full, and the script goes on.
    @Test func whatIsRecordedAndNotComputedHasABound() throws {
        let host = try makeHost()
        host.mostRecorded = 64 << 20
        let answer = try host.run(
            """
            local nj = require "nightjar"
            local kept, n = {}, 0
            local ok, message = pcall(function() while true do n = n + 1 kept[n] = nj.ones(2) + n end end)
            local again = pcall(function() for _ = 1, 5000 do kept[#kept + 1] = nj.ones(2) + 1 end end)
            kept = nil
            collectgarbage()
            local after = 0
            for i = 1, 5000 do after = (nj.ones(2) + i):copy() end
            return ok, message, again, n > 1000, after:sum():item()
            """)
        #expect(answer[0].asBoolean == false)
        #expect(
            answer[1].asString?.contains(
                "out of memory: operations that are recorded and not computed take ") == true)
        #expect(
            answer[1].asString?.contains(
                ", and the most is 64 MiB: compute tensors that are kept, with t:copy() or t:item(), or keep fewer")
                == true)
        #expect(answer[2].asBoolean == false)
        #expect(answer[3].asBoolean == true)
        #expect(answer[4].asNumber == 10_002)
    }

    /// A script, a manifest and standard input of gigabytes are refused before they are read.
    @Test func aScriptOfGigabytesIsRefused() throws {
        let folder = try PluginFolder()
        try folder.write("plugins/hollow/plugin.lua", "")
        try #require(truncate(folder.path + "/plugins/hollow/plugin.lua", 1 << 40) == 0)
        let reason = " is too long for a script: it has 1099511627776 bytes, and at most 16777216 are read"
        let host = try makeHost(ScriptOptions(pluginRoots: [folder.path + "/plugins"]))
        let entry = try #require(host.plugins.entries.first { $0.folder.hasSuffix("/hollow") })
        guard case .failed(let said) = entry.status else {
            Issue.record("\(entry.status)")
            return
        }
        #expect(said.hasSuffix(reason))
    }
}
