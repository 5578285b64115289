import NightjarProcess
import NightjarRuns
import NightjarScripting

/// Reports as people read them.
extension CheckSubject {
    /// - Parameter width: columns that prose is broken at; nil: not at all.
    public func text(width: Int? = nil) -> String {
        func wrapped(_ text: String) -> String { width.map { TerminalText.wrap(text, to: $0) } ?? text }
        var lines = ["\(kind) '\(ShownText.line(name))'  \(ShownText.line(place, most: 4096))"]
        if !doc.isEmpty { lines.append(wrapped(ShownText.line(doc, most: 1000))) }
        if !parameters.isEmpty {
            let values = parameters.map { "\($0.name) = \($0.value)" }.joined(separator: ", ")
            lines.append(wrapped(ShownText.line(values, most: 4000)))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    var json: JSONValue {
        [
            "kind": .string(kind), "name": .string(name), "doc": .string(doc), "place": .string(place),
            "parameters": .object(Dictionary(parameters.map { ($0.name, .string($0.value)) }) { $1 }),
        ]
    }
}

extension CheckVerdict {
    /// SGR codes of a terminal: green, yellow, bold red.
    private var color: String {
        switch self {
        case .ok: "32"
        case .note: "33"
        case .failed: "1;31"
        }
    }

    /// Four columns wide.
    func padded(colored: Bool) -> String {
        let word = rawValue + String(repeating: " ", count: 4 - rawValue.utf8.count)
        return colored ? "\u{1B}[\(color)m\(word)\u{1B}[0m" : word
    }
}

extension CheckResult {
    /// The columns before the text: verdict and name.
    static let margin = 18

    /// `ok    gradient  agrees with ...`, further lines below the text.
    /// - Parameter width: columns that prose is broken at; nil: not at all. Rows of tables and plots stay as they are.
    public func text(colored: Bool, width: Int? = nil) -> String {
        let margin = CheckResult.margin
        let indent = String(repeating: " ", count: margin)
        let paragraphs = ([text] + lines).map { line in
            let line = ShownText.line(line, most: 1000)
            guard let width, !line.contains("  "), !line.hasPrefix(" ") else { return line }
            return TerminalText.wrap(line, to: width, start: margin, indent: margin)
        }
        return verdict.padded(colored: colored) + "  " + name.padding(to: margin - 6)
            + paragraphs.joined(separator: "\n" + indent)
    }

    var json: JSONValue {
        [
            "name": .string(name), "verdict": .string(verdict.rawValue), "text": .string(text),
            "lines": .array(lines.map { .string($0) }),
            "numbers": .object(Dictionary(numbers.map { ($0.name, .number($0.value)) }) { $1 }),
        ]
    }
}

extension CheckReport {
    /// The last line.
    public var summary: String {
        let failed = results.filter { $0.verdict == .failed }.count
        let notes = results.filter { $0.verdict == .note }.count
        let noted = notes == 0 ? "" : ", \(notes) \(notes == 1 ? "note" : "notes")"
        return failed == 0
            ? "\(subject.kind) '\(ShownText.line(subject.name))' passes\(noted)"
            : "\(subject.kind) '\(ShownText.line(subject.name))' fails \(failed) of \(results.count) checks\(noted)"
    }

    public var json: JSONValue {
        [
            "subject": subject.json, "verdict": .string(verdict.rawValue), "checks": .array(results.map(\.json)),
        ]
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: Swift.max(1, width - count))
    }
}
