import NightjarEngine
import NightjarProcess
import NightjarRuns
import NightjarScripting

/// A profile for people and for programs: the table at the end of a run and `profile.json`.
public struct ProfileReport {
    public let profile: Profile
    /// Bytes that the Lua state uses.
    public let luaBytes: Int
    /// What ends the heading: the run's folder.
    public let title: String

    public init(_ profile: Profile, luaBytes: Int, title: String) {
        self.profile = profile
        self.luaBytes = luaBytes
        self.title = title
    }

    /// Lines in the table; the file has all.
    private static let mostLines = 20

    // MARK: Sums

    /// Seconds by category, most first. They add up to the whole.
    public var categories: [(name: String, seconds: Double)] {
        var sums = ProfilePhase.allCases.map { phase in
            (
                name: phase.rawValue,
                seconds: profile.seconds(phase) + (phase == .evaluation ? profile.seconds(on: .evaluation) : 0)
            )
        }
        sums += [
            ("lua", profile.luaSeconds), ("data", profile.seconds(on: .data)),
            ("planning", profile.seconds(on: .planning)),
            ("engine", profile.seconds(on: .engine)), ("recording", profile.seconds(on: .step)),
            ("trainer", profile.seconds(on: .trainer)),
        ]
        return sums.sorted { ($1.seconds, $0.name) < ($0.seconds, $1.name) }
    }

    /// Lua by callback, most time first.
    public var callbacks: [(name: String, seconds: Double, calls: Int)] {
        profile.accounts.compactMap { account, total in
            if case .script(let name) = account { (name, total.seconds, total.calls) } else { nil }
        }.sorted { ($1.seconds, $0.name) < ($0.seconds, $1.name) }
    }

    /// Launches by layer: those that carry the path of a layer and no line of a script.
    public var layers: [(name: String, forward: Double, backward: Double, evaluation: Double, bytes: Int)] {
        var sums: [String: (name: String, forward: Double, backward: Double, evaluation: Double, bytes: Int)] = [:]
        for entry in profile.entries {
            guard let place = entry.place, place.line == 0, place.source.hasPrefix("model") else { continue }
            var sum = sums[place.source] ?? (place.source, 0, 0, 0, 0)
            switch entry.phase {
            case .backward: sum.backward += entry.seconds
            case .evaluation: sum.evaluation += entry.seconds
            default: sum.forward += entry.seconds
            }
            sum.bytes += entry.phase == .evaluation ? 0 : entry.bytes
            sums[place.source] = sum
        }
        return sums.values.sorted {
            ($1.forward + $1.backward + $1.evaluation, $0.name) < ($0.forward + $0.backward + $0.evaluation, $1.name)
        }
    }

    // MARK: Text

    /// The table, its lines ending in line feeds.
    public var text: String {
        let steps = profile.steps == 1 ? "1 step" : "\(profile.steps) steps"
        let each = profile.steps > 0 ? ", \(number(profile.seconds / Double(profile.steps) * 1e3, 3)) ms a step" : ""
        var parts = ["profile of \(title): \(number(profile.seconds, 3)) s, \(steps)\(each)"]

        var table = TextTable(["where the time went", ">seconds", ">%", ">total %"])
        var total = 0.0
        for category in categories where category.seconds > 0 {
            total += category.seconds
            table.add([category.name, number(category.seconds, 4), percent(category.seconds), percent(total)])
        }
        parts.append(table.text)

        table = TextTable(["line or layer", "for", ">seconds", ">%", ">total %", ">shared %", ">launches", ">MiB"])
        total = 0
        for entry in profile.entries.prefix(ProfileReport.mostLines) {
            total += entry.seconds
            let shared = entry.seconds > 0 ? entry.sharedSeconds / entry.seconds * 100 : 0
            table.add([
                entry.name, entry.phase.rawValue, number(entry.seconds, 4), percent(entry.seconds), percent(total),
                number(shared, 0), "\(entry.launches)", mebibytes(entry.bytes),
            ])
        }
        parts.append(
            table.text
                + "shared %: of the line's time, what comes from launches that compute other lines too, by estimated work\n"
                + "MiB: values written out for the line, in the plan that writes most")
        if profile.entries.count > ProfileReport.mostLines {
            parts[parts.count - 1] += "\n\(profile.entries.count - ProfileReport.mostLines) more in profile.json"
        }

        if !layers.isEmpty {
            table = TextTable(["layer", ">forward s", ">backward s", ">evaluation s", ">%", ">MiB"])
            for layer in layers {
                table.add([
                    layer.name, number(layer.forward, 4), number(layer.backward, 4), number(layer.evaluation, 4),
                    percent(layer.forward + layer.backward + layer.evaluation), mebibytes(layer.bytes),
                ])
            }
            parts.append(table.text)
        }
        if !callbacks.isEmpty {
            table = TextTable(["lua", ">seconds", ">%", ">calls", ">us a call"])
            for callback in callbacks {
                table.add([
                    callback.name, number(callback.seconds, 4), percent(callback.seconds), "\(callback.calls)",
                    number(callback.seconds / Double(max(callback.calls, 1)) * 1e6, 1),
                ])
            }
            parts.append(table.text)
        }
        parts.append(
            "memory: \(mebibytes(profile.arenaBytes)) MiB for values on the way, "
                + "\(mebibytes(profile.tensorBytes)) MiB in tensors at the most, \(mebibytes(luaBytes)) MiB in Lua"
                + (peakResidentMebibytes().map { ", \(number($0, 1)) MiB in the whole process at the most" } ?? ""))
        return parts.map { $0.hasSuffix("\n") ? $0 : $0 + "\n" }.joined(separator: "\n")
    }

    private func percent(_ seconds: Double) -> String {
        profile.seconds > 0 ? number(seconds / profile.seconds * 100, 1) : ""
    }

    private func number(_ value: Double, _ decimals: Int) -> String { NumberText.fixed(value, decimals: decimals) }
    private func mebibytes(_ bytes: Int) -> String { number(Double(bytes) / 1_048_576, 2) }

    // MARK: File

    /// The contents of `profile.json`. Times in seconds, memory in bytes.
    public var json: JSONValue {
        var entries: [String: JSONValue] = [
            "seconds": .number(profile.seconds), "steps": .integer(profile.steps),
            "categories": .object(
                Dictionary(uniqueKeysWithValues: categories.map { ($0.name, .number($0.seconds)) })),
            "lines": .array(
                profile.entries.map { entry in
                    var fields: [String: JSONValue] = [
                        "place": .string(entry.name), "phase": .string(entry.phase.rawValue),
                        "seconds": .number(entry.seconds), "shared_seconds": .number(entry.sharedSeconds),
                        "launches": .integer(entry.launches), "bytes": .integer(entry.bytes),
                    ]
                    if let place = entry.place, place.line > 0 {
                        fields["file"] = .string(place.source)
                        fields["line"] = .integer(place.line)
                    }
                    return .object(fields)
                }),
            "layers": .array(
                layers.map {
                    [
                        "layer": .string($0.name), "forward": .number($0.forward), "backward": .number($0.backward),
                        "evaluation": .number($0.evaluation), "bytes": .integer($0.bytes),
                    ]
                }),
            "lua": .array(
                callbacks.map {
                    ["callback": .string($0.name), "seconds": .number($0.seconds), "calls": .integer($0.calls)]
                }),
        ]
        var memory: [String: JSONValue] = [
            "arena": .integer(profile.arenaBytes), "tensors": .integer(profile.tensorBytes), "lua": .integer(luaBytes),
        ]
        memory["process"] = peakResidentMebibytes().map { .integer(Int($0 * 1_048_576)) }
        entries["memory"] = .object(memory)
        return .object(entries)
    }
}

extension Profile.Entry {
    /// `loss.lua:7`, `model.layers.2 (linear)`.
    var name: String { place?.description ?? "(no line)" }
}
