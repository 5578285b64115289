import NightjarScripting
import Testing

/// No table that scripts share can be changed by one: neither what globals and `nj` reach, nor what two objects have in
/// common, at any depth, by any function that a script has.
@Suite struct SealTests {
    /// Goes over all tables that can be reached from a value, and tries to change each.
    private static let walker = """
        local fields = {
          "__index", "__newindex", "__metatable", "__call", "__pairs", "__len", "__name", "__gc", "__close", "methods",
          "definition", "specs", "params", "names", "default", "state", "example", "needs", "fields", "parts", "terms",
          "remembered", "roles", "class_names", "shape", "proxy", "values", "native", "base", "choices", "each",
          "definitions", "registry", "loaded", "modules", "known", "train", "test", "model", "notes", "lines", 1, 2,
        }

        local function reach(...)
          local seen, list = {}, {}
          local function visit(value, path)
            local kind = type(value)
            if kind ~= "table" and kind ~= "userdata" or seen[value] then return end
            seen[value] = path
            if kind == "table" then list[#list + 1] = value end
            visit(getmetatable(value), path .. ":meta")
            if kind == "table" then
              for key, item in next, value do
                visit(key, path .. ":key")
                visit(item, path .. "." .. tostring(key))
              end
            end
            local ok, f, state = pcall(pairs, value)
            if ok then
              visit(state, path .. ":pairs")
              pcall(function()
                for key, item in pairs(value) do
                  visit(key, path .. ":key")
                  visit(item, path .. "." .. tostring(key))
                end
              end)
            end
            for _, name in ipairs(fields) do
              local found, item = pcall(function() return value[name] end)
              if found then visit(item, path .. "." .. name) end
            end
          end
          for i, root in ipairs { ... } do visit(root, "root" .. i) end
          return seen, list
        end

        -- What changed a table, or nil.
        local function change(t)
          local before = rawlen(t)
          local ways = {
            set = function() t.probe = 1 end,
            insert = function() table.insert(t, 1) end,
            first = function() table.insert(t, 1, 1) end,
            move = function() table.move({ 1, 2, 3 }, 1, 3, before + 1, t) end,
            remove = function() assert(before > 0) table.remove(t) end,
            sort = function() assert(before > 1) table.sort(t, function(a, b) return tostring(a) > tostring(b) end) end,
            meta = function() setmetatable(t, {}) end,
          }
          for name, way in pairs(ways) do
            if (pcall(way)) then return name end
            if rawget(t, "probe") ~= nil or rawlen(t) ~= before then return name end
          end
        end

        """

    /// What the tables that two values of a script share are, and which of them could be changed.
    private func shared(_ host: ScriptHost, _ make: String) throws -> [String] {
        let values = try run(
            SealTests.walker + """
                local function make() \(make) end
                local first, list = reach(make())
                local second = reach(make())
                local changed = {}
                for _, t in ipairs(list) do
                  if second[t] then
                    local way = change(t)
                    if way then changed[#changed + 1] = way .. " of " .. first[t] end
                  end
                end
                local count = 0
                for _ in pairs(first) do count = count + 1 end
                return changed, count
                """, host)
        #expect((values.last?.asInteger ?? 0) > 0, "\(make) reaches nothing")
        return values.first?.asTable?.array.compactMap(\.asString) ?? ["nothing came back"]
    }

    @Test func nothingReachedFromGlobalsCanBeChanged() throws {
        let changed = try shared(
            makeHost(),
            """
            return nj, math, string, table, utf8, coroutine, os, _VERSION, "", nj.losses, nj.noise, nj.schedules, nj.optim,
              nj.models, nj.metrics, nj.layers, nj.clips, nj.averages, nj.nn, nj.data, nj.ones(1), print, require
            """)
        #expect(changed.isEmpty)
    }

    @Test(arguments: [
        "return nj.losses.cce {}", "return nj.losses.rll { alpha = 0.2 }, 2 * nj.losses.cce {} + nj.losses.mae {}",
        "return nj.weighted(nj.losses.cce {}, { classes = { 1, 2 } })",
        "return nj.noise.uniform { rate = 0.5 }", "return nj.schedules.step { base = 0.1, drops = { 5 } }",
        "return nj.optim.sgd {}", "return nj.optim.adam {}:start(nj.ones(2)), nj.optim.adam {}:slots()",
        "return nj.clips.norm { limit = 1 }", "return nj.models.mlp { inputs = 4, classes = 2 }",
        "return nj.metric { name = \"m\", compute = function(self, e) return 1 end } {}",
        "return nj.nn.relu(), nj.nn.linear(2, 3), nj.nn.residual(nj.nn.identity())",
        "return nj.random_stream(1), nj.random_stream(1):derive(\"a\")", "return nj.memory(), nj.plans()",
        "return nj.config { rate = 0.4, hidden = { 1, 2 } }", "return nj.ones(2), nj.ones(2):shape()",
        "local d = nj.data.load(\"digits\") return d, d.train, d.train:class_names(), d.train:first(3)",
        "return nj.loss { name = \"l\", params = { a = { default = { 1, { 2 } } } }, forward = print } {}",
        """
        local c = {}
        local l = nj.loss { name = "l", forward = function(self, z, y, b) c = { self, b } return z:sum(-1) end } {}
        l(nj.ones(1, 2), nj.tensor({ 1 }, { dtype = "int32" }), { epoch = 1 })
        return c, l
        """,
        """
        local c = {}
        local n = nj.noise { name = "n", apply = function(self, y, ctx) c = { self, ctx } return y end } {}
        n:apply(nj.tensor({ 1, 2 }, { dtype = "int32" }), { classes = 2, seed = 1 })
        return c, n
        """,
        """
        local c = {}
        local o = nj.optimizer { name = "o", state = { v = "zeros" },
          update = function(self, w, g, s, r) c = { self, s } return w - r * g end } {}
        o:step(nj.ones(2), nj.ones(2), o:start(nj.ones(2)), 0.1, 1)
        return c, o
        """,
        """
        local c = {}
        local f = nj.custom { name = "f", forward = function(ctx, x) c = ctx return x end, backward = function(ctx, d) return d end }
        f(nj.ones(2))
        return c, f
        """,
    ])
    func objectsShareNothingThatCanBeChanged(_ make: String) throws {
        #expect(try shared(makeHost(), make).isEmpty)
    }

    /// A definition keeps what it was given, whatever becomes of the tables that it was given in.
    @Test func definitionsCopyWhatTheyAreGiven() throws {
        try run(
            """
            local default, spec = { 1, 2 }, { doc = "d" }
            spec.default = default
            local fields = { name = "l", params = { a = spec }, forward = function(self, z, y) return z:sum(-1) * self.a[1] end }
            local l = nj.loss(fields)
            default[1], spec.default, fields.params, fields.forward = 9, { 7 }, nil, nil
            local one = l {}
            assert(one.a[1] == 1 and #one.a == 2)
            one.a[1] = 5
            assert(l {}.a[1] == 1)
            assert(one(nj.ones(1, 2), nj.tensor({ 1 }, { dtype = "int32" })):totable()[1] == 10)
            assert(not pcall(function() one.definition.forward = print end))
            assert(not pcall(function() l.specs.a.default = 3 end))
            local names = {}
            for name in pairs(one.definition.specs) do names[#names + 1] = name end
            table.sort(names)
            assert(table.concat(names, " ") == "a names", table.concat(names, " "))
            assert(#one.definition.specs.names == 1 and next(one.definition.specs.names) == 1)
            """)
    }

    @Test func whatPairsGivesBackIsNotTheTableBehind() throws {
        try run(
            """
            for _, t in ipairs { nj, math, string, nj.losses, nj.nn, nj.noise } do
              local f, state = pairs(t)
              assert(type(f) == "function" and (state == nil or rawequal(state, t)))
              local count = 0
              for key in pairs(t) do count = count + 1 end
              assert(count > 0, tostring(t))
            end
            -- A script's own way to go through a table stays.
            local own = setmetatable({}, { __pairs = function() return next, { a = 1 }, nil end })
            for key, value in pairs(own) do assert(key == "a" and value == 1) end
            """)
    }

    @Test func writingSaysWhoseTableItIs() throws {
        #expect(
            try failure("nj.losses.cce {}.definition.name = \"mine\"")
                == "script.lua:2: this table belongs to Nightjar: 'name' cannot be set in it")
        #expect(
            try failure("table.insert(nj.losses.gce.specs.names, \"mine\")").hasSuffix("cannot be set in it"))
    }
}
