import CLuaShim
import NightjarEngine
import NightjarGraph
import NightjarTensor

/// What `nj.memory` is made of.
let memoryBindings: [Binding] = [
    Binding(
        "let_go", .library, returns: "nothing", "Lets go of what only the current tape keeps, where nothing needs it."
    ) { $0.host.letGoOfTape() },
    Binding("memory", .library, returns: "table", "The tensors that are alive now, by the lines that made them.") {
        call in
        call.answer(values: [.table(MemoryReport(host: call.host).table)])
    },
    Binding(
        "plans", .module, returns: "table",
        """
        The plans that this run keeps: how many there are (`count`) and may be (`capacity`; the least recently used goes), \
        how often one was found (`hits`) and how often one had to be made (`misses`). A step that makes a plan each time \
        is slow: a shape or an axis changes.
        """
    ) { call in
        let cache = call.session.cache
        call.answer(values: [
            .table(
                ScriptTable(fields: [
                    ("capacity", .integer(cache.capacity)), ("count", .integer(cache.count)),
                    ("hits", .integer(cache.hits)), ("misses", .integer(cache.misses)),
                ]))
        ])
    },
]

extension ScriptHost {
    /// Starts a new tape, so that values which nothing but the old one refers to go.
    func letGoOfTape() {
        guard differentiationDepth == 0, !session.isInStep else { return }
        session.renewTape()
        tapeBytes = 0
        njl_drop_anchor(state)
    }
}

extension ScriptHost {
    /// Smaller tensors wait until their tape goes.
    private static let worthATape = 1 << 20

    /// Makes the current tape let go of a tensor that a script releases: what was computed on it can be computed again;
    /// a large one that was an operand goes with its tape, as soon as no handle needs that.
    func letGo(_ tensor: Tensor, serial: UInt64, row id: NodeID) {
        guard serial == session.tape.serial else { return }
        if session.tape[id].op != .leaf {
            session.tape.forget(id)
        } else if tensor.byteCount >= ScriptHost.worthATape {
            letGoOfTape()
            njl_charge(state, tensor.byteCount)
        }
    }
}

/// Live tensors, counted by the line or layer that made them.
struct MemoryReport {
    private struct Line {
        var bytes = 0
        var count = 0
    }

    private let host: ScriptHost
    private var lines: [Int32: Line] = [:]
    private var unnamed = Line()

    init(host: ScriptHost) {
        self.host = host
        for (bytes, origin) in Storage.live {
            guard let origin, origin.session == host.session.number else {
                // What another session made is none of this script's business; data and parameters are.
                if origin == nil { MemoryReport.count(bytes, &unnamed) }
                continue
            }
            if origin.place == 0 {
                MemoryReport.count(bytes, &unnamed)
            } else {
                MemoryReport.count(bytes, &lines[origin.place, default: Line()])
            }
        }
    }

    private static func count(_ bytes: Int, _ line: inout Line) {
        line.bytes += bytes
        line.count += 1
    }

    /// As scripts see it.
    var table: ScriptTable {
        let provenance = host.session.provenance
        var named = lines.map { place, line in
            (provenance.place(place).map { host.text($0) } ?? "an unknown line", line)
        }
        if unnamed.count > 0 { named.append(("data, parameters and state", unnamed)) }
        named.sort { ($1.1.bytes, $0.0) < ($0.1.bytes, $1.0) }
        let entries = named.map { place, line in
            ScriptValue.table(
                ScriptTable(fields: [
                    ("bytes", .integer(line.bytes)), ("count", .integer(line.count)), ("place", .string(place)),
                ]))
        }
        return ScriptTable(fields: [
            ("bytes", .integer(named.reduce(0) { $0 + $1.1.bytes })),
            ("count", .integer(named.reduce(0) { $0 + $1.1.count })),
            ("lines", .table(ScriptTable(array: entries))),
            ("lua_bytes", .integer(host.luaByteCount)),
            ("pooled_bytes", .integer(Storage.pooledByteCount)),
            ("tape_bytes", .integer(Tape.liveByteCount)),
        ])
    }
}
