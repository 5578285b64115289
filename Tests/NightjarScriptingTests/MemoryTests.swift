import NightjarEngine
import NightjarGraph
import NightjarTensor
import NightjarScripting
import Testing

@Suite(.serialized) struct MemoryTests {
    /// A million temporaries, recorded in blocks of 20: neither Lua's memory nor the tensors' grows with their number.
    @Test func aMillionTemporariesStayInBoundedMemory() throws {
        let host = try makeHost()
        let script = """
            local a, b = nj.ones(8, 8), nj.ones(8, 8)
            for i = 1, 50000 do
              local t = a
              for _ = 1, 20 do t = t + b end
              if i % 100 == 0 then print(i) end
            end
            """
        var tables = 0
        host.output = { _ in tables = max(tables, Tape.liveByteCount) }
        try run(script, host)
        #expect(host.luaByteCount < 16 << 20)
        // All temporaries together take 256 MB. Other suites of this process hold tensors meanwhile: those of this host count.
        let own = Storage.live.filter { $0.origin?.session == host.session.number }
        #expect(!own.isEmpty)
        #expect(own.reduce(0) { $0 + $1.bytes } < 64 << 20)
        // Each of the tables that were used would take 340 KB.
        #expect(tables < 128 << 20, "\(tables >> 20) MiB of tables at one time")
    }

    /// A schedule's number is an input of the plan; a shape is part of it.
    @Test func aRateThatChangesMakesNoPlanAndAShapeDoes() throws {
        let host = try makeHost()
        try run(
            """
            local nj = require "nightjar"
            local function step(rate, size)
              return (nj.ones(size) * rate):sum():item()
            end
            step(0.37, 5)
            local before = nj.plans()
            for i = 1, 20 do step(0.4 + i / 1000, 5) end
            local after = nj.plans()
            assert(after.misses == before.misses, "a number made a plan")
            assert(after.hits == before.hits + 20)
            assert(after.count <= after.capacity and after.count == before.count)
            step(0.4, 6)
            assert(nj.plans().misses == after.misses + 1)
            """, host)
    }

    /// A tensor that is worked out because a table with it reaches an operation, after its tape was closed, is held by its
    /// handle as if it had been given alone.
    @Test func tensorsInTablesAreLetGo() throws {
        let host = try makeHost()
        try run(
            """
            local function round(join)
              local a = nj.ones(4) * 2
              for i = 1, 30000 do local _ = nj.ones(3) + i end
              assert(join(a):sum():item() == 16)
            end
            -- Of this session: what has no line may be another's.
            local function alive()
              collectgarbage() collectgarbage()
              local count = 0
              for _, line in ipairs(nj.memory().lines) do
                if line.place:find("script.lua", 1, true) then count = count + line.count end
              end
              return count
            end
            for _, join in ipairs {
              function(a) return nj.cat({ a, a }) end, function(a) return nj.stack({ a, a }) end,
              function(a) return a + a end,
            } do
              round(join)
              local before = alive()
              for _ = 1, 3 do round(join) end
              assert(alive() <= before, alive() - before .. " tensors stayed")
            end
            """, host)
    }

    /// Bytes of the tensors that lines of this host's scripts made: other tests run beside this one.
    private static let held = """
        local function held(collect, by)
          local bytes = 0
          for _, line in ipairs(nj.memory({ collect = collect }).lines) do
            local is_own = line.place:find("script.lua", 1, true) and line.place:find(by or "", 1, true)
            if is_own then bytes = bytes + line.bytes end
          end
          return bytes
        end

        """

    @Test func valuesThatAreReadDoNotPileUp() throws {
        let values = try run(
            Self.held + """
                local total = 0
                for i = 1, 400 do
                  local t = nj.full({ 256, 1024 }, i):copy()
                  total = total + (t * 2):mean():item()
                end
                return held(false), held(true), total
                """, makeHost())
        // 400 MB passed through.
        #expect(try #require(values[0].asInteger) < 300 << 20)
        #expect(try #require(values[1].asInteger) <= 2 << 20)
        #expect(values[2].asNumber == 160_400.0)
    }

    @Test func releaseAndCloseGiveMemoryBackAtOnce() throws {
        let values = try run(
            Self.held + """
                local t = nj.full({ 4096, 4096 }, 3, {}):copy()
                local before = held(false, "by copy")
                t:release()
                do local u <close> = nj.rand({ 4096, 4096 }):copy() end
                return tostring(t), before, held(false, "by copy")
                """, makeHost())
        #expect(values[0].asString == "tensor (released)")
        #expect(values[1].asInteger == 64 << 20)
        #expect(values[2].asInteger == 0)
    }

    @Test func aReleasedTensorSaysSoWhenItIsUsedAndCanBeReleasedTwice() throws {
        let host = try makeHost()
        #expect(
            try failure("local t = nj.ones(3):copy()\nt:release()\nt:release()\nreturn t + 1", host)
                == "script.lua:5: this tensor was released at script.lua:3: it cannot be used any more")
        #expect(
            try failure("local kept\ndo\nlocal t <close> = nj.ones(3)\nkept = t\nend\nreturn kept:item()", host)
                == "script.lua:7: this tensor was released at script.lua:5: it cannot be used any more")
        // What was computed from it before is not lost.
        #expect(
            try numbers(
                "local t = nj.ones(2):copy()\nlocal u = (t + 1)\nlocal v = u * 3\nu:release()\nt:release()\nreturn v:totable()",
                host) == [6, 6])
        // Nor what a step needs again after its value was given back.
        #expect(
            try numbers(
                "local t = nj.full({ 2 }, 2)\nlocal u = t:exp():log()\nprint(u)\nlocal v = u + 1\nu:release()\nreturn v:totable()",
                host
            ).map { $0.rounded() } == [3, 3])
    }

    /// 400 MB pass through, one tensor at a time; what a tape keeps waits for a collection, at 64 MB at the latest.
    @Test(arguments: [
        ("local _ = (t * 2):mean():item()", 4), ("local _ = t:sum():item()", 4), ("local _ = t * 2", 66), ("", 66),
    ])
    func closedBlocksOfLargeTensorsStayInBoundedMemory(body: String, megabytes: Int) throws {
        let values = try run(
            Self.held + """
                local function step()
                  local t <close> = nj.rand({ 512, 1024 }):copy()
                  \(body)
                  return held(false, "by copy")
                end
                local most = 0
                for i = 1, 200 do most = math.max(most, step()) end
                return most, held(true, "by copy")
                """, makeHost())
        #expect((values[0].asInteger ?? .max) <= megabytes << 20, "\(values)")
        #expect(values[1].asInteger == 0, "\(values)")
    }

    @Test func aReportNamesTheLinesThatMadeWhatLives() throws {
        let host = try makeHost()
        try run("nj.memory()", host)
        let values = try run(
            """
            local kept = {}
            for i = 1, 3 do kept[i] = nj.full({ 256, 1024 }, i):copy() end
            local sum = (kept[1] * 2):sum(1):copy()
            nj.full({ 1024, 1024 }, 7):copy()
            local report = nj.memory()
            local lines = {}
            for _, line in ipairs(report.lines) do
              if line.place:find("script.lua", 1, true) then
                lines[#lines + 1] = string.format("%s %d %d", line.place, line.count, line.bytes)
              end
            end
            return table.concat(lines, "\\n"), tostring(report), report.bytes, report.count, #kept + sum:numel()
            """, host)
        #expect(
            values[0].asString == "script.lua:3 by copy 3 3145728\nscript.lua:4 by copy 1 4096", "\(values[0])")
        let text = try #require(values[1].asString)
        #expect(text.contains("     3.0 MiB       3  script.lua:3 by copy\n"), "\(text)")
        #expect(try #require(values[2].asInteger) >= 3_149_824)
        #expect(try #require(values[3].asInteger) >= 4)
        #expect(
            try failure("nj.memory({ colect = false })", host)
                == "script.lua:2: 'memory' has no option 'colect'\n  usage: nj.memory([{ collect }])")
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
