import NightjarGraph
import NightjarTensor

/// A rule as it was recorded for one parameter.
struct RecordedRule {
    let request: UpdateRequest
    let update: ParameterUpdate
    /// The rows, or nil when repeating them would not mean the same as recording again.
    let rows: Range<Int>?
    /// Whether the rows mean the same for parameters of other shapes.
    let isForAnyShape: Bool
}

/// Records an optimizer's rule for one parameter and repeats it for others.
struct UpdateRecorder {
    let tape: Tape
    let provenance: ProvenanceTable

    /// - Throws: ``TrainingError`` when the rule returns another number of tensors, shape or type than it should.
    func record(_ rule: any OptimizerRule, _ request: UpdateRequest, path: String) throws -> RecordedRule {
        let owner = "optimizer '\(rule.name)'"
        tape.place = provenance.intern(ProvenanceTable.Place(source: owner, line: 0))
        let first = tape.count
        let update: ParameterUpdate
        do {
            update = try rule.record(tape, request)
        } catch let error as GraphError {
            throw TrainingError("\(owner), parameter '\(path)': \(error.message)", error.operands)
        }
        let slots = rule.state
        guard update.state.count == slots.count else {
            throw TrainingError(
                "\(owner) remembers \(slots.count) tensors a parameter but returned \(update.state.count)")
        }
        try check(update.weight, as: "a new weight", like: request.weight, owner: owner, path: path)
        for (index, slot) in slots.enumerated() {
            try check(update.state[index], as: "a new '\(slot.name)'", like: request.weight, owner: owner, path: path)
        }
        // A computed value that the rule looked at may have steered it: then these rows are for this parameter alone.
        let rows = first..<tape.count
        let isGeneral = tape.frontier <= first && tape.canReplay(rows)
        return RecordedRule(
            request: request, update: update, rows: isGeneral ? rows : nil,
            isForAnyShape: isGeneral && !rule.looksAtShapes
                && tape.isElementwise(
                    rows, shape: tape.shape(request.weight),
                    operands: [request.weight, request.gradient] + request.state)
        )
    }

    private func check(_ node: NodeID, as what: String, like weight: NodeID, owner: String, path: String) throws {
        let (shape, dtype) = (tape.shape(node), tape.dtype(node))
        guard shape != tape.shape(weight) || dtype != tape.dtype(weight) else { return }
        let place = provenance.place(tape.place(of: node))
        throw TrainingError(
            "\(owner) returned \(what) of shape \(shape) and type \(dtype) for parameter '\(path)', expected "
                + "\(tape.shape(weight)) and \(tape.dtype(weight))",
            place: place?.source == owner ? nil : place, [node])
    }

    /// The recorded rows with another parameter's operands, or nil where that would mean something else.
    func replay(_ recorded: RecordedRule, for request: UpdateRequest) -> ParameterUpdate? {
        guard let rows = recorded.rows else { return nil }
        var substitutes = [recorded.request.weight: request.weight, recorded.request.gradient: request.gradient]
        for (original, substitute) in zip(recorded.request.state, request.state) { substitutes[original] = substitute }
        let (from, to) = (tape.shape(recorded.request.weight), tape.shape(request.weight))
        guard from == to || recorded.isForAnyShape else { return nil }
        let replay = tape.replay(rows, substituting: substitutes, reshaping: from == to ? nil : (from, to))
        return ParameterUpdate(weight: replay[recorded.update.weight], state: recorded.update.state.map { replay[$0] })
    }
}
