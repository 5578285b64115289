import NightjarEngine
import NightjarGraph
import NightjarRuns
import NightjarTensor

/// Explanations as people read them.
extension ScriptExplanation {
    public var text: String {
        plans.isEmpty ? title + "\nnothing had to be computed" : ([title] + plans.map(\.text)).joined(separator: "\n\n")
    }

    public var json: JSONValue { ["title": .string(title), "plans": .array(plans.map(\.json))] }
}

extension PlanReport {
    var text: String {
        let parts = launches.enumerated().map { number, launch in launch.text(number: number + 1) }
        return (parts + [summary]).joined(separator: "\n\n")
    }

    private var summary: String {
        func line(_ head: String, _ totals: Totals) -> String {
            head + "\(counted(totals.launches, "launch", "launches")), \(ByteText.of(totals.bytesRead)) read, "
                + "\(ByteText.of(totals.bytesWritten)) written"
        }
        return """
            \(line("together     ", totals)), \(counted(operationCount, "operation", "operations"))
            \(line("not fused    ", unfused))
            memory       \(ByteText.of(memory.peak(threads: 1))) before the first run: \
            \(ByteText.of(memory.inputs)) of weights, states and inputs, \(ByteText.of(memory.arena)) for what launches \
            hand on, \(ByteText.of(memory.partials)) for partial sums, \(ByteText.of(memory.scratch)) a thread, \
            \(ByteText.of(memory.results)) of results
            """
    }

    var json: JSONValue {
        [
            "launches": .array(launches.map(\.json)), "totals": totals.json, "unfused": unfused.json,
            "operations": .integer(operationCount), "memory": memory.json,
            "flops": .number(flops),
        ]
    }
}

extension PlanMemory {
    fileprivate var json: JSONValue {
        [
            "input_bytes": .integer(inputs), "arena_bytes": .integer(arena), "partial_bytes": .integer(partials),
            "scratch_bytes_a_thread": .integer(scratch), "result_bytes": .integer(results),
        ]
    }
}

private func counted(_ count: Int, _ one: String, _ many: String) -> String { "\(count) \(count == 1 ? one : many)" }

extension PlanReport.Totals {
    fileprivate var json: JSONValue {
        [
            "launches": .integer(launches), "bytes_read": .integer(bytesRead), "bytes_written": .integer(bytesWritten),
        ]
    }
}

extension PlanReport.Launch {
    /// A head line, then the operations by the line they come from, then what is read and written.
    fileprivate func text(number: Int) -> String {
        let tileText = tiles.isEmpty ? "" : ", tiles " + tiles.map(String.init).joined(separator: " + ")
        var lines = ["\(number)  \(kind) over \(domain)\(cut)\(tileText)"]
        let places = byPlace()
        let width = places.map(\.place.count).max() ?? 0
        lines += places.map { "   " + $0.place.padded(to: width) + "  " + $0.names.joined(separator: " ") }
        lines.append("   reads  " + list(reads))
        lines.append("   writes " + list(writes))
        return lines.joined(separator: "\n")
    }

    /// `, rows of 10`: what a region sweeps as one run.
    private var cut: String {
        guard kind == "region", split > 0, split < domain.rank else { return "" }
        return ", rows of \((split..<domain.rank).reduce(1) { $0 * domain[$1] })"
    }

    private func list(_ accesses: [PlanReport.Access]) -> String {
        guard !accesses.isEmpty else { return "nothing" }
        let shown = accesses.map { "\($0.name) \($0.shape) \($0.dtype)" }
        let bytes = accesses.reduce(0) { $0 + $1.bytes }
        return "\(ByteText.of(bytes)): " + shown.joined(separator: ", ")
    }

    /// Operations in order, those of one line together; first what was recorded, then what belongs to gradients.
    private func byPlace() -> [(place: String, names: [String])] {
        var order: [String] = []
        var names: [String: [String]] = [:]
        for part in [false, true] {
            for operation in operations where operation.isOfGradient == part {
                let place = (part ? "gradient of " : "") + (operation.place.map { "\($0.description)" } ?? "no line")
                if names[place] == nil { order.append(place) }
                names[place, default: []].append(operation.name)
            }
        }
        return order.map { ($0, names[$0] ?? []) }
    }

    fileprivate var json: JSONValue {
        [
            "kind": .string(kind), "domain": .array(domain.dimensions.map { .integer($0) }), "rows": .integer(split),
            "operations": .array(operations.map(\.json)), "reads": .array(reads.map(\.json)),
            "writes": .array(writes.map(\.json)), "bytes_read": .integer(bytesRead),
            "bytes_written": .integer(bytesWritten), "tiles": .array(tiles.map { .integer($0) }),
            "nanoseconds_estimated": .number(nanoseconds), "flops": .number(flops),
        ]
    }
}

extension PlanReport.Operation {
    fileprivate var json: JSONValue {
        var entries: [String: JSONValue] = [
            "name": .string(name), "dtype": .string(dtype.name),
            "shape": .array(shape.dimensions.map { .integer($0) }), "gradient": .bool(isOfGradient),
        ]
        if let place {
            entries["source"] = .string(place.source)
            if place.line > 0 { entries["line"] = .integer(place.line) }
        }
        return .object(entries)
    }
}

extension PlanReport.Access {
    fileprivate var json: JSONValue {
        [
            "name": .string(name), "dtype": .string(dtype.name), "bytes": .integer(bytes),
            "shape": .array(shape.dimensions.map { .integer($0) }),
        ]
    }
}

/// Numbers of bytes as people read them.
enum ByteText {
    static func of(_ bytes: Int) -> String {
        if bytes < 10_000 { return "\(bytes) B" }
        let units = ["KiB", "MiB", "GiB", "TiB"]
        var value = Double(bytes) / 1024
        var unit = 0
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return NumberText.fixed(value, decimals: value < 100 ? 1 : 0) + " " + units[unit]
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
