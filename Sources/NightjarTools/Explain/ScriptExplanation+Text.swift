import NightjarEngine
import NightjarGraph
import NightjarRuns
import NightjarScripting
import NightjarTensor

/// Explanations as people read them.
extension ScriptExplanation {
    /// - Parameter width: columns that lines are broken at.
    public func text(width: Int) -> String {
        let head = TerminalText.wrap(title, to: width)
        if plans.isEmpty { return head + "\nnothing had to be computed" }
        return ([head] + plans.map { $0.text(width: width) }).joined(separator: "\n\n")
    }

    public var json: JSONValue { ["title": .string(title), "plans": .array(plans.map(\.json))] }
}

extension PlanReport {
    fileprivate func text(width: Int) -> String {
        let parts = launches.enumerated().map { number, launch in launch.text(number: number + 1, width: width) }
        return (parts + [summary(width: width)]).joined(separator: "\n\n")
    }

    private func summary(width: Int) -> String {
        func words(_ totals: Totals) -> String {
            "\(counted(totals.launches, "launch", "launches")), \(ByteText.of(totals.bytesRead)) read, "
                + "\(ByteText.of(totals.bytesWritten)) written"
        }
        let needs = """
            \(ByteText.of(memory.peak(threads: 1))) before the first run: \(ByteText.of(memory.inputs)) of weights, \
            states and inputs, \(ByteText.of(memory.arena)) for what launches hand on, \
            \(ByteText.of(memory.partials)) for partial sums, \(ByteText.of(memory.scratch)) a thread, \
            \(ByteText.of(memory.results)) of results
            """
        return [
            entry("together     ", words(totals) + ", \(counted(operationCount, "operation", "operations"))", width),
            entry("not fused    ", words(unfused), width), entry("memory       ", needs, width),
        ].joined(separator: "\n")
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

/// A head and a paragraph beside it, in which what ``unbroken(_:)`` made stays in one line.
private func entry(_ head: String, _ text: String, _ width: Int) -> String {
    let margin = TerminalText.width(head)
    let wrapped = TerminalText.wrap(text, to: width, start: margin, indent: margin)
    return head + wrapped.replacing("\u{A0}", with: " ")
}

private func unbroken(_ text: String) -> String { text.replacing(" ", with: "\u{A0}") }

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
    fileprivate func text(number: Int, width: Int) -> String {
        let tileText = tiles.isEmpty ? "" : ", tiles " + tiles.map(String.init).joined(separator: " + ")
        var lines = [entry("\(number)  ", "\(kind) over \(domain)\(cut)\(tileText)", width)]
        let places = byPlace()
        let column = places.map { TerminalText.width($0.place) }.max() ?? 0
        // Where little room is left beside the places, operations stand below them.
        let below = 5 + column > width - 30
        for (place, names) in places {
            let text = Self.shortened(names)
            lines +=
                below
                ? ["   " + place, entry("      ", text, width)]
                : [entry("   \(place.padded(to: column))  ", text, width)]
        }
        lines.append(entry("   reads  ", list(reads), width))
        lines.append(entry("   writes ", list(writes), width))
        return lines.joined(separator: "\n")
    }

    /// `exp, sum, log`; what a loop repeats is said once: `mul, add (6 times)`.
    private static func shortened(_ names: [String]) -> String {
        let count = names.count
        let period = (1...max(1, count)).first { length in
            count % length == 0 && (length..<max(length, count)).allSatisfy { names[$0] == names[$0 - length] }
        }
        guard let period, period < count, count > 3 else { return names.joined(separator: ", ") }
        return names[..<period].joined(separator: ", ") + " (\(count / period) times)"
    }

    /// `, rows of 10`: what a region sweeps as one run.
    private var cut: String {
        guard kind == "region", split > 0, split < domain.rank else { return "" }
        return ", rows of \((split..<domain.rank).reduce(1) { $0 * domain[$1] })"
    }

    private func list(_ accesses: [PlanReport.Access]) -> String {
        guard !accesses.isEmpty else { return "nothing" }
        var runs: [(text: String, count: Int)] = []
        for access in accesses {
            let text = "\(access.name) \(access.shape) \(access.dtype)"
            if runs.last?.text == text { runs[runs.count - 1].count += 1 } else { runs.append((text, 1)) }
        }
        let shown = runs.map { unbroken($0.count > 1 ? "\($0.count) x \($0.text)" : $0.text) }
        let bytes = accesses.reduce(0) { $0 + $1.bytes }
        return "\(ByteText.of(bytes)): " + shown.joined(separator: ", ")
    }

    /// Operations in order, those of one line together; first what was recorded, then what belongs to gradients.
    private func byPlace() -> [(place: String, names: [String])] {
        var order: [String] = []
        var names: [String: [String]] = [:]
        for part in [false, true] {
            for operation in operations where operation.isOfGradient == part {
                let place = (part ? "gradient of " : "") + (operation.origin?.description ?? "no line")
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
    /// The place, where it is not in the script that makes the request.
    fileprivate var origin: ProvenanceTable.Place? {
        guard let place, place.source == ScriptExplanation.chunk else { return place }
        return ProvenanceTable.Place(source: place.source, line: 0)
    }

    fileprivate var json: JSONValue {
        var entries: [String: JSONValue] = [
            "name": .string(name), "dtype": .string(dtype.name),
            "shape": .array(shape.dimensions.map { .integer($0) }), "gradient": .bool(isOfGradient),
        ]
        if let place = origin {
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
