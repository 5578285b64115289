import NightjarEngine
import NightjarScripting

/// The formula of a loss, its gradient, and what theorems say of it under label noise, read from the graph that it
/// records: what `nightjar explain --latex` prints.
public struct ScriptFormula {
    /// A part of a LaTeX document that needs `amsmath`.
    public let latex: String

    /// Records the loss and reads its graph.
    /// - Throws: ``ScriptError`` for names that are not there, for what is no loss, and for a loss whose graph is not read,
    ///   with the reason.
    public init(_ request: ExplainRequest) throws {
        let host = try ScriptHost(
            session: Session(threads: 1), options: ScriptOptions(isTrusted: request.isTrusted))
        let kinds = try host.kinds().filter(\.isExplained).map(\.name)
        let target = ScriptTarget(request.target, among: kinds)
        let file = try host.script(target.path(host))
        let definition = try host.load(file).callForReferences([]).first ?? .nil
        let answer = try host.library?.call([
            .string("theory"), definition, .integer(request.classes),
            .settings(target.settings() + request.settings),
        ]).first?.asTable
        guard let latex = answer?["latex"]?.asString else {
            let reason = answer?["reason"]?.asString ?? "its graph is not read"
            throw ScriptError(
                "there is no formula of \(file.displayName): \(reason)\n  nightjar explain \(request.target) shows how it is "
                    + "computed")
        }
        self.latex = latex
    }
}
