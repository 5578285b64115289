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
        _ op: Int32, _ operand: UnsafePointer<njl_value>, _ place: Int32, _ out: UnsafeMutablePointer<njl_row>,
        _ results: UnsafeMutablePointer<njl_results>
    ) -> Int32 {
        do {
            try checkFault()
            let tape = try currentTape()
            guard let handle = TensorHandle(at: operand) else { throw ScriptHost.noTensor }
            let node = try node(handle, on: tape)
            tape.place = place
            let result = try tape.unary(Op(rawValue: UInt8(truncatingIfNeeded: op)) ?? .neg, node)
            return try finish(result, tape, out)
        } catch {
            return fail(error, place: place, results)
        }
    }

    @inline(__always)
    func recordBinary(
        _ op: Int32, _ left: UnsafePointer<njl_value>, _ right: UnsafePointer<njl_value>, _ place: Int32,
        _ out: UnsafeMutablePointer<njl_row>, _ results: UnsafeMutablePointer<njl_results>
    ) -> Int32 {
        do {
            try checkFault()
            let tape = try currentTape()
            let operation = Op(rawValue: UInt8(truncatingIfNeeded: op)) ?? .add
            var a: NodeID
            var b: NodeID
            // The common kinds first: this runs for every operator of a script.
            if let first = TensorHandle(at: left) {
                a = try node(first, on: tape)
                if let second = TensorHandle(at: right) {
                    b = try node(second, on: tape)
                } else if right.pointee.isKind(NJL_NUMBER) {
                    a = comparable(a, tape, operation)
                    b = try number(right.pointee.number, like: a, on: tape, operation)
                } else {
                    throw ScriptHost.noTensor
                }
            } else if left.pointee.isKind(NJL_NUMBER), let second = TensorHandle(at: right) {
                b = comparable(try node(second, on: tape), tape, operation)
                a = try number(left.pointee.number, like: b, on: tape, operation)
            } else {
                throw ScriptHost.noTensor
            }
            tape.place = place
            let result = try tape.binary(operation, a, b)
            return try finish(result, tape, out)
        } catch {
            return fail(error, place: place, results)
        }
    }

    /// Bytes meet a number in comparisons as whole numbers of any size.
    @inline(__always)
    private func comparable(_ operand: NodeID, _ tape: Tape, _ op: Op) -> NodeID {
        tape.dtype(operand) == .uint8 && op.makesMask && op.family == .binary ? tape.cast(operand, .int32) : operand
    }

    /// The shim words what is wrong with operands; this is for one that it let through.
    private static let noTensor = ArgumentError("an operation needs a tensor")

    @inline(__always)
    private func finish(_ result: NodeID, _ tape: Tape, _ out: UnsafeMutablePointer<njl_row>) throws -> Int32 {
        if session.isEager { try computeNow(tape, result) }
        out.pointee.tape = UnsafeRawPointer(Unmanaged.passUnretained(tape).toOpaque())
        out.pointee.node = result.index
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
        return try renewedTape()
    }

    /// What the library calls goes on without room for more rows: it ends what was begun, such as a gradient that failed.
    @inline(__always)
    private func tape(for binding: Binding) throws -> Tape {
        do {
            return try currentTape()
        } catch {
            guard binding.places.isSubset(of: .library) else { throw error }
            return session.tape
        }
    }

    /// Rows after which a tape is replaced: the table and what it keeps stay in a core's cache.
    private static let longTape = 1024

    /// - Throws: ``ArgumentError`` where what is recorded and still needed takes more than ``mostRecorded``.
    private func checkRecorded() throws {
        guard Tape.liveByteCount > mostRecorded else { return }
        njl_collect(state)
        guard Tape.liveByteCount > mostRecorded else { return }
        throw ArgumentError(
            "out of memory: operations that are recorded and not computed take \(Tape.liveByteCount >> 20) MiB, and the "
                + "most is \(mostRecorded >> 20) MiB: compute tensors that are kept, with t:copy() or t:item(), or "
                + "keep fewer")
    }

    private func renewedTape() throws -> Tape {
        try checkRecorded()
        if differentiationDepth == 0 && !session.isInStep && recordedForwards.isEmpty {
            // Swift takes the tables of tapes, and has no way to be refused.
            try Room.grew(by: session.tape.byteCount)
            njl_charge(state, session.tape.byteCount)
            session.renewTape()
            tapeBytes = 0
        } else if session.tape.isHalfFull {
            try session.tape.makeRoom()
        }
        return session.tape
    }

    /// The row of `tape`, the current one, that stands for a script's tensor.
    @inline(__always)
    func node(_ handle: TensorHandle, on tape: Tape) throws -> NodeID {
        if let known = handle.row(on: tape) { return known }
        return try importedNode(handle, on: tape)
    }

    /// A value from elsewhere becomes a leaf of the current tape. Its handle holds the tensor from now on.
    @inline(never)
    private func importedNode(_ handle: TensorHandle, on tape: Tape) throws -> NodeID {
        let tensor = try tensor(of: handle)
        let place = tape.place
        tape.place = handle.place
        let known = tape.existingLeaf(tensor)
        let id = known ?? tape.leaf(tensor)
        tape.place = place
        if known == nil { tapeBytes += tensor.byteCount }
        // In a step, the handle still names its row on the outer tape, which may be under differentiation.
        if !session.isInStep { handle.remember(id, on: tape) }
        return id
    }

    /// The value that a script's tensor names, wherever it was recorded.
    func value(of handle: TensorHandle) throws -> Value {
        if handle.held != nil {
            let tape = try currentTape()
            return Value(tape, try node(handle, on: tape))
        }
        guard let lazy = handle.lazy else { throw unusable(handle) }
        return lazy
    }

    /// The shape of a script's tensor, without recording anything.
    func shape(of handle: TensorHandle) throws -> Shape {
        guard let shape = handle.shape else { throw unusable(handle) }
        return shape
    }

    /// Why a tensor that has neither memory nor a tape cannot be used.
    func unusable(_ handle: TensorHandle) -> ArgumentError {
        guard handle.isReleased else {
            return ArgumentError(
                "this tensor was collected: only a weak table or a finalizer still knew it, it cannot be used any more")
        }
        let place = session.provenance.place(handle.place)
        return ArgumentError(
            "this tensor was released\(place.map { " at \($0.description)" } ?? ""): it cannot be used any more")
    }

    /// The tensor behind a handle, computed if need be. The handle then holds it and lets go of its tape.
    func tensor(of handle: TensorHandle) throws -> Tensor {
        if let held = handle.held { return held }
        guard let value = handle.lazy else { throw unusable(handle) }
        let tensor = try session.evaluate([value])[0]
        note(tensor.byteCount)
        handle.hold(tensor, serial: value.tape.serial)
        return tensor
    }

    /// Native memory that came to life and that the current tape may keep.
    func note(_ bytes: Int) {
        tapeBytes += bytes
        njl_charge(state, bytes)
    }

    /// A number that meets a tensor takes its element type.
    @inline(__always)
    /// - Parameter title: how messages call the operation, where it is not `op` itself.
    func number(
        _ value: Double, like other: NodeID, on tape: Tape, _ op: Op, title: String? = nil
    ) throws -> NodeID {
        let dtype = tape.dtype(other)
        if dtype.isFloating { return try tape.number(value, dtype: dtype) }
        guard dtype == .int32 else {
            if [.and, .or, .xor].contains(op) {
                throw GraphError(
                    "\(title ?? op.title) needs two masks, got the number \(ScriptText.number(value))", [other])
            }
            throw GraphError(
                "\(title ?? op.title) does not work on a number and a \(dtype) tensor: convert the tensor first, for example with "
                    + ":to(\"float32\")", [other])
        }
        guard let whole = Int32(exactly: value) else {
            throw GraphError(
                "\(title ?? op.title) does not work on \(ScriptText.number(value)) and an int32 tensor: "
                    + "convert the tensor first with :to(\"float32\")", [other])
        }
        return try tape.number(Double(whole), dtype: .int32)
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
            let tape = try tape(for: binding)
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
