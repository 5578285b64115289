import CLuaShim
import NightjarEngine
import NightjarGraph
import NightjarTensor

/// Positional arguments, by what the binding declares them to be.
extension Call {
    /// A tensor as the script holds it.
    @inline(__always)
    func handle(_ position: Int) throws -> TensorHandle {
        guard let handle = TensorHandle(argument(position)) else { throw wrong(position) }
        return handle
    }

    /// The row of the current tape that stands for a tensor argument.
    @inline(__always)
    func node(_ position: Int) throws -> NodeID { try host.node(handle(position), on: host.session.tape) }

    /// The shape of a tensor argument.
    func shape(_ position: Int) throws -> Shape { try host.shape(of: handle(position)) }

    /// The computed tensor behind an argument.
    func tensor(_ position: Int) throws -> Tensor { try host.tensor(of: handle(position)) }

    /// A tensor, or a number with the element type of `other`.
    /// - Parameter title: how messages call the operation, where it is not `op` itself.
    func operand(_ position: Int, like other: NodeID, _ op: Op, title: String? = nil) throws -> NodeID {
        switch kind(position) {
        case NJL_TENSOR: return try node(position)
        case NJL_INTEGER, NJL_NUMBER:
            return try host.number(try number(position), like: other, on: tape, op, title: title)
        default: throw wrong(position)
        }
    }

    func number(_ position: Int) throws -> Double {
        guard let value = plainNumber(argument(position)) else { throw wrong(position) }
        return value
    }

    /// A number that float32 holds.
    func finite(_ position: Int) throws -> Double {
        let value = try number(position)
        guard Float(value).isFinite else {
            throw wrong(position, expected: "a finite number, up to 3.4e38,")
        }
        return value
    }

    func integer(_ position: Int) throws -> Int {
        guard let value = plainInteger(argument(position)) else { throw wrong(position) }
        return value
    }

    func string(_ position: Int) throws -> String {
        guard kind(position) == NJL_STRING else { throw wrong(position) }
        return TokenReader.text(argument(position))
    }

    func boolean(_ position: Int) throws -> Bool {
        guard case .boolean(let flag) = operand(position) else { throw wrong(position) }
        return flag
    }

    /// Any value; tables are read, functions referred to.
    func value(_ position: Int) throws -> ScriptValue {
        try TokenReader(host: host).value(argument(position))
    }

    /// A function or an unread table, kept for later.
    func function(_ position: Int) throws -> ScriptFunction {
        switch kind(position) {
        case NJL_FUNCTION, NJL_RAW_TABLE, NJL_TABLE: return try host.keep(slot: Int32(position + 1))
        default: throw wrong(position)
        }
    }

    /// A native object of one Swift type.
    func object<T: AnyObject>(_ position: Int, _ type: T.Type = T.self) throws -> T {
        if case .object(let object) = try value(position), let known = object as? T { return known }
        throw wrong(position, expected: binding.owner.map { "a \($0.name)" })
    }

    func dtype(_ position: Int) throws -> DType { try dtype(named: try string(position)) }

    func dtype(named name: String) throws -> DType {
        let aliases = ["float": "float32", "double": "float64", "int": "int32", "byte": "uint8", "boolean": "bool"]
        if let dtype = DType(name: aliases[name] ?? name) { return dtype }
        let near = nearestName(to: name, in: DType.allCases.map(\.name)).map { "did you mean \"\($0)\"?" }
        let hint = (host.advice(on: "dtype", name) ?? near).map { ": " + $0 } ?? ""
        throw ArgumentError(
            "there is no dtype \(ScriptText.quoted(name))\(hint)\n  dtypes are "
                + DType.allCases.map { "\"\($0.name)\"" }.joined(separator: ", "))
    }

    /// A dimension as Swift counts it, from one that scripts count from 1, or from -1 at the end.
    func axis(_ position: Int, of node: NodeID) throws -> Int { try axis(counted: integer(position), of: node) }

    func axis(counted dimension: Int, of node: NodeID) throws -> Int {
        let rank = tape[node].rank
        if dimension >= 1 && dimension <= rank { return dimension - 1 }
        if dimension <= -1 && dimension >= -rank { return rank + dimension }
        if dimension == 0 {
            throw GraphError(
                "dimensions count from 1 (or from -1, the last, backwards): there is no dimension 0", [node])
        }
        throw GraphError(
            "there is no dimension \(dimension) in \(tape.shape(node)), which has \(rank)"
                + (rank == 0 ? ": it is a single number" : ""), [node])
    }

    /// A set of dimensions as bits; all of them where none is given.
    func axes(_ position: Int, of node: NodeID) throws -> UInt8 {
        guard has(position) else { return Reduction.all(rank: tape[node].rank) }
        if kind(position) != NJL_TABLE { return 1 << UInt8(try axis(position, of: node)) }
        let list = try integers(position)
        // NumPy would reduce over none, PyTorch over all.
        guard !list.isEmpty else {
            let others = binding.parameters[position].standard == "all" ? "all of them" : "the last"
            throw ArgumentError(
                "'\(binding.name)' got an empty list of dimensions: name one at least, or leave the list out for \(others)"
            )
        }
        var bits: UInt8 = 0
        for dimension in list { bits |= 1 << UInt8(try axis(counted: dimension, of: node)) }
        return bits
    }

    /// A list of whole numbers; one alone; or, of a function that takes any number, several from `position` on.
    func integers(_ position: Int) throws -> [Int] {
        guard position < count else { return [] }
        if case .table(let tokens) = operand(position) {
            guard let list = integers(in: tokens) else { throw wrong(position) }
            return list
        }
        return try (position..<(binding.isVariadic ? count : position + 1)).map(integer)
    }

    /// Rows and columns: one number for both, or a list of two.
    func pair(_ position: Int) throws -> (Int, Int) {
        guard let pair = pair(argument(position)) else { throw wrong(position) }
        return pair
    }

    func pair(_ value: njl_value) -> (Int, Int)? {
        if let number = plainInteger(value) { return (number, number) }
        guard case .table(let tokens) = value.operand, let list = integers(in: tokens), list.count == 2 else {
            return nil
        }
        return (list[0], list[1])
    }

    private func integers(in tokens: TableTokens) -> [Int]? {
        guard tokens.fieldCount == 0 else { return nil }
        var list: [Int] = []
        for position in 1..<(1 + tokens.listCount) {
            guard let number = plainInteger(tokens[position]) else { return nil }
            list.append(number)
        }
        return list
    }

    /// A shape that is given in numbers.
    func extents(_ position: Int) throws -> Shape { try Shape(try integers(position)) }

    func tensors(_ position: Int) throws -> [NodeID] {
        guard case .table(let tokens) = operand(position), tokens.fieldCount == 0 else { throw wrong(position) }
        return try (1..<(1 + tokens.listCount)).map { entry in
            guard let handle = TensorHandle(tokens[entry]) else { throw wrong(position) }
            return try host.node(handle, on: tape)
        }
    }

    func plainNumber(_ value: njl_value) -> Double? {
        switch njl_kind(UInt32(value.kind)) {
        case NJL_INTEGER: Double(value.integer)
        case NJL_NUMBER: value.number
        default: nil
        }
    }

    func plainInteger(_ value: njl_value) -> Int? {
        switch njl_kind(UInt32(value.kind)) {
        case NJL_INTEGER: Int(value.integer)
        case NJL_NUMBER: Int(exactly: value.number)
        default: nil
        }
    }
}
