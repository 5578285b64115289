import CLuaShim
import NightjarEngine
import NightjarGraph
import NightjarTensor

/// Recording what a script asks for: the short way for operators, the long way for everything else.
extension ScriptHost {
    static let ok = Int32(NJL_OK.rawValue)

    // MARK: Operators

    @inline(__always)
    func recordUnary(
        _ op: Int32, _ operand: UnsafePointer<njl_box>, _ place: Int32, _ out: UnsafeMutablePointer<njl_box>,
        _ results: UnsafeMutablePointer<njl_results>
    ) -> Int32 {
        do {
            try checkFault()
            let tape = try currentTape()
            let node = try node(operand, on: tape)
            tape.place = place
            let result = try tape.unary(Op(rawValue: UInt8(truncatingIfNeeded: op)) ?? .neg, node)
            return try finish(result, tape, place, out)
        } catch {
            return fail(error, place: place, results)
        }
    }

    @inline(__always)
    func recordBinary(
        _ op: Int32, _ left: UnsafePointer<njl_value>, _ right: UnsafePointer<njl_value>, _ place: Int32,
        _ out: UnsafeMutablePointer<njl_box>, _ results: UnsafeMutablePointer<njl_results>
    ) -> Int32 {
        do {
            try checkFault()
            let tape = try currentTape()
            let operation = Op(rawValue: UInt8(truncatingIfNeeded: op)) ?? .add
            let a: NodeID
            let b: NodeID
            if left.pointee.kind == Int32(NJL_NUMBER.rawValue) {
                b = try node(box(right), on: tape)
                a = try number(left.pointee.number, like: b, on: tape, operation)
            } else {
                a = try node(box(left), on: tape)
                b =
                    right.pointee.kind == Int32(NJL_NUMBER.rawValue)
                    ? try number(right.pointee.number, like: a, on: tape, operation)
                    : try node(box(right), on: tape)
            }
            tape.place = place
            let result = try tape.binary(operation, a, b)
            return try finish(result, tape, place, out)
        } catch {
            return fail(error, place: place, results)
        }
    }

    @inline(__always)
    private func finish(
        _ result: NodeID, _ tape: Tape, _ place: Int32, _ out: UnsafeMutablePointer<njl_box>
    ) throws -> Int32 {
        if session.isEager { try computeNow(tape, result) }
        out.pointee.tape = UnsafeRawPointer(Unmanaged.passUnretained(tape).toOpaque())
        out.pointee.node = result.index
        out.pointee.place = place
        return ScriptHost.ok
    }

    func computeNow(_ tape: Tape, _ id: NodeID) throws {
        if tape.value(id) == nil { _ = try session.evaluate([Value(tape, id)]) }
    }

    // MARK: Operands

    /// The tape to record on; a long one is replaced first, where nothing depends on it staying.
    @inline(__always)
    func currentTape() throws -> Tape {
        let tape = session.tape
        if tape.count < ScriptHost.longTape && tapeBytes < 64 << 20 { return tape }
        return renewedTape()
    }

    /// Rows after which a tape is replaced: the table and what it keeps stay in a core's cache.
    private static let longTape = 1024

    private func renewedTape() -> Tape {
        if differentiationDepth == 0 && !session.isInStep && recordedForwards.isEmpty {
            njl_charge(state, session.tape.byteCount)
            session.renewTape()
            tapeBytes = 0
        }
        return session.tape
    }

    @inline(__always)
    private func box(_ value: UnsafePointer<njl_value>) -> UnsafePointer<njl_box> {
        // The shim checked the kind.
        value.pointee.pointer.assumingMemoryBound(to: njl_box.self)
    }

    /// The row of `tape`, the current one, that stands for a script's tensor.
    @inline(__always)
    func node(_ box: UnsafePointer<njl_box>, on tape: Tape) throws -> NodeID {
        if box.pointee.tensor == nil, box.pointee.tape == UnsafeRawPointer(Unmanaged.passUnretained(tape).toOpaque()) {
            return NodeID(box.pointee.node)
        }
        if box.pointee.tensor != nil, box.pointee.serial == tape.serial { return NodeID(box.pointee.node) }
        return try importedNode(box, on: tape)
    }

    /// A value from elsewhere becomes a leaf of the current tape. Its handle holds the tensor from now on.
    private func importedNode(_ box: UnsafePointer<njl_box>, on tape: Tape) throws -> NodeID {
        let tensor = try tensor(of: box)
        let place = tape.place
        tape.place = box.pointee.place
        let known = tape.existingLeaf(tensor)
        let id = known ?? tape.leaf(tensor)
        tape.place = place
        if known == nil { tapeBytes += tensor.byteCount }
        // In a step, the handle still names its row on the outer tape, which may be under differentiation.
        if !session.isInStep {
            let own = UnsafeMutablePointer(mutating: box)
            own.pointee.serial = tape.serial
            own.pointee.node = id.index
        }
        return id
    }

    /// The value that a script's tensor names, wherever it was recorded.
    func value(of box: UnsafePointer<njl_box>) throws -> Value {
        if box.pointee.tensor != nil {
            let tape = try currentTape()
            return Value(tape, try node(box, on: tape))
        }
        guard let owner = box.pointee.tape else { throw released(box) }
        return Value(Unmanaged<Tape>.fromOpaque(owner).takeUnretainedValue(), NodeID(box.pointee.node))
    }

    /// The shape of a script's tensor, without recording anything.
    func shape(of box: UnsafePointer<njl_box>) throws -> Shape {
        if let held = box.pointee.tensor {
            return Unmanaged<Tensor>.fromOpaque(held)._withUnsafeGuaranteedRef { $0.shape }
        }
        guard let owner = box.pointee.tape else { throw released(box) }
        return Unmanaged<Tape>.fromOpaque(owner)._withUnsafeGuaranteedRef { $0.shape(NodeID(box.pointee.node)) }
    }

    func released(_ box: UnsafePointer<njl_box>) -> ArgumentError {
        guard box.pointee.flags & UInt32(NJL_BOX_RELEASED) != 0 else {
            return ArgumentError("this tensor was never made")
        }
        let place = session.provenance.place(box.pointee.place)
        return ArgumentError(
            "this tensor was released\(place.map { " at \($0.description)" } ?? ""): it cannot be used any more")
    }

    /// The tensor behind a box, computed if need be. The handle then holds it and lets go of its tape.
    func tensor(of box: UnsafePointer<njl_box>) throws -> Tensor {
        if let held = box.pointee.tensor { return Unmanaged<Tensor>.fromOpaque(held).takeUnretainedValue() }
        guard let owner = box.pointee.tape else { throw released(box) }
        let value = Value(Unmanaged<Tape>.fromOpaque(owner).takeUnretainedValue(), NodeID(box.pointee.node))
        let tensor = try session.evaluate([value])[0]
        note(tensor.byteCount)
        let own = UnsafeMutablePointer(mutating: box)
        own.pointee.tensor = Unmanaged.passRetained(tensor).toOpaque()
        own.pointee.serial = value.tape.serial
        own.pointee.flags |= UInt32(NJL_BOX_FILLED)
        return tensor
    }

    /// Native memory that came to life and that the current tape may keep.
    func note(_ bytes: Int) {
        tapeBytes += bytes
        njl_charge(state, bytes)
    }

    /// A number that meets a tensor takes its element type.
    @inline(__always)
    func number(_ value: Double, like other: NodeID, on tape: Tape, _ op: Op) throws -> NodeID {
        let dtype = tape.dtype(other)
        if dtype.isFloating { return tape.number(value, dtype: dtype) }
        guard dtype == .int32 else {
            if [.and, .or, .xor].contains(op) {
                throw GraphError("\(op.title) needs two masks, got the number \(ScriptText.number(value))", [other])
            }
            throw GraphError(
                "\(op.title) does not work on a number and a \(dtype) tensor: convert the tensor first, for example with "
                    + ":to(\"float32\")", [other])
        }
        guard let whole = Int32(exactly: value) else {
            throw GraphError(
                "\(op.title) does not work on \(ScriptText.number(value)) and an int32 tensor: "
                    + "convert the tensor first with :to(\"float32\")", [other])
        }
        return tape.number(Double(whole), dtype: .int32)
    }

    // MARK: Everything else

    @inline(__always)
    func dispatch(
        _ index: Int32, _ arguments: UnsafePointer<njl_value>, _ count: Int, _ site: njl_call_site,
        _ results: UnsafeMutablePointer<njl_results>
    ) -> Int32 {
        let binding = table.bindings[Int(index)]
        do {
            try checkFault()
            let tape = try currentTape()
            tape.place = site.place
            var call = Call(
                host: self, binding: binding, index: index, arguments: arguments, count: count, place: site.place,
                results: results)
            try call.checkCount()
            try binding.function(&call)
            return ScriptHost.ok
        } catch let error as TensorError where site.attempt == 0 && error.message.hasPrefix("out of memory") {
            return Int32(NJL_COLLECT.rawValue)
        } catch {
            return fail(error, place: site.place, results)
        }
    }

    /// The number of a place together with the operation that a binding stands for.
    func operationPlace(_ place: Int32, _ index: Int32, _ name: String) -> Int32 {
        guard place > 0 else { return place }
        let key = UInt64(UInt32(bitPattern: place)) << 16 | UInt64(UInt16(truncatingIfNeeded: index))
        if let known = operationPlaces[key] { return known }
        guard let line = session.provenance.place(place) else { return place }
        let fine = session.provenance.intern(.init(source: line.source, line: line.line, operation: name))
        operationPlaces[key] = fine
        return fine
    }
}
