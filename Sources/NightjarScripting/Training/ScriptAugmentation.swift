import NightjarData
import NightjarEngine
import NightjarGraph
import NightjarTensor
import NightjarTraining

/// A script's function that changes training inputs at random.
final class ScriptAugmentation: InputAugmentation {
    private let function: ScriptFunction
    private let session: Session

    init(_ function: ScriptFunction, session: Session) {
        self.function = function
        self.session = session
        function.role = "augment"
    }

    func record(_ tape: Tape, inputs: NodeID) throws -> NodeID {
        let result = try function.call([.tensor(Value(tape, inputs))]).first ?? .nil
        guard let value = result.asTensor else {
            throw ScriptError("augment must return a tensor, it returned \(result.phrase)")
        }
        return try session.node(value)
    }
}

/// An augmentation that a script defines: it changes inputs and labels of whole batches.
final class ScriptBatchAugmentation: BatchAugmentation {
    let name: String
    let keepsLabels: Bool
    /// The augmentation as the script made it.
    let object: ScriptFunction
    private let rule: ScriptFunction
    private let session: Session

    /// - Parameter rule: `rule (own, partners, facts)` of the library, which returns inputs and labels.
    init(_ rule: ScriptFunction, of object: ScriptFunction, name: String, keepsLabels: Bool, session: Session) {
        self.rule = rule
        self.object = object
        self.name = name
        self.keepsLabels = keepsLabels
        self.session = session
        rule.role = "augmentation '\(name)'"
    }

    func changed(_ own: MixedSamples, _ partners: MixedSamples, _ draw: SampleDraw) throws -> MixedSamples {
        session.beginStep()
        defer { session.endStep() }
        let tape = session.tape
        func value(_ tensor: Tensor) -> ScriptValue { .tensor(Value(tape, tape.leaf(tensor))) }
        func table(_ samples: MixedSamples) -> ScriptValue {
            .table(ScriptTable(fields: [("inputs", value(samples.inputs)), ("labels", value(samples.labels))]))
        }
        let places = try draw.samples.elements(of: Int32.self)
        let facts = ScriptTable(fields: [
            ("classes", .integer(draw.form.classes)), ("dtype", .string("\(own.inputs.dtype)")),
            ("epoch", .integer(draw.epoch)),
            ("indices", value(try Tensor.made(places.count) { places[$0] + 1 })),
            ("key", .integer(Int(Int64(bitPattern: draw.stream.key)))),
        ])
        let results = try rule.call([table(own), table(partners), .table(facts)])
        guard results.count == 2, let inputs = results[0].asTensor, let labels = results[1].asTensor else {
            throw ScriptError("augmentation '\(name)' must return inputs and labels")
        }
        let made = try session.evaluate([inputs, labels])
        if made[1].shape == own.labels.shape, made[1].dtype.isFloating, let fault = fault(made[1], draw.form.kind) {
            throw ScriptError("augmentation '\(name)' returned labels that are none: \(fault)")
        }
        return MixedSamples(inputs: made[0], labels: made[1])
    }

    private func fault(_ labels: Tensor, _ kind: LabelForm.Kind) -> String? {
        kind == .binary
            ? (0..<labels.count).lazy.compactMap { labels.binaryFault(at: $0) }.first : labels.softFault()
    }
}
