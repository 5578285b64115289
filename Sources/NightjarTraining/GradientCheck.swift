import NightjarGraph
import NightjarNN

/// Holds a step to what training is for: that a gradient of the loss gets to the parameters. It looks at what was
/// recorded, not at numbers: a gradient that happens to be 0 is one.
struct GradientCheck {
    let tape: Tape
    let provenance: ProvenanceTable
    let lossName: String

    /// - Parameters:
    ///   - values: what the loss returned.
    ///   - parameters: those that are trained, by path; none where all are held fixed on purpose.
    /// - Returns: a sentence about the parameters that get no gradient, or nil where each gets one.
    /// - Throws: ``TrainingError`` that names what cuts the way, where no parameter gets one.
    func check(_ values: NodeID, _ parameters: [(path: String, node: NodeID)]) throws -> String? {
        guard !parameters.isEmpty else { return nil }
        let reach = tape.reach(of: values, to: parameters.map(\.node))
        let missed = zip(parameters, reach.reached).filter { !$1 }.map(\.0.path)
        guard !missed.isEmpty else { return nil }
        guard missed.count == parameters.count else {
            let shown = missed.prefix(6).joined(separator: ", ") + (missed.count > 6 ? ", ..." : "")
            return "no gradient of loss '\(lossName)' reaches \(missed.count) of \(parameters.count) parameters: "
                + shown
        }
        throw refusal(reach.cut, values)
    }

    private func refusal(_ cut: NodeID?, _ values: NodeID) -> TrainingError {
        let place = provenance.place(tape.place(of: cut ?? values))
        let known = place.flatMap { $0.line > 0 ? $0 : nil }
        let start = "loss '\(lossName)' cannot train, no gradient gets to a parameter: "
        guard let cut else {
            return TrainingError(
                start + "its values do not depend on the model. Numbers that are read with totable or item have lost "
                    + "their history, so work with tensors throughout", place: known)
        }
        return TrainingError(
            start + "\(tape.nameOfCut(cut, place)) passes none on, and there is no other way from the loss to the "
                + "model", place: known)
    }
}

extension Tape {
    /// How messages call an operation that passes no gradient on: by the function that the script called, where that is
    /// known.
    public func nameOfCut(_ cut: NodeID, _ place: ProvenanceTable.Place?) -> String {
        if let operation = place?.operation { return "'\(operation)'" }
        let node = self[cut]
        switch node.op {
        case .stopGradient: return "'detach'"
        case .cast: return "the conversion to \(node.dtype)"
        default: return node.title
        }
    }
}
