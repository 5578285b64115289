import NightjarScripting

/// Checks a loss, a noise model or another kind of thing that a script defines. The checks are written in Lua
/// (`lua/nightjar/check`) and run on the road that training takes; this finds what to check and keeps the limits.
public struct ScriptCheck {
    private let host: ScriptHost
    private let request: CheckRequest
    /// Instructions of the Lua machine that loading, and each check, may use.
    private let instructions: Int

    public init(_ host: ScriptHost, _ request: CheckRequest, instructions: Int = 300_000_000) {
        self.host = host
        self.request = request
        self.instructions = instructions
    }

    /// Runs all checks.
    /// - Parameters:
    ///   - begin: called with what is checked, before the first check.
    ///   - report: called after each check.
    /// - Throws: ``ScriptError`` for a name that is not there, a file that does not load or defines nothing to check.
    public func run(
        begin: (CheckSubject) -> Void = { _ in }, report: (CheckResult) -> Void = { _ in }
    ) throws -> CheckReport {
        // A file that is not there is said before plugins are loaded.
        let written = ScriptTarget(request.target, among: [])
        let given = written.isPath ? try host.script(written.path(host)) : nil
        let kinds = try host.kinds(withPlugins: true).filter(\.isChecked).map(\.name)
        let target = ScriptTarget(request.target, kind: request.kind, among: kinds)
        let settings = try target.settings() + request.settings
        let file = try given ?? host.script(target.path(host))
        defer { host.limitInstructions(0) }
        let (subject, names) = try host.limited(instructions: instructions) { try open(file, settings) }
        begin(subject)
        var results: [CheckResult] = []
        for (index, name) in names.enumerated() where !request.skipped.contains(name) {
            let (result, goesOn) = one(name, number: index + 1, isFirst: index == 0)
            results.append(result)
            report(result)
            guard goesOn else { break }
        }
        return CheckReport(subject: subject, results: results)
    }

    private func open(
        _ file: ScriptFiles.File, _ settings: [(name: String, value: String)]
    ) throws -> (CheckSubject, [String]) {
        let chunk = try host.load(file)
        let definition = try chunk.callForReferences([]).first ?? .nil
        var options: [(key: String, value: ScriptValue)] = [
            ("classes", .integer(request.classes)), ("width", .integer(max(1, request.width - CheckResult.margin))),
            ("settings", .settings(settings)), ("steps", .boolean(request.showsSteps)),
        ]
        if let epochs = request.epochs { options.append(("epochs", .integer(epochs))) }
        let answer = try host.library?.call([
            .string("begin_check"), definition, .table(ScriptTable(fields: options)),
        ]).first?.asTable
        guard let answer else { throw ScriptError("the library has nothing to check \(file.displayName) with") }
        let parameters = (answer["parameters"]?.asTable?.array ?? []).compactMap { entry in
            (entry.asTable?.array.first?.asString).map { ($0, entry.asTable?.array.last?.asString ?? "") }
        }
        let subject = CheckSubject(
            kind: answer["kind"]?.asString ?? "", name: answer["name"]?.asString ?? "",
            doc: answer["doc"]?.asString ?? "", place: answer["place"]?.asString ?? "", parameters: parameters)
        return (subject, (answer["checks"]?.asTable?.array ?? []).compactMap(\.asString))
    }

    /// One check; an error of the script fails it. After one that ends it all, or the first, nothing else makes sense.
    private func one(_ name: String, number: Int, isFirst: Bool) -> (CheckResult, goesOn: Bool) {
        do {
            let answer = try host.limited(instructions: instructions) {
                try host.library?.call([.string("run_check"), .integer(number)]).first?.asTable
            }
            let result = CheckResult(name, answer ?? ScriptTable())
            return (result, !(isFirst && result.verdict == .failed))
        } catch {
            let message = (error as? ScriptError)?.message ?? "\(error)"
            let lines = message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            return (
                CheckResult(name, .failed, lines.first ?? "", lines: Array(lines.dropFirst())),
                !isFirst && !(error is LimitError)
            )
        }
    }
}
