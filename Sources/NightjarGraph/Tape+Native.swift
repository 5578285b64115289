import NightjarNative
import NightjarTensor

/// The attribute of an operation of a native library: which it is, and where its numbers lie.
public struct NativeCall: Sendable, Equatable {
    /// See `NativeOperation.number`.
    public var operation: UInt16
    /// How many numbers it takes.
    public var count: Int
    /// Slot of the first among the tape's numbers, or those of a request.
    public var slot: Int

    public init(operation: UInt16, count: Int, slot: Int) {
        (self.operation, self.count, self.slot) = (operation, count, slot)
    }

    public init(attribute: UInt64) {
        operation = UInt16(truncatingIfNeeded: attribute)
        count = Int(truncatingIfNeeded: attribute >> 16 & 0xFF)
        slot = Int(truncatingIfNeeded: attribute >> 24)
    }

    public var attribute: UInt64 {
        UInt64(operation) | UInt64(truncatingIfNeeded: count & 0xFF) << 16 | UInt64(truncatingIfNeeded: slot) << 24
    }
}

extension Node {
    /// The operation of a native library that a row is; nil for all others.
    public var nativeOperation: NativeOperation? {
        op == .native ? NativeOperation.numbered(NativeCall(attribute: attribute).operation) : nil
    }

    /// The name that scripts and messages use.
    public var name: String { nativeOperation?.title ?? op.name }

    /// How messages call it: `'*'`, `'maximum'`, `'fused.smoothed_cce'`.
    public var title: String { nativeOperation.map { "'\($0.title)'" } ?? op.title }
}

/// Recording of operations of native libraries.
extension Tape {
    /// An operation of a native library on tensors.
    ///
    /// - Parameter attributes: one number for each attribute that it declares. They are inputs of the plan.
    /// - Throws: ``GraphError`` for tensors of other types than it takes, for numbers outside of their ranges, and where its
    ///   shape rule refuses the shapes.
    public func native(
        _ operation: NativeOperation, _ operands: [NodeID], attributes: [Double]
    ) throws -> NodeID {
        try check(operation, operands)
        guard attributes.count == operation.attributes.count else {
            throw GraphError(
                "'\(operation.title)' takes \(operation.attributes.count) numbers, got \(attributes.count)", operands)
        }
        for (attribute, value) in zip(operation.attributes, attributes) {
            if let range = attribute.range, !range.contains(value) {
                throw GraphError(
                    "'\(operation.title)': '\(attribute.name)' is a number from \(shown(range.lowerBound)) to "
                        + "\(shown(range.upperBound)), got \(shown(value))", operands)
            }
        }
        let shape: Shape
        do {
            shape = try operation.resultShape(operands.map { self.shape($0) }, attributes: attributes)
        } catch {
            throw GraphError("'\(operation.title)': \(error)", operands)
        }
        let slot = attributes.isEmpty ? 0 : appendNumbers(attributes)
        let call = NativeCall(operation: operation.number, count: attributes.count, slot: slot)
        return append(native(operation, operands, shape, call))
    }

    fileprivate func native(_ operation: NativeOperation, _ operands: [NodeID], _ shape: Shape, _ call: NativeCall)
        -> Node
    {
        let dtype = operation.outputType ?? floatingType(operation, operands)
        func operand(_ position: Int) -> NodeID { operands.indices.contains(position) ? operands[position] : .none }
        var node = Node(.native, dtype, shape, operand(0), operand(1), operand(2), attribute: call.attribute)
        (node.d, node.e) = (operand(3), operand(4))
        return node
    }

    private func floatingType(_ operation: NativeOperation, _ operands: [NodeID]) -> DType {
        zip(operation.inputs, operands).first { $0.0.dtype == nil }.map { dtype($0.1) } ?? .float32
    }

    private func check(_ operation: NativeOperation, _ operands: [NodeID]) throws {
        guard operands.count == operation.inputs.count else {
            let names = operation.inputs.map(\.name).joined(separator: ", ")
            throw GraphError(
                "'\(operation.title)' takes \(operation.inputs.count) tensors (\(names)), got \(operands.count)",
                operands)
        }
        let floating = floatingType(operation, operands)
        for (input, operand) in zip(operation.inputs, operands) {
            let given = dtype(operand)
            if let wanted = input.dtype {
                guard given == wanted else {
                    throw GraphError(
                        "'\(operation.title)' takes \(input.name) as \(wanted), got \(given): convert it with "
                            + ":to(\"\(wanted)\")", operands)
                }
            } else if !given.isFloating {
                throw GraphError(
                    "'\(operation.title)' takes \(input.name) as float32 or float64, got \(given): convert it with "
                        + ":to(\"float32\")", operands)
            } else if given != floating {
                throw GraphError(
                    "'\(operation.title)' takes tensors of one type, got \(floating) and \(given) (\(input.name)): convert "
                        + "one of them", operands)
            }
        }
    }

    /// A number as messages show it.
    private func shown(_ number: Double) -> String { Int(exactly: number).map(String.init) ?? "\(number)" }

    /// Whether a gradient that reaches a row of a native operation goes on to an operand.
    func takesGradient(_ node: Node, _ operand: Int) -> Bool {
        switch node.nativeOperation?.gradient(operand) {
        // One that is missing is said when it is asked for.
        case .operation?, .missing?: true
        case .none?, nil: false
        }
    }
}

/// Gradients of native operations: others of the same library.
extension GradientRules {
    func native(_ reach: Add) throws {
        guard let operation = node.nativeOperation else { throw misplaced() }
        let operands = node.operands
        for (position, operand) in operands.enumerated() where tape[operand].dtype.isFloating {
            switch operation.gradient(position) {
            case .none: continue
            case .missing:
                try reach(operand) {
                    throw GraphError(
                        "'\(operation.title)' has no gradient for '\(operation.inputs[position].name)': its library names "
                            + "an operation for it in 'gradients', or its plugin a rule in Lua", [operand])
                }
            case .operation(let rule, let takesResult):
                try reach(operand) {
                    let all = [gradient] + operands + (takesResult ? [id] : [])
                    return try tape.gradient(of: operation, position, rule, all, NativeCall(attribute: node.attribute))
                }
            }
        }
    }
}

extension Tape {
    /// A gradient: an operation of the same library, which gets the same numbers and gives what the operand is. Its shape
    /// rule is not asked, since plans know numbers by their slots alone.
    fileprivate func gradient(
        of operation: NativeOperation, _ input: Int, _ rule: NativeOperation, _ operands: [NodeID], _ call: NativeCall
    ) throws -> NodeID {
        let operand = operands[input + 1]
        do {
            _ = try rule.layout(operands.map { shape($0) }, result: shape(operand))
        } catch {
            throw GraphError(
                "'\(rule.title)', the gradient of '\(operation.title)' for '\(operation.inputs[input].name)': \(error)",
                [operand])
        }
        let own = NativeCall(operation: rule.number, count: call.count, slot: call.slot)
        return append(native(rule, operands, shape(operand), own))
    }
}
