import CLuaShim
import NightjarGraph
import NightjarProcess
import NightjarRuns
import NightjarTensor

private let clockStart = ContinuousClock.now

/// What the Lua side of the library asks of the host.
let libraryBindings: [Binding] = [
    Binding(
        "eager", .module, [Parameter("on", .boolean)], returns: "nothing",
        "Computes every operation at once, on its own."
    ) {
        call in call.session.isEager = try call.boolean(0)
    },
    Binding("write", .library, [Parameter("text", .string)], returns: "nothing", "Hands text to the host.") { call in
        let text = try call.string(0)
        call.host.spend(text.utf8.count / 8 + 50)
        call.host.output(ShownText.text(text, most: ShownText.longestOutput, colours: true))
    },
    Binding(
        "fail", .library, [Parameter("message", .string)], returns: "nothing", "Raises a message at the script's line."
    ) {
        call in throw ArgumentError(try call.string(0))
    },
    Binding(
        "wrong_argument", .library,
        [
            Parameter("function", .string), Parameter("expected", .string), Parameter("argument", .string),
            Parameter("usage", .string), Parameter("value", .any),
        ], returns: "nothing", "Raises the message about an argument of a function that is written in Lua.",
        rawTables: 0b1_0000
    ) { call in
        let came = call.describe(call.argument(4))
        throw ArgumentError(
            try "'\(call.string(0))' expects \(call.string(1)) for '\(call.string(2))', got \(came)\n"
                + "  usage: \(call.string(3))")
    },
    Binding(
        "nearest", .library, [Parameter("name", .string), Parameter("candidates", .table)], returns: "string",
        "The candidate most like a name, or nil."
    ) { call in
        let candidates = try call.value(1).asTable?.array.compactMap(\.asString) ?? []
        call.answer(values: [nearestName(to: try call.string(0), in: candidates).map { .string($0) } ?? .nil])
    },
    Binding("seconds", .library, returns: "number", "Seconds of a clock that never goes back.") { call in
        call.answer(values: [.number(ContinuousClock.now.duration(to: clockStart) / .seconds(-1))])
    },
    Binding("where_am_i", .library, returns: "string", "The script's file and line.") { call in
        call.answer(call.host.session.provenance.place(call.place)?.description ?? "")
    },
    Binding(
        "made_at", .library, [Parameter("t", .tensor)], returns: "string", "The line that made a tensor, for messages."
    ) { call in
        let value = try call.host.value(of: call.handle(0))
        call.answer(call.host.origin(of: value.id, on: value.tape))
    },
    Binding(
        "is_tensor", [.library, .module, .tensorTest], [Parameter("value", .any)], returns: "boolean",
        "Whether a value is a tensor.", example: "nj.is_tensor(nj.ones(1)), nj.is_tensor(1) --> true, false",
        rawTables: 1
    ) {
        call in call.answer(call.kind(0) == NJL_TENSOR)
    },
    Binding(
        "is_list_of", .library, [Parameter("value", .any), Parameter("length", .integer)], returns: "boolean",
        "Whether a value is a tensor of one dimension with so many elements."
    ) { call in
        guard call.kind(0) == NJL_TENSOR else { return call.answer(false) }
        let shape = try call.shape(0)
        call.answer(try shape.rank == 1 && shape[0] == call.integer(1))
    },
    Binding(
        "same_shape", .library, [Parameter("a", .tensor), Parameter("b", .tensor)], returns: "boolean",
        "Whether two tensors have the same extents."
    ) { call in
        call.answer(try call.shape(0) == call.shape(1))
    },
    Binding(
        "load_file", .library, [Parameter("path", .string), Parameter("from", .string, default: "nil")],
        returns: "function",
        "Compiles a script file in an environment of its own."
    ) { call in
        let path = try call.string(0)
        let file: ScriptFiles.File
        do {
            file = try call.host.files.script(path, askedBy: call.has(1) ? call.string(1) : nil)
        } catch let error as ArgumentError {
            throw ArgumentError(error.message + LuaPackages.hint(path))
        }
        let function = try call.host.load(file)
        call.answer(values: [.function(function), .string(file.path)])
    },
    Binding(
        "definition_begins", .library, [Parameter("path", .string)],
        "The definition in a file that load_file has read is loaded from now on."
    ) { call in
        call.host.files.begins(loading: try call.string(0))
    },
    Binding(
        "definition_ends", .library, [Parameter("path", .string)], "It is loaded."
    ) { call in
        call.host.files.ended(loading: try call.string(0))
    },
    Binding(
        "uses_definition", .library, [Parameter("path", .string)],
        "Counts a definition that was loaded before, and what it read, among what results depend on."
    ) { call in
        call.host.files.uses(try call.string(0))
    },
    Binding(
        "look", .library, [Parameter("begins", .boolean)],
        "Begins or ends a look at definitions that may never be used: what is read then counts when it is."
    ) { call in
        call.host.files.look(try call.boolean(0))
    },
    Binding(
        "compile", .library, [Parameter("text", .string), Parameter("name", .string)], returns: "function, string",
        "Compiles a text in an environment of its own; nil and the message where it is no Lua."
    ) { call in
        do {
            let function = try call.host.load(call.string(0), chunkName: "@" + call.string(1))
            call.answer(values: [.function(function)])
        } catch let error as ScriptError where error.isPending {
            call.answer(values: [.nil, .string(error.message)])
        }
    },
    Binding(
        "load_library", .library, [Parameter("name", .string)], returns: "function",
        "Compiles a file of the Lua side of the library."
    ) { call in
        let name = try call.string(0)
        let file = try call.host.files.library(name + ".lua")
        call.answer(values: [
            .function(try call.host.load(file.text, chunkName: "=[nightjar] \(name).lua", in: .library))
        ])
    },
    Binding(
        "provided", .library, [Parameter("kind", .string), Parameter("name", .string)], returns: "table",
        "The file in which a plugin provides something; or the names there are, and why this is none of them."
    ) { call in
        let (kind, name) = try (call.string(0), call.string(1))
        let plugins = call.host.plugins
        let facts = plugins.find(kind, name).facts(
            names: plugins.names(kind, like: name), strangers: plugins.strangers(kind, name))
        call.answer(values: [.table(facts)])
    },
    Binding(
        "note", .library, [Parameter("text", .string)], returns: "nothing",
        "Says something on the stream for errors, once."
    ) { call in
        try call.host.say(note: call.string(0))
    },
    Binding(
        "provided_names", .library, [Parameter("kind", .string)], returns: "table", "What plugins provide of a kind."
    ) {
        call in
        let known = try call.host.plugins.names(call.string(0))
        call.answer(values: [.table(ScriptTable(array: known.map { .string($0) }))])
    },
    Binding(
        "record", .library, [Parameter("values", .table), Parameter("epoch", .integer, default: "nil")],
        returns: "nothing", "Records numbers by name in the run that is going on."
    ) { call in
        let table = try call.value(0).asTable ?? ScriptTable()
        let values = table.fields.compactMap { field in field.value.asNumber.map { (name: field.key, value: $0) } }
        try call.host.fitListener?.record(values, epoch: call.has(1) ? call.integer(1) : nil)
    },
    Binding(
        "declare_recorded", .library, [Parameter("shown", .table)], returns: "nothing",
        "Says how numbers that a script records are shown: a list of tables with name and what metrics declare."
    ) { call in
        let list = try call.value(0).asTable?.array.compactMap(\.asTable) ?? []
        try call.host.fitListener?.declare(recorded: list.compactMap(MetricInfo.init))
    },
    Binding(
        "write_report", .library, [Parameter("name", .string), Parameter("text", .string)], returns: "boolean",
        "Writes a file of the run that is going on; false where no run is kept."
    ) { call in
        let (name, text) = try (call.string(0), call.string(1))
        do {
            call.answer(try call.host.fitListener?.write(report: text, to: name) ?? false)
        } catch let error as RunError {
            throw ArgumentError("\(error)")
        }
    },
    Binding("asked_metrics", .library, returns: "table", "Files of metrics that trainers measure besides their own.") {
        call in
        call.answer(values: [.table(ScriptTable(array: call.host.options.metrics.map { .string($0) }))])
    },
    Binding("asked_reporters", .library, returns: "table", "Reporters that trainers have behind their own, as texts.") {
        call in
        call.answer(values: [.table(ScriptTable(array: call.host.options.reporters.map { .string($0) }))])
    },
    Binding("settings", .library, returns: "table", "What the command line set: name and value in turn.") { call in
        let list = call.host.settings.map {
            ScriptValue.table(ScriptTable(array: [.string($0.name), .string($0.value)]))
        }
        call.answer(values: [.table(ScriptTable(array: list))])
    },
]

extension ScriptHost {
    /// Names in `nj`, for suggestions.
    package func moduleNames() -> [String] { names("nj") }
    /// Names every script can read.
    func globalNames() -> [String] { names("global") }
    /// Names in a standard library.
    func globalNames(in library: String) -> [String] { names(library) }

    /// What is written here instead of a name that other tools have: `elsewhere.lua` knows.
    func advice(on kind: String, _ name: String) -> String? {
        (try? library?.call([.string("elsewhere"), .string(kind), .string(name)]))?.first?.asString
    }

    private func names(_ what: String) -> [String] {
        guard let answer = try? library?.call([.string("names"), .string(what)]).first else { return [] }
        return answer.asTable?.array.compactMap(\.asString) ?? []
    }
}
