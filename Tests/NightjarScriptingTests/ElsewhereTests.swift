import Foundation
import NightjarScripting
import Testing

/// Names of other tools: every entry of `elsewhere.lua` is reached by the message of each kind of object that it is for,
/// and what it says to write works.
@Suite struct ElsewhereTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let kinds, names: [String]
        let reason: String
        let code: String?
        var testDescription: String { "\(kinds.joined(separator: ", ")): \(names.joined(separator: " "))" }

        /// What the message ends with.
        var advice: String {
            guard let code else { return reason }
            let shown = code.replacing(#/^local given = \{ (.*) \}$/#) { String($0.1) }.replacing(
                #/^local \w+ = /#, with: "")
            return (reason.isEmpty ? "" : reason + ": ") + "write " + shown
        }
    }

    static let rows = table("rows")
    /// Names that are many of one kind: their second cell is a pattern.
    static let families = table("families")

    private static func table(_ field: String) -> [Row] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let folder = root.deletingLastPathComponent().appendingPathComponent("lua/nightjar").path
        // Only trusted scripts read files of the library.
        let host = try? makeHost(ScriptOptions(isTrusted: true))
        let script = """
            local parts = {}
            local function part(name)
              parts[name] = parts[name] or assert(loadfile("\(folder)/" .. name .. ".lua"))(part)
              return parts[name]
            end
            return part("elsewhere").\(field)
            """
        let answer = try? run(script, host).first?.asTable?.array
        return (answer ?? []).compactMap { value in
            guard let cells = value.asTable?.array.map(\.asString), cells.count >= 3, let kinds = cells[0],
                let names = cells[1], let reason = cells[2]
            else { return nil }
            return Row(
                kinds: kinds.split(separator: ",").map { $0.trimmingPrefix(" ").description },
                names: names.split(separator: " ").map(String.init), reason: reason,
                code: cells.count > 3 ? cells[3] : nil)
        }
    }

    /// On one line, after that of the require.
    private static let things = """
        local x, y = nj.ones(2, 2), nj.tensor({ 1, 2 }, { dtype = "int32" }) \
        local model = nj.nn.sequential { nj.nn.linear(2, 2), nj.nn.relu() } model:initialize(1) \
        local data = nj.data.from_tensors { inputs = x, labels = y, classes = 2 } \
        local loss, optimizer = nj.losses.cce {}, nj.optim.sgd {} \
        local schedule = nj.schedules.constant { base = 0.1 } \
        local trainer = nj.trainer { model = model, loss = loss, optimizer = optimizer, learning_rate = 0.1, \
        batch_size = 2 }
        """

    /// How a script comes to ask an object of the kind for the name.
    private static func asking(_ kind: String, _ name: String) -> String? {
        switch kind {
        case "tensor": "return x:\(name)()"
        case "layer": "return model:\(name)()"
        case "loss", "optimizer", "schedule", "trainer": "return \(kind):\(name)()"
        case "data set": "return data:\(name)()"
        case "random stream": "return nj.random_stream(1):\(name)()"
        case "noise model": "return nj.noise.uniform { rate = 0.1 }:\(name)()"
        case "metric": "return nj.metric { name = \"m\", compute = function() return 1 end } {}:\(name)()"
        case "callback": "return nj.callbacks.early_stopping {}:\(name)()"
        case "average": "return nj.ema {}:\(name)()"
        case "clip": "return nj.clips.norm { limit = 1 }:\(name)()"
        case "option": "return x:sum({ \(name) = 1 })"
        case "without arguments": "return x:\(name)()"
        case "dtype": "return nj.zeros({ 1 }, { dtype = \"\(name)\" })"
        case "data": "return nj.data.load(\"digits\").\(name)"
        case "global": "return \(name)"
        case "nj.trainer":
            "return nj.trainer { model = model, loss = loss, optimizer = optimizer, \(name) = 1 }"
        case "trainer:fit": "return (trainer:fit(data, { epochs = 1, \(name) = 1 }))"
        case "parameter of optimizer": "return nj.optim.sgd { \(name) = 1 }"
        case "field of an experiment":
            "return nj.experiment { name = 'a', run = function(cfg) end, \(name) = 1 }"
        case "parameter of loss": "return nj.losses.cce { \(name) = 1 }"
        case "parameter of schedule": "return nj.schedules.constant { base = 0.1, \(name) = 1 }"
        case "field of nj.table", "field of nj.figure", "field of nj.runs":
            "return \(kind.dropFirst("field of ".count)) { \(name) = 1 }"
        // Of what has few names of its own.
        case "any": "return nj.random_stream(1):\(name)()"
        default: kind == "nj" || kind.hasPrefix("nj.") ? "return \(kind).\(name)" : nil
        }
    }

    @Test func theTableIsThere() {
        #expect(Self.rows.count > 100)
        #expect(Self.families.count > 20)
    }

    @Test(arguments: rows) func everyNameIsAnsweredWithWhatToWriteHere(_ row: Row) throws {
        let host = try makeHost()
        for kind in row.kinds {
            for name in row.names {
                let script = try #require(Self.asking(kind, name), "nothing asks a \(kind)")
                let message = try failure(Self.things + "\n" + script, host)
                #expect(message.hasPrefix("script.lua:3: "), "\(kind) \(name): \(message)")
                let quoted =
                    kind == "dtype" ? "\"\(name)\"" : kind == "without arguments" ? "got nothing" : "'\(name)'"
                #expect(message.contains("\(quoted): \(row.advice)"), "\(kind) \(name): \(message)")
            }
        }
    }

    @Test(arguments: rows + families) func whatItSaysToWriteWorks(_ row: Row) throws {
        guard let code = row.code else { return }
        let train = """
            local all = { model = model, loss = loss, optimizer = optimizer, learning_rate = 0.1 }
            if given.schedule then all.learning_rate = nil end
            for name, value in pairs(given) do all[name] = value end
            nj.trainer(all):fit(data, { epochs = 1 })
            """
        try run(Self.things + "\n" + code + (code.hasPrefix("local given") ? "\n" + train : ""))
    }

    /// No name stands in the table that the object has itself: nobody would ever read about it.
    @Test func noNameIsListedTwice() {
        var seen: Set<String> = []
        for row in Self.rows {
            for kind in row.kinds {
                for name in row.names { #expect(seen.insert("\(kind) \(name)").inserted, "\(kind) \(name) twice") }
            }
        }
    }
}
