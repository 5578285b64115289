import NightjarEngine
import NightjarTensor
import NightjarScripting
import Testing

@Suite(.serialized) struct MemoryTests {
    /// A million temporaries, recorded in blocks of 20: neither Lua's memory nor the tensors' grows with their number.
    @Test func aMillionTemporariesStayInBoundedMemory() throws {
        let host = try makeHost()
        let script = """
            local a, b = nj.ones(8, 8), nj.ones(8, 8)
            for _ = 1, 50000 do
              local t = a
              for _ = 1, 20 do t = t + b end
            end
            """
        try run(script, host)
        #expect(host.luaByteCount < 64 << 20)
        #expect(Storage.liveByteCount < 64 << 20)
    }

    @Test func valuesThatAreReadDoNotPileUp() throws {
        let host = try makeHost()
        let before = Storage.liveByteCount
        try run(
            """
            local total = 0
            for i = 1, 400 do
              local t = nj.full({ 256, 1024 }, i):copy()
              total = total + (t * 2):mean():item()
            end
            return total
            """, host)
        // 400 MB passed through.
        #expect(Storage.liveByteCount - before < 300 << 20)
        host.collectGarbage()
        #expect(Storage.liveByteCount - before < 100 << 20)
    }

    @Test func releaseAndCloseGiveMemoryBackAtOnce() throws {
        let host = try makeHost()
        try run("", host)
        let before = Storage.liveByteCount
        let values = try host.run(
            """
            local nj = require "nightjar"
            local t = nj.full({ 1024, 1024 }, 3, {}):copy()
            t:release()
            do local u <close> = nj.rand({ 1024, 1024 }):copy() end
            return tostring(t)
            """)
        #expect(values.first?.asString == "tensor (released)")
        host.session.renewTape()
        host.collectGarbage()
        #expect(Storage.liveByteCount - before < 1 << 20)
    }

    @Test func aHundredThousandErrorsLeaveNothingBehind() throws {
        let host = try makeHost()
        try run("", host)
        let script = """
            local t = nj.ones(3)
            local u = nj.ones(2):copy()
            for _ = 1, 100000 do pcall(function() return u + t end) end
            """
        try run(script, host)
        host.collectGarbage()
        #expect(host.luaByteCount < 8 << 20)
        #expect(host.session.tape.count < 8192)
    }
}
