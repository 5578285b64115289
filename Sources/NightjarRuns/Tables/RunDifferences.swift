// In what runs of the same cell differ.

/// Settings and components by dotted names: `settings.epochs`, `loss.name`, `loss.parameters.alpha`.
enum RunDifferences {
    /// Hashes and machines differ without being a setting that anybody compares.
    private static let left: Set = ["files", "script", "program", "metrics", "seeds", "failed"]
    /// Where a component comes from, for the same reason.
    private static let origins: Set = ["sha256", "version", "plugin", "file", "line"]
    /// What was measured, and is no setting: the share of labels that noise made wrong differs from seed to seed.
    private static let measured: Set = ["realised_rate"]

    /// The names in which runs with equal cells differ, in alphabetical order. Seeds are not among them: neither what a
    /// component was given as one, nor a setting that is one of the run's seeds in all runs.
    ///
    /// Where a script's setting names a component, with its parameters, it stands for all that the component has.
    ///
    /// Of several names that always change together (a component's name and a setting that chose it) the first stands
    /// for all; a name that some runs do not have, as what records by hand has no optimizer, is left out where another
    /// tells the same runs apart. Where runs of a cell differ in nothing but having it, its values are not looked at: they
    /// go with the cell. Runs that failed before they recorded anything say nothing.
    static func names(_ configurations: [RunConfiguration]) -> [String] {
        names(configurations, flattened: { flattened($0) { !left.contains($0) } }, extra: []) { name in
            !isSeed(name, configurations) && !isTold(name, configurations)
        }
    }

    /// Whether a value is a seed of its run, in all runs.
    private static func isSeed(_ name: String, _ configurations: [RunConfiguration]) -> Bool {
        configurations.filter { !$0.isEmpty }.allSatisfy { configuration in
            guard let value = value(name, of: configuration) else { return false }
            guard value.intValue != nil, case .object(let seeds)? = configuration.parts["seeds"] else { return false }
            return seeds.values.contains(value)
        }
    }

    /// Whether a setting of a component's name tells what the component has: runs with equal settings have it alike.
    private static func isTold(_ name: String, _ configurations: [RunConfiguration]) -> Bool {
        let keys = name.split(separator: ".").map(String.init)
        guard keys.count > 1, keys[0] != "settings" else { return false }
        var known: [JSONValue: JSONValue] = [:]
        return configurations.filter { !$0.isEmpty }.allSatisfy { configuration in
            guard let setting = value("settings.\(keys[0])", of: configuration) else { return false }
            let own = value(name, of: configuration) ?? .null
            return known.updateValue(own, forKey: setting).map { $0 == own } ?? true
        }
    }

    /// The seeds in which runs differ that are equal in their cells and in `extra`: a cell that trains several times.
    static func seeds(_ configurations: [RunConfiguration], extra: [String]) -> [String] {
        names(configurations, flattened: { flattened($0) { $0 == "seeds" } }, extra: extra) { _ in true }
    }

    private static func names(
        _ configurations: [RunConfiguration], flattened: (RunConfiguration) -> [String: String], extra: [String],
        isTaken: (String) -> Bool
    ) -> [String] {
        let configurations = configurations.filter { !$0.isEmpty }
        var groups: [String: [RunConfiguration]] = [:]
        for configuration in configurations {
            let others = extra.map { CellSetting($0, value($0, of: configuration) ?? .null) }
            groups[RunSet.key(configuration.cell + others), default: []].append(configuration)
        }
        let several = groups.values.filter { $0.count > 1 }
        guard !several.isEmpty else { return [] }
        var varying: Set<String> = []
        // Of these, what runs of some cell have with several values.
        var valued: Set<String> = []
        for group in several {
            let flat = group.map { flattened($0) }
            for name in Set(flat.flatMap(\.keys)) where Set(flat.map { $0[name] ?? "" }).count > 1 {
                varying.insert(name)
                if Set(flat.compactMap { $0[name] }).count > 1 { valued.insert(name) }
            }
        }
        varying = varying.filter(isTaken)
        var patterns: Set<[String]> = []
        var partitions: Set<[Int]> = []
        let flat = configurations.map { flattened($0) }
        func isEverywhere(_ name: String) -> Bool { flat.allSatisfy { $0[name] != nil } }
        let order = varying.map { (isEverywhere($0) ? 0 : 1, $0.count, $0) }.sorted { $0 < $1 }
        return order.filter { rank, _, name in
            let values = flat.map { own in
                valued.contains(name) || rank == 0 ? own[name] ?? "" : own[name] == nil ? "" : "there"
            }
            let isNew = partitions.insert(partition(values)).inserted
            return patterns.insert(values).inserted && (rank == 0 || isNew)
        }.map(\.2).sorted()
    }

    /// Which values are equal: the place of the first one like each.
    private static func partition(_ values: [String]) -> [Int] {
        var first: [String: Int] = [:]
        return values.enumerated().map { place, value in
            if let known = first[value] { return known }
            first[value] = place
            return place
        }
    }

    /// The value behind a dotted name.
    static func value(_ name: String, of configuration: RunConfiguration) -> JSONValue? {
        if name == "epochs" { return .integer(configuration.epochs) }
        let keys = name.split(separator: ".").map(String.init)
        guard let first = keys.first, var value = configuration.parts[first] else { return nil }
        for (position, key) in keys.enumerated().dropFirst() {
            if let next = value[key] {
                value = next
            } else if case .array(let items) = value, let place = Int(key), items.indices.contains(place - 1) {
                value = items[place - 1]
            } else {
                // A name may hold dots itself.
                return value[keys[position...].joined(separator: ".")]
            }
        }
        return value
    }

    private static func flattened(
        _ configuration: RunConfiguration, _ isTaken: (String) -> Bool
    ) -> [String: String] {
        var result = isTaken("epochs") ? ["epochs": "\(configuration.epochs)"] : [:]
        func walk(_ name: String, _ value: JSONValue) {
            if case .object(let entries) = value, !(name.hasPrefix("settings.") && entries["name"] != nil) {
                for (key, inner) in entries where !origins.contains(key) && !measured.contains(key) {
                    walk("\(name).\(key)", inner)
                }
            } else if case .array(let items) = value, items.contains(where: { $0["kind"] != nil }) {
                for (place, item) in items.enumerated() { walk("\(name).\(place + 1)", item) }
            } else {
                result[name] = value.text(pretty: false)
            }
        }
        for (key, value) in configuration.parts where isTaken(key) { walk(key, value) }
        return result
    }
}
