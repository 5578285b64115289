import NightjarNN

/// How `print` shows a layer or a model: one line for a layer, a table of layers with their parameters, shapes and
/// counts for what has layers inside. A parameter that is used in two places counts once, where it comes first.
struct ModelSummary {
    let text: String

    init(_ object: ModuleObject) throws {
        let model = try object.model()
        var rows = Rows()
        rows.visit(object.module, path: "")
        let title = object.name.map { "model '\($0)'" } ?? "layer '\(object.module.kind)'"
        let held = rows.count - model.parameterCount
        let total =
            "\(rows.count) \(rows.count == 1 ? "parameter" : "parameters")" + (held > 0 ? ", \(held) of them held" : "")
        if object.module.children.isEmpty {
            let parts = rows.rows[0].parts
            text = title + (parts.isEmpty ? ": no parameters" : ": \(parts), \(total)")
            return
        }
        let header = Row(path: "path", kind: "layer", parts: "shapes", count: "parameters")
        let inside = rows.rows.filter { !$0.path.isEmpty || !$0.parts.isEmpty }
        let pathWidth = Row.width(of: \.path, [header] + inside)
        let kindWidth = Row.width(of: \.kind, [header] + inside)
        let countWidth = Row.width(of: \.count, [header] + inside)
        let lines = ([header] + inside).map { row in
            let line =
                "  " + row.path.padded(to: pathWidth) + "  " + row.kind.padded(to: kindWidth) + "  "
                + String(repeating: " ", count: countWidth - row.count.count) + row.count
            return row.parts.isEmpty ? line : line + "  " + row.parts
        }
        text = ([title] + lines + ["  total: \(total)"]).joined(separator: "\n")
    }
}

private struct Row {
    let path, kind, parts, count: String

    static func width(of field: KeyPath<Row, String>, _ rows: [Row]) -> Int {
        rows.map { $0[keyPath: field].count }.max() ?? 0
    }
}

private struct Rows {
    var rows: [Row] = []
    var count = 0
    private var seen: Set<ObjectIdentifier> = []

    init() {}

    mutating func visit(_ module: any Module, path: String) {
        var (parts, own): ([String], Int) = ([], 0)
        for (name, parameter) in module.ownParameters {
            let isFirst = seen.insert(ObjectIdentifier(parameter)).inserted
            parts.append(
                "\(name) \(parameter.shape)\(isFirst ? "" : " (shared)")\(parameter.isTrainable ? "" : " (held)")")
            if isFirst { own += parameter.shape.count }
        }
        for (name, buffer) in module.ownBuffers { parts.append("\(name) \(buffer.tensor.shape) (buffer)") }
        count += own
        rows.append(Row(path: path, kind: module.kind, parts: parts.joined(separator: ", "), count: String(own)))
        for (name, child) in module.children { visit(child, path: path.isEmpty ? name : "\(path).\(name)") }
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
