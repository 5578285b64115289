import CLuaShim
import NightjarEngine
import NightjarGraph
import NightjarTensor

/// What a script gets back.
extension Call {
    /// Answers with a row of the current tape.
    func answer(_ node: NodeID) throws {
        let tape = host.session.tape
        if session.isEager { try host.computeNow(tape, node) }
        results.pointee.count = 1
        results.pointee.stream = nil
        results.pointee.values.0.setRow(node, of: tape, place: place)
    }

    /// Answers with several rows of the current tape.
    func answer(_ nodes: [NodeID]) throws {
        try computeIfEager(nodes)
        answer(values: nodes.map { .tensor(Value(tape, $0)) })
    }

    /// Answers with a list of rows of the current tape.
    func answer(list nodes: [NodeID]) throws {
        try computeIfEager(nodes)
        answer(values: [.table(ScriptTable(array: nodes.map { .tensor(Value(tape, $0)) }))])
    }

    private func computeIfEager(_ nodes: [NodeID]) throws {
        guard session.isEager else { return }
        for node in nodes { try host.computeNow(tape, node) }
    }

    func answer(_ number: Double) {
        answer {
            $0.number = number; $0.kind = Int32(NJL_NUMBER.rawValue)
        }
    }
    func answer(_ number: Int) {
        answer {
            $0.integer = Int64(number); $0.kind = Int32(NJL_INTEGER.rawValue)
        }
    }
    func answer(_ flag: Bool) {
        answer {
            $0.integer = flag ? 1 : 0; $0.kind = Int32(NJL_BOOLEAN.rawValue)
        }
    }

    private func answer(_ fill: (inout njl_value) -> Void) {
        results.pointee.count = 1
        results.pointee.stream = nil
        results.pointee.values.0 = njl_value()
        fill(&results.pointee.values.0)
    }

    /// Answers with a list of up to 8 whole numbers.
    func answer(extents: Shape) {
        results.pointee.count = 1
        results.pointee.stream = nil
        withUnsafeMutableBytes(of: &results.pointee.values) { bytes in
            let tokens = bytes.bindMemory(to: njl_value.self)
            tokens[0] = njl_value()
            tokens[0].kind = Int32(NJL_BEGIN.rawValue)
            tokens[0].length = extents.rank
            for axis in 0..<extents.rank {
                tokens[axis + 1] = njl_value()
                tokens[axis + 1].kind = Int32(NJL_INTEGER.rawValue)
                tokens[axis + 1].integer = Int64(extents[axis])
            }
        }
    }

    func answer(_ text: String) { answer(values: [.string(text)]) }

    /// Answers with a tensor that holds its own memory.
    func answer(owned tensor: Tensor) {
        host.note(tensor.byteCount)
        let made = host.operationPlace(place, index, binding.name)
        if tensor.storage.origin == nil { tensor.storage.origin = StorageOrigin(session: session.number, place: made) }
        answer { $0.write(tensor, place: made) }
    }

    func answer(values: [ScriptValue]) {
        answer(count: values.count) { writer in
            for value in values { writer.write(value, place: place) }
        }
    }

    /// Answers with what `fill` writes: `count` values on top level.
    func answer(count: Int = 1, _ fill: (TokenWriter) -> Void) {
        let writer = host.resultWriter
        writer.reset()
        fill(writer)
        host.writer = writer
        results.pointee.count = Int32(count)
        results.pointee.stream = withUnsafeMutableBytes(of: &results.pointee.values) { bytes in
            writer.place(in: bytes.bindMemory(to: njl_value.self))
        }
    }

    /// From here on, recorded rows are said to come from this function and not from the operations it is made of.
    func namesOperation() {
        tape.place = host.operationPlace(place, index, binding.name)
    }
}
