// A configuration as a list of dotted names and texts, for people.

extension RunConfiguration {
    /// Everything but the texts of files and the declarations of metrics: `loss.parameters.alpha` is `loss.alpha`,
    /// `settings.hidden` is `hidden`; in alphabetical order, the cell first.
    var flat: [(name: String, text: String)] {
        var result = cell.map { (name: $0.name, text: $0.value.plainText) }
        var rest: [(name: String, text: String)] = [("epochs", "\(epochs)")]
        func walk(_ name: String, _ value: JSONValue) {
            // Hashes are told by the names of their files, in `scripts`.
            if name.hasSuffix(".sha256") { return }
            guard case .object(let entries) = value, !entries.isEmpty else {
                rest.append((name, FlatConfiguration.short(value)))
                return
            }
            if let component = entries["name"]?.stringValue { rest.append((name, component)) }
            for (key, inner) in entries.sorted(by: { $0.key < $1.key })
            where key != "name" || entries["name"]?.stringValue == nil {
                if key == "parameters", case .object(let parameters) = inner {
                    for (parameter, value) in parameters { walk("\(name).\(parameter)", value) }
                } else {
                    walk(name == "settings" ? key : "\(name).\(key)", inner)
                }
            }
        }
        let sorted = parts.filter { !FlatConfiguration.left.contains($0.key) }.sorted { $0.key < $1.key }
        for (key, value) in sorted where key != "settings" { walk(key, value) }
        if let settings = parts["settings"] { walk("settings", settings) }
        for (key, value) in environment.sorted(by: { $0.key < $1.key })
        where key != RunConfiguration.shownKey && key != RunConfiguration.axesKey {
            walk("environment.\(key)", value)
        }
        // The first of equal names counts: the cell's, then the program's own before settings.
        var seen = Set(result.map(\.name))
        result += rest.filter { seen.insert($0.name).inserted }.sorted { ($0.name, $0.text) < ($1.name, $1.text) }
        return result
    }
}

extension RunConfiguration {
    /// What two runs are made of that is not the same, as `rate 0.1 instead of 0.2`; texts by their names.
    public func differences(from other: RunConfiguration) -> [String] {
        func named(_ run: RunConfiguration) -> [String: String] {
            var names = Dictionary(
                run.flat.filter { !$0.name.hasPrefix("environment.") }.map { ($0.name, $0.text) }
            ) { first, _ in first }
            for text in run.scripts { names["the text of \(text.name)"] = String(text.hash.prefix(8)) }
            return names
        }
        let (own, others) = (named(self), named(other))
        return Set(own.keys).union(others.keys).sorted().compactMap { name in
            let (was, now) = (own[name] ?? "nothing", others[name] ?? "nothing")
            return was == now ? nil : "\(name) (\(was) there, \(now) here)"
        }
    }
}

enum FlatConfiguration {
    static let left: Set = ["files", "metrics"]

    /// Matrices and long lists by their size.
    static func short(_ value: JSONValue) -> String {
        guard case .array(let items) = value else { return value.plainText }
        if case .array(let first)? = items.first { return "\(items.count) x \(first.count) matrix" }
        return items.count > 32 ? "\(items.count) values" : value.plainText
    }
}
