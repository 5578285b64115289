import CLuaShim
import NightjarGraph
import NightjarTensor

/// Arguments that scripts count from 1 and tapes from 0: labels and positions.
extension Call {
    /// Labels as the tape counts them. Whole float numbers that a script wrote down are looked at here, all others
    /// where they are used; see ``Tape/checkedLabels(_:classes:)``.
    /// - Parameter classes: how many there are, where that is known.
    func labels(_ position: Int, classes: Int? = nil) throws -> NodeID {
        let node = try node(position)
        if tape.dtype(node).isFloating, let tensor = tape.value(node), tensor.count <= Call.largestFloatList {
            let fault = classes.flatMap { tensor.firstFault(from: 1, classes: max($0, 0)) } ?? tensor.firstBroken
            if let fault { throw GraphError(fault.message) }
        }
        return try counted(node, "labels")
    }

    private static let largestFloatList = 1 << 20

    /// A tensor whose entries have an order: a mask as 0 and 1 of a type.
    func ordered(_ position: Int, masksAs dtype: DType) throws -> NodeID {
        let node = try node(position)
        return tape.dtype(node) == .bool ? tape.cast(node, dtype) : node
    }

    /// Positions as the tape counts them: a tensor, a list of whole numbers, or one number.
    func positions(_ position: Int) throws -> NodeID {
        switch kind(position) {
        case NJL_TENSOR: return try counted(node(position), "positions")
        case NJL_INTEGER, NJL_NUMBER: return tape.leaf(try whole([integer(position)], Shape.scalar))
        case NJL_TABLE:
            let list = try integers(position)
            return tape.leaf(try whole(list, Shape([list.count])))
        default: throw wrong(position)
        }
    }

    private func whole(_ list: [Int], _ shape: Shape) throws -> Tensor {
        try Tensor(
            list.map { number in
                guard let value = Int32(exactly: number) else {
                    throw ArgumentError("'\(binding.name)' got the position \(number), which is out of range")
                }
                return value &- 1
            }, shape: shape)
    }

    /// Whole numbers less 1. Whole float numbers that a script wrote down are taken as well.
    private func counted(_ node: NodeID, _ what: String) throws -> NodeID {
        let tape = tape
        var numbers = node
        if tape.dtype(node).isFloating, let tensor = tape.value(node),
            tensor.count <= Call.largestFloatList, tensor.firstBroken == nil
        {
            numbers = tape.cast(node, .int32)
        } else if tape.dtype(node) == .uint8 {
            numbers = tape.cast(node, .int32)
        }
        guard tape.dtype(numbers) == .int32 else {
            throw GraphError(
                "\(what) must be int32, got \(tape.dtype(node)): convert them with :to(\"int32\")", [node])
        }
        // Back to what was counted from 1, where that is known; a label beyond int32 names no class in either count.
        let row = tape[numbers]
        if row.op == .add, tape[row.b].op == .constant, Double(bitPattern: tape[row.b].attribute) == 1,
            tape.shape(row.a) == row.shape
        {
            return row.a
        }
        return try tape.binary(.sub, numbers, tape.constant(1, dtype: .int32))
    }

    /// Whole numbers of the tape as scripts count them.
    func fromOne(_ node: NodeID) throws -> NodeID {
        try tape.binary(.add, node, tape.constant(1, dtype: .int32))
    }
}
