import CLuaShim
import NightjarEngine
import NightjarGraph
import NightjarProcess
import NightjarTensor
import NightjarTraining

/// Turning Swift errors into messages that carry the script's line and tell how operands came about.
extension ScriptHost {
    /// Leaves the message where the shim finds it and returns the status that makes it raise.
    func fail(_ error: any Error, place: Int32, _ results: UnsafeMutablePointer<njl_results>) -> Int32 {
        shapeReads &+= 1
        let error = limited(error, place: place)
        if let script = error as? ScriptError, script.isPending {
            pendingTraceback = script.traceback
            return Int32(NJL_RETHROW.rawValue)
        }
        if let script = error as? ScriptError, script.hasPlace { pendingTraceback = script.traceback }
        writer = TokenWriter()
        writer.write(ShownText.withoutSignOfNaN(message(for: error, place: place)))
        results.pointee.count = 1
        results.pointee.stream = nil
        results.pointee.values.0 = writer.tokens[0]
        return Int32(NJL_ERROR.rawValue)
    }

    package func message(for error: any Error, place: Int32) -> String {
        let line =
            session.provenance.place(place).map { "\($0.line > 0 ? "\($0.source):\($0.line)" : $0.source): " } ?? ""
        switch error {
        case let error as GraphError: return line + error.message + operandLines(error.operands)
        case let error as EngineError:
            guard let origin = error.place else { return line + error.message }
            return line + error.message + "\n  in what was recorded at \(text(origin))"
        // What a loss or an optimizer recorded has a line of its own, nearer to the fault than the call that trains.
        case let error as TrainingError where (error.place?.line ?? 0) > 0: return error.description
        // So has the operation that made what is no number.
        case let error as NumericsError:
            guard let origin = error.place else { return line + error.message }
            guard origin.line > 0 else { return line + error.message + "\n  in \(text(origin))" }
            let part = origin.operation.map { "\n  as a part of \($0)" } ?? ""
            let asked = session.provenance.place(place).flatMap { $0.line > 0 && $0 != origin ? text($0) : nil }
            return "\(origin.source):\(origin.line): " + error.message + part
                + (asked.map { "\n  in the computation that \($0) asked for" } ?? "")
        case let error as ScriptError:
            return error.hasPlace || error.message.hasPrefix(line) ? error.message : line + error.message
        default: return line + ShownText.message("\(error)")
        }
    }

    /// One line for each operand: its shape, and where it was made.
    private func operandLines(_ operands: [NodeID]) -> String {
        let tape = session.tape
        let roles: [String] =
            switch operands.count {
            case 1: ["operand"]
            case 2: ["left operand", "right operand"]
            case 3 where tape.contains(operands[0]) && tape[operands[0]].dtype == .bool:
                ["condition", "first value", "second value"]
            default: (1...8).map { "operand \($0)" }
            }
        var lines = ""
        for (role, id) in zip(roles, operands) where tape.contains(id) {
            lines += "\n  \(role) \(origin(of: id, on: tape))"
        }
        return lines
    }

    /// `(64, 1) float32, made at my_loss.lua:7 by softmax`
    func origin(of id: NodeID, on tape: Tape) -> String {
        let node = tape[id]
        if node.op == .number || node.op == .constant, node.rank == 0 {
            let value = node.op == .number ? tape.numbers[node.slot] : Double(bitPattern: node.attribute)
            return "is the number \(ScriptText.number(value))"
        }
        var text = "\(node.shape)"
        guard let place = session.provenance.place(tape.place(of: id)) else { return text }
        text += " made at \(self.text(place))"
        if place.operation == nil, let name = ScriptHost.madeBy(node) { text += " by \(name)" }
        return text
    }

    func text(_ place: ProvenanceTable.Place) -> String {
        let line = place.line > 0 ? "\(place.source):\(place.line)" : place.source
        return place.operation.map { "\(line) by \($0)" } ?? line
    }

    private static func madeBy(_ node: Node) -> String? {
        switch node.op {
        case .leaf, .variable, .gradient, .constant, .number, .placeholder, .custom, .route: nil
        default: node.op.sign.map { "'\($0)'" } ?? node.name
        }
    }
}
