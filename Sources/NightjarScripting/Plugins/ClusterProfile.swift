import NightjarRuns

/// `clusters` in the user's configuration: what cells ask of a cluster where the command line says nothing.
///
/// ```lua
/// clusters = {
///   hpc = {
///     partition = "cpu", account = "ml", time = "4:00:00", cpus = 2, mem = "4G", max_at_once = 40, notice = 120,
///     setup = "module load openblas", options = { qos = "low", exclusive = true },
///   },
/// }
/// ```
enum ClusterProfile {
    private static let fields = [
        "account", "cpus", "max_at_once", "mem", "notice", "options", "partition", "setup", "time",
    ]

    static func read(
        _ given: ScriptValue, nearest: (String, [String]) -> String?
    ) throws -> [String: ClusterWish] {
        guard let list = given.asTable, list.array.isEmpty else {
            throw ArgumentError("'clusters' holds profiles by name, such as { slurm = { partition = \"cpu\" } }")
        }
        return try list.fields.reduce(into: [:]) { profiles, field in
            profiles[field.key] = try profile(field.key, field.value, nearest)
        }
    }

    private static func profile(
        _ name: String, _ given: ScriptValue, _ nearest: (String, [String]) -> String?
    ) throws -> ClusterWish {
        let place = "clusters.\(name)"
        guard let table = given.asTable, table.array.isEmpty else {
            throw ArgumentError("'\(place)' is a table such as { partition = \"cpu\", time = \"4:00:00\" }")
        }
        for (key, _) in table.fields where !fields.contains(key) {
            let hint = nearest(key, fields).map { ": did you mean '\($0)'?" } ?? ""
            throw ArgumentError(
                "'\(place)' has an unknown field '\(key)'\(hint) (what has no field here goes into options)")
        }
        func text(_ field: String) throws -> String? {
            guard let value = table[field] else { return nil }
            guard let text = value.asString, !text.isEmpty else {
                let got = value.asString == nil ? value.phrase : "an empty one"
                throw ArgumentError("'\(place).\(field)' must be a text, got \(got)")
            }
            return text
        }
        func count(_ field: String) throws -> Int? {
            guard let value = table[field] else { return nil }
            guard let count = value.asInteger, count >= 1 else {
                let got = value.asNumber.map(NumberText.shortest) ?? value.phrase
                throw ArgumentError("'\(place).\(field)' must be a whole number of at least 1, got \(got)")
            }
            return count
        }
        var wish = ClusterWish()
        wish.partition = try text("partition")
        wish.account = try text("account")
        wish.time = try text("time")
        wish.memory = try text("mem")
        wish.setup = try text("setup")
        wish.cpus = try count("cpus")
        wish.mostAtOnce = try count("max_at_once")
        wish.notice = try count("notice")
        guard let options = table["options"] else { return wish }
        guard let others = options.asTable, others.array.isEmpty else {
            throw ArgumentError("'\(place).options' holds the scheduler's options by name, such as { qos = \"low\" }")
        }
        wish.others = try others.fields.sorted { $0.key < $1.key }.map { name, value in
            if ClusterWish.reserved.contains(name) {
                throw ArgumentError("'\(place).options.\(name)' is set by Nightjar itself")
            }
            if value.asBoolean == true { return .init(name, nil) }
            guard let text = value.asString ?? value.asInteger.map(String.init) else {
                throw ArgumentError(
                    "'\(place).options.\(name)' must be a text, a whole number or true, got \(value.phrase)")
            }
            return .init(name, text)
        }
        return wish
    }
}

extension UserConfiguration {
    /// The profile of a name.
    /// - Throws: ``ScriptError`` for a name that is neither `slurm` nor that of a profile.
    package func cluster(_ name: String) throws -> ClusterWish {
        if let profile = clusters[name] { return profile }
        guard name == "slurm" else {
            let known = clusters.keys.sorted()
            throw ScriptError(
                "there is no cluster '\(name)': --on takes slurm, or a profile of 'clusters' in \(UserConfiguration.path)"
                    + (known.isEmpty ? ", which has none" : ", which has \(known.joined(separator: ", "))"))
        }
        return ClusterWish()
    }
}
