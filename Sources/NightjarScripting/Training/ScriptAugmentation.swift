import NightjarEngine
import NightjarGraph
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
