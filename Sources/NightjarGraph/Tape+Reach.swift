import NightjarTensor

/// How far the gradient of a value gets.
public struct GradientReach: Sendable {
    /// For each target, whether a gradient comes to it.
    public let reached: [Bool]
    /// The operation nearest to the value that passes nothing on, though the value depends on a target through it. Nil
    /// where the value does not depend on a target at all: what stands in for one was made of plain numbers.
    public let cut: NodeID?
}

extension Tape {
    /// Where gradients of a value get to and where they end, by the operations alone: numbers are not looked at.
    ///
    /// Cost: a walk over the rows up to the value.
    public func reach(of value: NodeID, to targets: [NodeID]) -> GradientReach {
        let length = value.position + 1
        var (passes, depends) = ([Bool](repeating: false, count: length), [Bool](repeating: false, count: length))
        for target in targets where target.position < length {
            passes[target.position] = true
            depends[target.position] = true
        }
        for position in 0..<length {
            let id = NodeID(position)
            depends[position] = depends[position] || self[id].operands.contains { depends[$0.position] }
            passes[position] = passes[position] || receivers(of: id).contains { passes[$0.position] }
        }
        var (arrives, matters) = ([Bool](repeating: false, count: length), [Bool](repeating: false, count: length))
        arrives[value.position] = self[value].dtype.isFloating
        matters[value.position] = true
        var cut: NodeID?
        for position in stride(from: value.position, through: 0, by: -1) where matters[position] {
            let id = NodeID(position)
            let operands = self[id].operands
            if cut == nil, depends[position], !passes[position], operands.contains(where: { passes[$0.position] }) {
                cut = id
            }
            for operand in operands { matters[operand.position] = true }
            guard arrives[position] else { continue }
            for receiver in receivers(of: id) { arrives[receiver.position] = true }
        }
        return GradientReach(
            reached: targets.map { $0.position < length && arrives[$0.position] },
            cut: passes[value.position] ? nil : cut)
    }

    /// The operands to which a gradient that comes to a row goes on.
    func receivers(of id: NodeID) -> [NodeID] {
        let node = self[id]
        guard node.dtype.isFloating else { return [] }
        let operands: [NodeID] =
            switch node.op.gradientFlow {
            case .none: []
            case .all: node.operands
            case .first: [node.a]
            case .second: [node.b]
            case .branches: [node.b, node.c]
            // A chain of routes to the function that has them.
            case .route: [node.a, node.b]
            case .native: node.operands.enumerated().filter { takesGradient(node, $0.offset) }.map(\.element)
            }
        return operands.filter { self[$0].dtype.isFloating }
    }
}

/// Which operands of an operation get a gradient.
enum GradientFlow {
    case none, all, first, second
    /// Of a selection: all but the mask.
    case branches
    case route
    /// As its library says.
    case native
}

extension Op {
    /// As ``GradientRules`` have it. No operation is left out: one that is new has to be put somewhere.
    var gradientFlow: GradientFlow {
        switch self {
        case .leaf, .number, .constant, .iota, .uniform, .normal, .placeholder: .none
        // Steps, masks and positions do not move with their operands; the rest holds its operand fixed.
        case .sign, .floor, .ceil, .round, .not, .isNaN, .isFinite, .stopGradient: .none
        case .equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual, .and, .or, .xor: .none
        case .argmax, .argmin, .argsort, .custom: .none
        case .neg, .abs, .exp, .expm1, .log, .log1p, .sqrt, .rsqrt, .recip, .sin, .cos, .tanh, .sigmoid, .erf, .relu,
            .square, .cast, .variable:
            .first
        case .add, .sub, .mul, .div, .pow, .maximum, .minimum, .mod: .all
        case .select: .branches
        case .sum, .prod, .max, .min, .average, .spread: .first
        case .pick, .gather, .scatterAdd: .first
        case .matmul, .conv, .convInput, .convWeight: .all
        // The first operand of these says where the largest entries are.
        case .poolMax, .unpoolMax: .second
        case .poolMean, .unpoolMean: .first
        case .reshape, .permute, .expand, .slice, .embed: .first
        case .concat, .cofactorChange: .all
        case .cumsum, .inverse, .det, .cofactors, .slogdet: .first
        case .gradient: .all
        case .route: .route
        case .native: .native
        }
    }
}
