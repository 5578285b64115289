import NightjarData
import NightjarGraph
import NightjarNN
import NightjarTensor

/// Records a loss and holds it to what it declares.
struct LossRecorder {
    let loss: any TrainingLoss
    let provenance: ProvenanceTable

    struct Recorded {
        /// One value per sample, or per place of one; nil for a loss that returns one number.
        let values: NodeID?
        /// The number that training makes small, shape ().
        let mean: NodeID
        let updates: [StateUpdate]
    }

    /// - Throws: ``TrainingError`` when what the loss returns has another size or type than it declares, and what the
    ///   loss throws.
    func record(_ tape: Tape, logits: NodeID, batch: LossBatch) throws -> Recorded {
        let outerPlace = tape.place
        tape.place = provenance.intern(ownPlace)
        defer { tape.place = outerPlace }
        let output: LossOutput
        do {
            output = try loss.record(tape, logits: logits, batch: batch)
        } catch let error as GraphError {
            throw TrainingError("loss '\(loss.name)': \(error.message)", error.operands)
        }
        let shape = tape.shape(output.value)
        guard tape.dtype(output.value).isFloating else {
            throw refusal(tape, output.value, "must return float32 or float64 values, got \(tape.dtype(output.value))")
        }
        for update in output.updates {
            try checkUpdate(update, on: tape, owner: "loss '\(loss.name)'", place: place(tape, update.node))
        }
        switch loss.reduction {
        case .sample:
            let isBySample = loss.labels.kind == .any && shape.rank == 1 && shape[0] == batch.count
            guard shape == batch.valueShape || isBySample else {
                throw refusal(
                    tape, output.value,
                    "must return one value per \(batch.form.places.rank == 0 ? "sample" : "label"), shape "
                        + "\(batch.valueShape), got \(shape): reduce the classes away, "
                        + "for example with :sum(-1), or declare reduction = \"batch\" for a loss that returns one number"
                )
            }
            tape.place = provenance.intern(.batchMean)
            return Recorded(
                values: output.value,
                mean: try mean(tape, output.value, shape == batch.valueShape ? batch.targets : nil),
                updates: output.updates)
        case .batch:
            guard shape.count == 1 else {
                throw refusal(
                    tape, output.value,
                    "declares reduction = \"batch\" and must return one number, got shape \(shape): "
                        + "reduce it, for example with :mean()")
            }
            return Recorded(values: nil, mean: try tape.reshape(output.value, .scalar), updates: output.updates)
        }
    }

    /// The mean over the labels that are not left out, whose values are 0; 0 where none is kept.
    private func mean(_ tape: Tape, _ values: NodeID, _ targets: BatchLabels?) throws -> NodeID {
        let axes = Reduction.all(rank: tape[values].rank)
        guard let targets, targets.keep != nil else { return try tape.mean(values, axes: axes, keep: false) }
        let sum = try tape.reduce(.sum, values, axes: axes, keep: false)
        return try tape.binary(.div, sum, tape.number(Double(max(targets.kept, 1)), dtype: tape.dtype(values)))
    }

    /// Where rows carry the place of nothing more precise.
    private var ownPlace: ProvenanceTable.Place { ProvenanceTable.Place(source: "loss '\(loss.name)'", line: 0) }

    private func place(_ tape: Tape, _ node: NodeID) -> ProvenanceTable.Place? {
        let place = provenance.place(tape.place(of: node))
        // The place of the loss itself says no more than the message does.
        return place == ownPlace ? nil : place
    }

    private func refusal(_ tape: Tape, _ node: NodeID, _ problem: String) -> TrainingError {
        TrainingError("loss '\(loss.name)' \(problem)", place: place(tape, node), [node])
    }
}

extension ProvenanceTable.Place {
    /// What a loss of single samples is followed by.
    public static let batchMean = ProvenanceTable.Place(source: "mean over the batch", line: 0)
}

/// - Throws: ``TrainingError`` unless the node has the shape and element type of the tensor it is to be written to.
func checkUpdate(_ update: StateUpdate, on tape: Tape, owner: String, place: ProvenanceTable.Place?) throws {
    let (shape, dtype) = (tape.shape(update.node), tape.dtype(update.node))
    guard shape == update.tensor.shape, dtype == update.tensor.dtype else {
        throw TrainingError(
            "\(owner) gives a state of shape \(update.tensor.shape) and type \(update.tensor.dtype) a new value of shape "
                + "\(shape) and type \(dtype)", place: place, [update.node])
    }
}
