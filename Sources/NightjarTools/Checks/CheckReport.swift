import NightjarScripting

/// What is checked.
public struct CheckSubject {
    /// "loss", "noise model", "schedule" or "optimizer".
    public let kind: String
    public let name: String
    /// One line, or empty.
    public let doc: String
    /// The script's file and line.
    public let place: String
    /// Parameters and their values as a script would write them.
    public let parameters: [(name: String, value: String)]
}

/// How a check went.
public enum CheckVerdict: String, Sendable {
    case ok
    /// Worth knowing, and not wrong by itself.
    case note
    case failed = "FAIL"
}

/// One check and what came of it.
public struct CheckResult {
    /// One word: "gradient".
    public let name: String
    public let verdict: CheckVerdict
    /// What came of it, in a line.
    public let text: String
    /// More, where there is more to say.
    public let lines: [String]
    /// Numbers by name.
    public let numbers: [(name: String, value: Double)]

    init(_ name: String, _ verdict: CheckVerdict, _ text: String, lines: [String] = []) {
        (self.name, self.verdict, self.text, self.lines, numbers) = (name, verdict, text, lines, [])
    }

    /// Reads what the Lua side answers.
    init(_ name: String, _ answer: ScriptTable) {
        self.name = name
        verdict = CheckVerdict(rawValue: answer["verdict"]?.asString ?? "") ?? .failed
        text = answer["text"]?.asString ?? ""
        lines = answer["lines"]?.asTable?.array.compactMap(\.asString) ?? []
        numbers = (answer["numbers"]?.asTable?.fields ?? []).compactMap { name, value in
            value.asNumber.map { (name, $0) }
        }
    }
}

/// All that came of checking one thing.
public struct CheckReport {
    public let subject: CheckSubject
    public let results: [CheckResult]

    /// The worst of the verdicts.
    public var verdict: CheckVerdict {
        let verdicts = results.map(\.verdict)
        return verdicts.contains(.failed) ? .failed : verdicts.contains(.note) ? .note : .ok
    }
}
