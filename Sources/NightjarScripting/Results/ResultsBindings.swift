import Foundation
import NightjarRuns

/// What `lua/nightjar/results.lua` asks of the host: runs on disk, tables, figures.
let resultBindings: [Binding] = [
    Binding(
        "results_runs", .library, [Parameter("query", .table)], returns: "table", "The runs that a query selects."
    ) { call in
        let query = try ResultQuery(call, 0)
        call.answer(values: [.table(ScriptTable(array: try query.list().map { try query.facts($0) }))])
    },
    Binding(
        "results_run", .library, [Parameter("folder", .string)], returns: "table", "The run in a folder, or of a name."
    ) { call in
        let (query, record) = try ResultQuery.run(call, try call.string(0))
        call.answer(values: [try query.facts(record)])
    },
    Binding(
        "results_check", .library, [Parameter("kind", .string), Parameter("spec", .table)], returns: "nothing",
        "Refuses the description of a table or a figure that cannot be read."
    ) { call in
        let spec = try call.value(1).asTable ?? ScriptTable()
        try ResultQuery.saying {
            if try call.string(0) == "table" { _ = try TableSpec(spec) } else { _ = try FigureSpec(spec) }
        }
    },
    Binding(
        "results_table", .library,
        [Parameter("query", .table), Parameter("spec", .table), Parameter("format", .string)],
        returns: "string|table", "A table of results in one of its forms."
    ) { call in
        let query = try ResultQuery(call, 0)
        let format = try call.string(2)
        let spec = try call.value(1).asTable ?? ScriptTable()
        let answer = try ResultQuery.saying { () -> ScriptValue in
            let spec = try TableSpec(spec)
            let table = try spec.table(try query.set())
            let differences = try spec.differences(table)
            func joined(_ table: String, _ other: String?) -> String { other.map { table + "\n" + $0 } ?? table }
            switch format {
            case "csv": return .string(differences?.csv ?? table.csv)
            case "markdown": return .string(joined(table.markdown, differences?.markdown))
            case "latex": return .string(joined(table.latex, differences?.latex))
            case "rows": return ScriptValue(table.json)
            default: return .string(joined(table.terminal(), differences?.terminal()))
            }
        }
        call.answer(values: [answer])
    },
    Binding(
        "results_figure", .library,
        [Parameter("query", .table), Parameter("spec", .table), Parameter("path", .string, default: "nil")],
        returns: "string", "Draws a figure: into a file, or as SVG."
    ) { call in
        let query = try ResultQuery(call, 0)
        let spec = try call.value(1).asTable ?? ScriptTable()
        let path = call.count > 2 ? try call.value(2).asString : nil
        let target = try path.map { try call.host.files.tensors(writtenAt: $0, askedBy: call.script) }
        let text = try ResultQuery.saying { () -> String in
            let file = FigureFile(try Figure(try FigureSpec(spec), try query.set()))
            guard let target else { return try file.svg() }
            try file.write(to: target)
            return ""
        }
        call.answer(text)
    },
    Binding(
        "results_config", .library, [Parameter("folder", .string)], returns: "table", "config.json of a run."
    ) { call in
        let folder = try ResultQuery.folder(call)
        call.answer(values: [ScriptValue(folder.configuration.json)])
    },
    Binding(
        "results_curves", .library, [Parameter("folder", .string)], returns: "table", "metrics.csv of a run."
    ) { call in
        let folder = try ResultQuery.folder(call)
        let table = try ResultQuery.saying { try folder.readMetrics() }
        var fields: [(key: String, value: ScriptValue)] = [
            ("epoch", .table(ScriptTable(array: table.rows.map { .integer($0.epoch) })))
        ]
        for (place, name) in table.columns.enumerated() where name != "epoch" {
            fields.append((name, .table(ScriptTable(array: table.rows.map { .number($0.values[place] ?? .nan) }))))
        }
        call.answer(values: [.table(ScriptTable(fields: fields.sorted { $0.key < $1.key }))])
    },
    Binding(
        "results_labels", .library, [Parameter("folder", .string)], returns: "table, table",
        "labels.csv of a run: true and given labels, from 1."
    ) { call in
        let folder = try ResultQuery.folder(call)
        let labels = try ResultQuery.saying { try folder.readLabels() }
        call.answer(
            values: [labels.true, labels.given].map { list in
                .table(ScriptTable(array: list.map { .integer($0 &+ 1) }))
            })
    },
    Binding(
        "results_kept", .library, [Parameter("folder", .string)], returns: "table",
        "The epochs whose checkpoints a run keeps."
    ) { call in
        let folder = try ResultQuery.folder(call)
        call.answer(values: [.table(ScriptTable(array: folder.keptEpochs.map { .integer($0) }))])
    },
    Binding(
        "results_checkpoint", .library, [Parameter("folder", .string), Parameter("moment", .string)],
        returns: "string?, integer?",
        "The path of the kept checkpoint of a moment, whole as it was written, and its epoch; nil for the end."
    ) { call in
        let folder = try ResultQuery.folder(call)
        let moment = try call.string(1)
        let epoch = try ResultQuery.saying { () -> Int? in
            guard let epoch = try folder.keptEpoch(try RunMoment(moment)) else { return nil }
            guard try SafetensorsFile(contentsOf: folder.keptCheckpointURL(epoch)).checkSum() else {
                throw RunError(
                    "\(folder.keptCheckpointURL(epoch).path): it has no checksum: it was changed or is damaged")
            }
            return epoch
        }
        guard let epoch else { return call.answer(values: [.nil, .nil]) }
        call.answer(values: [.string(folder.keptCheckpointURL(epoch).path), .integer(epoch)])
    },
    Binding(
        "results_has_file", .library, [Parameter("folder", .string), Parameter("name", .string)], returns: "boolean",
        "Whether a run has a file."
    ) { call in
        let folder = try ResultQuery.folder(call)
        let name = try call.string(1)
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 1 || parts.count == 2 && parts[0] == "arrays" else { return call.answer(false) }
        call.answer(FileManager.default.fileExists(atPath: folder.url.appendingPathComponent(name).path))
    },
]
