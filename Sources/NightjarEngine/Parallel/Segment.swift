import NightjarGraph
import NightjarTensor

/// A piece of a split plan: rows that run together, either whole or for the samples of one shard. It is a request
/// with a plan of its own, and a list of where its inputs come from.
final class Segment {
    /// A value that goes from one segment to another.
    struct Value: Hashable {
        let row: Int
        let form: Form
        enum Form: Hashable {
            case whole
            /// For the samples of one shard.
            case part
            /// One shard's share of a sum over samples.
            case share
        }
    }

    enum Input {
        /// A leaf of the request, by its slot.
        case leaf(Int)
        /// The samples of a shard in a leaf.
        case leafPart(Int)
        case value(Value)
        /// The samples of a shard in a row that is whole.
        case cut(Int)
    }

    enum Number {
        /// Of the request, by its slot.
        case given(Int)
        /// The shard's first entry, where each sample has so many.
        case first(Int)
    }

    let template: Request
    let inputs: [Input]
    let numbers: [Number]
    let words: [Int]
    /// The request's row that each row stems from.
    let origins: [Int]
    /// What others read, in the order of the template's outputs.
    let exports: [Value]
    private var plan: Plan?

    init(
        template: Request, inputs: [Input], numbers: [Number], words: [Int], origins: [Int], exports: [Value]
    ) {
        self.template = template
        self.inputs = inputs
        self.numbers = numbers
        self.words = words
        self.origins = origins
        self.exports = exports
    }

    /// Runs it.
    /// - Parameters:
    ///   - request: of the whole plan.
    ///   - first: the shard's first sample.
    ///   - input: gives the tensor of an input.
    /// - Returns: the exports, behind them the outputs of the plan where this is the last segment.
    func run(
        _ request: Request, _ session: Session, first: Int = 0, input: (Input) throws -> Tensor
    ) throws -> [Tensor] {
        var own = template
        own.leaves = try inputs.map(input)
        own.numbers = numbers.map { number in
            switch number {
            case .given(let slot): request.numbers[slot]
            case .first(let entries): Double(first * entries)
            }
        }
        own.words = words.map { request.words[$0] }
        own.places = origins.map { request.places[$0] }
        let plan = try self.plan ?? Planner.plan(own)
        self.plan = plan
        return try plan.run(own, session)
    }
}

/// Writes the request of a segment.
struct SegmentBuilder {
    typealias Value = Segment.Value

    private let split: BatchSplit
    /// Samples of the shard; nil where rows are whole.
    private let samples: Int?
    private let order: SplitOrder
    private let anew: Set<Int>
    private var request: Request
    private var inputs: [Segment.Input] = []
    private var numbers: [Segment.Number] = []
    private var words: [Int] = []
    private var origins: [Int] = []
    private var known: [Value: NodeID] = [:]
    /// The second row of moments, which are computed together.
    private var spreads: [Value: NodeID] = [:]
    private var leafRows: [Int: NodeID] = [:]
    private var graph: PlanGraph { split.graph }

    /// - Parameters:
    ///   - anew: rows whose parts are worked out where they are read; see ``SplitRematerialization``.
    ///   - members: in the order of their rows.
    init(
        _ split: BatchSplit, _ order: SplitOrder, anew: Set<Int>, members: [Value], samples: Int?, fuses: Bool
    ) {
        self.split = split
        self.order = order
        self.anew = anew
        self.samples = samples
        request = Request(fuses: fuses)
        for member in members { compute(member) }
    }

    /// What other segments give this one.
    var imports: [Value] {
        inputs.compactMap { input in
            switch input {
            case .value(let value): value
            case .cut(let row): Value(row: row, form: .whole)
            case .leaf, .leafPart: nil
            }
        }
    }

    /// - Parameters:
    ///   - exports: members that others read.
    ///   - whole: the request of the plan, in whose last segment its outputs and effects are; nil in all others.
    mutating func segment(exports: [Value], endOf whole: Request?) -> Segment {
        for value in exports {
            request.outputs.append(id(value).index)
            if let spread = spreads[value] { request.outputs.append(spread.index) }
        }
        if let whole {
            for output in graph.outputs { request.outputs.append(id(Value(row: output, form: .whole)).index) }
            for effect in graph.effects {
                let row = id(Value(row: effect.row, form: .whole)).index
                let target = whole.leaves[effect.slot]
                let leaf = leaf(
                    effect.slot, Node(.leaf, target.dtype, target.shape), origin: graph.requestRow(of: effect.row))
                request.effects.append((Int32(truncatingIfNeeded: request.rows[leaf.position].slot), row))
            }
            request.aliased = whole.aliased.compactMap { slot in
                leafRows[Int(slot)].map { Int32(truncatingIfNeeded: request.rows[$0.position].slot) }
            }
        }
        return Segment(
            template: request, inputs: inputs, numbers: numbers, words: words, origins: origins, exports: exports)
    }

    // MARK: Rows

    private mutating func append(_ row: Node, from index: Int) -> NodeID {
        origins.append(graph.requestRow(of: index))
        request.rows.append(row)
        return NodeID(request.rows.count - 1)
    }

    private mutating func leaf(_ slot: Int, _ row: Node, origin: Int) -> NodeID {
        if let known = leafRows[slot] { return known }
        origins.append(origin)
        request.rows.append(Node(.leaf, row.dtype, row.shape, attribute: UInt64(inputs.count)))
        inputs.append(.leaf(slot))
        let id = NodeID(request.rows.count - 1)
        leafRows[slot] = id
        return id
    }

    private mutating func input(_ input: Segment.Input, _ shape: Shape, like index: Int) -> NodeID {
        inputs.append(input)
        return append(
            Node(.leaf, graph.rows[index].dtype, shape, attribute: UInt64(inputs.count - 1)), from: index)
    }

    private func partShape(_ index: Int) -> Shape {
        samples.map { split.shape(index, samples: $0) } ?? graph.shape(index)
    }

    /// The row of this segment that holds a value.
    private mutating func id(_ value: Value) -> NodeID {
        if let id = known[value] { return id }
        if value.form == .part, anew.contains(value.row) { return compute(value) }
        let id = value.form == .part ? part(value) : whole(value)
        known[value] = id
        return id
    }

    private mutating func whole(_ value: Value) -> NodeID {
        let row = graph.rows[value.row]
        switch row.op {
        case .leaf: return leaf(row.slot, row, origin: graph.requestRow(of: value.row))
        case .number:
            numbers.append(.given(row.slot))
            return append(
                Node(.number, row.dtype, row.shape, attribute: UInt64(numbers.count - 1)), from: value.row)
        case .constant, .iota: return append(row, from: value.row)
        default: return input(.value(value), row.shape, like: value.row)
        }
    }

    private mutating func part(_ value: Value) -> NodeID {
        let row = graph.rows[value.row]
        let shape = partShape(value.row)
        switch row.op {
        case .leaf: return input(.leafPart(row.slot), shape, like: value.row)
        case .iota:
            let count = append(row.withShape(shape), from: value.row)
            guard row.slot == 0 else { return count }
            numbers.append(.first(row.shape[0] / split.samples))
            let first = append(
                Node(.number, row.dtype, .scalar, attribute: UInt64(numbers.count - 1)), from: value.row)
            return append(Node(.add, row.dtype, shape, count, first), from: value.row)
        default:
            return input(order.isCut[value.row] ? .cut(value.row) : .value(value), shape, like: value.row)
        }
    }

    @discardableResult
    private mutating func compute(_ value: Value) -> NodeID {
        if let node = known[value] { return node }
        let row = graph.rows[value.row]
        let forms: [BatchSplit.Form] =
            switch value.form {
            case .whole: row.operands.map { _ in .whole }
            case .part: order.partForms(value.row) ?? []
            case .share: split.shareForms(value.row) ?? []
            }
        var formOf = forms.makeIterator()
        var own = row.mappingOperands { operand in
            id(Value(row: operand.position, form: formOf.next() == .part ? .part : .whole))
        }
        if value.form == .part { own = own.withShape(partShape(value.row)) }
        switch row.op {
        case .uniform, .normal:
            own.attribute = UInt64(words.count)
            words.append(row.slot)
        case .slice, .embed:
            own.attribute = UInt64(request.extra.count)
            request.extra.append(contentsOf: graph.tape.extra[row.slot..<(row.slot + 2 * row.rank)])
        case .native:
            var call = NativeCall(attribute: row.attribute)
            let slots = call.slot..<(call.slot + call.count)
            call.slot = numbers.count
            own.attribute = call.attribute
            numbers.append(contentsOf: slots.map { .given($0) })
        default: break
        }
        let isMoment = row.op.isMoment && value.form == .share
        if isMoment { own = Node(.average, own.dtype, own.shape, own.a, attribute: own.attribute) }
        let node = append(own, from: value.row)
        known[value] = node
        if isMoment {
            spreads[value] = append(
                Node(.spread, own.dtype, own.shape, own.a, attribute: own.attribute), from: value.row)
        }
        return node
    }
}
