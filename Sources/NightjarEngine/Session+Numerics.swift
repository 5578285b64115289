import NightjarGraph
import NightjarTensor

/// Steps that look for NaN and infinities before they write anything (``Session/checksNumerics``).
extension Session {
    /// Computes outputs and the new values of all states, and writes the states only when all of it is finite.
    /// - Throws: ``NumericsError`` that names the operation which made the first number that is not.
    func runChecked(_ tape: Tape, outputs: [NodeID], effects: [Effect]) throws {
        let wanted = outputs + effects.map(\.node)
        let floating = wanted.filter { tape.dtype($0).isFloating }
        // Made before the run: afterwards the tape knows the results and would not say how they came about.
        let trace = Request(tape, outputs: floating, effects: [], fuses: true)
        try run(tape, outputs: wanted, effects: [], keepsMore: false)
        for id in floating {
            guard let tensor = tape.value(id), !tensor.isFinite else { continue }
            throw try culprit(trace)
        }
        // Copies first: what one state takes may lie in another.
        let values = try effects.map { effect in
            guard let tensor = tape.value(effect.node) else {
                throw EngineError("a state was asked for and not computed")
            }
            return tape[effect.node].op == .leaf ? try tensor.copy() : tensor
        }
        for (effect, value) in zip(effects, values) {
            effect.tensor.pointer.copyMemory(from: value.pointer, byteCount: value.byteCount)
        }
    }

    /// The first operation on the way to outputs that makes no finite number of finite ones; nil where there is none.
    public func firstNotFinite(_ tape: Tape, _ outputs: [NodeID]) throws -> NumericsError? {
        let floating = outputs.filter { tape.dtype($0).isFloating }
        let found = try culprit(Request(tape, outputs: floating, effects: [], fuses: true))
        return found.result == nil ? nil : found
    }

    /// Computes every row on the way, gradients included, and finds the first that is not finite though its operands
    /// are. Only rows are looked at through which a bad number reached a result: an infinity that a mask took out of
    /// the way is nobody's fault.
    private func culprit(_ trace: Request) throws -> NumericsError {
        let expanded = try ExpandedGraph(trace)
        let rows = Array(expanded.tape.rows)
        var request = trace
        request.rows = rows
        request.places = rows.indices.map { trace.places[expanded.origin($0).requestRow] }
        request.extra = expanded.tape.extra
        request.known = []
        // A custom function's rule is recorded with places for what is put in when it is derived: they have no values.
        var isOpen = [Bool](repeating: false, count: rows.count)
        for index in rows.indices {
            isOpen[index] =
                rows[index].op == .placeholder || rows[index].operands.contains { isOpen[$0.position] }
        }
        let floating = rows.indices.filter { rows[$0].dtype.isFloating && !isOpen[$0] }
        request.outputs = floating.map { Int32(truncatingIfNeeded: $0) }
        let results = try Planner.plan(request).run(request, self)
        let values = Dictionary(zip(floating, results)) { $1 }
        let isBad = rows.indices.map { values[$0].map { !$0.isFinite } ?? false }

        var reaches = [Bool](repeating: false, count: rows.count)
        for output in trace.outputs where isBad[expanded.moved[Int(output)].position] {
            reaches[expanded.moved[Int(output)].position] = true
        }
        for index in rows.indices.reversed() where reaches[index] {
            for operand in rows[index].operands where isBad[operand.position] { reaches[operand.position] = true }
        }
        let first = rows.indices.first { index in
            reaches[index] && !rows[index].operands.contains { isBad[$0.position] }
        }
        guard let first, let value = values[first] else {
            return NumericsError(
                operation: "the step", place: nil, recorded: "the step", isSelected: false, isOfGradient: false,
                result: nil, operands: [])
        }
        let operands = rows[first].operands.map { operand in
            NumericsError.Operand(
                place: provenance.place(request.places[operand.position]), name: rows[operand.position].name,
                isInput: rows[operand.position].op.family == .source,
                summary: values[operand.position].map(TensorSummary.init), shape: rows[operand.position].shape,
                dtype: rows[operand.position].dtype)
        }
        let source = expanded.origin(first).requestRow
        return NumericsError(
            operation: rows[first].op == .leaf ? "an input" : rows[first].name,
            place: provenance.place(request.places[first]), recorded: trace.rows[source].name,
            isSelected: isSelected(source, trace.rows),
            isOfGradient: expanded.origin(first).isBackward,
            result: TensorSummary(value), operands: operands)
    }

    /// Whether a mask chooses between what is made of a row, element by element, and something else.
    private func isSelected(_ source: Int, _ rows: [Node]) -> Bool {
        var made: Set<Int> = [source]
        for index in rows.indices.dropFirst(source + 1) {
            let row = rows[index]
            if row.op == .select, made.contains(row.b.position) || made.contains(row.c.position) { return true }
            switch row.op.family {
            case .unary, .binary, .ternary, .movement:
                if row.operands.contains(where: { made.contains($0.position) }) { made.insert(index) }
            case .source, .reduction, .pick, .product, .routine, .gradient, .rule: break
            }
        }
        return false
    }
}
