import CLuaShim
import NightjarEngine
import NightjarGraph
import NightjarTensor

private let own = Parameter("t", .tensor)
private let other = Parameter("other", .tensor)
private let along = Parameter("dimension", .dimension, default: "all entries", "along which dimension")
private let oneDimension = Parameter("dimension", .dimension, default: "-1", "along which dimension")
private let keep = Parameter("keep", .boolean, default: "false", "leave the dimension with extent 1")

/// Order statistics, counts, running products, and likeness of rows.
let statisticsBindings: [Binding] = [
    Binding(
        "median", [.module, .method], [own, along], options: [keep],
        "The middle entry, the mean of the middle two where the count is even (as NumPy; PyTorch takes the lower). NaN "
            + "where an entry is NaN.",
        example: "nj.tensor({ 1, 9, 2, 4 }):median() --> 3"
    ) { call in
        try call.answer(quantile(call, [0.5], dimension: 1, isList: false))
    },
    Binding(
        "quantile", [.module, .method],
        [own, Parameter("q", .any, "from 0 to 1, or a list of such, whose results are stacked in front"), along],
        options: [keep],
        "The entry below which the share q of the entries lies, on the straight line between neighbours. NaN where an "
            + "entry is NaN.",
        example: """
            nj.tensor({ 1, 2, 3, 4 }):quantile(0.5)            --> 2.5
            nj.tensor({ 1, 2, 3, 4 }):quantile({ 0, 0.25, 1 }) --> {1, 1.75, 4}
            """
    ) { call in
        let given = try call.value(1)
        let isList = given.asTable != nil
        let shares = isList ? (given.asTable?.array ?? []).map { $0.asNumber ?? .nan } : [try call.number(1)]
        guard !shares.isEmpty, shares.allSatisfy({ (0...1).contains($0) }) else {
            throw ArgumentError("'quantile' needs q from 0 to 1, or a list of such numbers")
        }
        try call.answer(quantile(call, shares, dimension: 2, isList: isList))
    },
    Binding(
        "histogram", [.module, .method], [own, Parameter("bins", .integer, default: "10", "how many, of equal width")],
        options: [
            Parameter("min", .number, default: "the smallest entry"),
            Parameter("max", .number, default: "the largest entry"),
        ], returns: "tensor, tensor",
        "How many entries lie in each bin (int32), and the ends of the bins (float64). The last bin holds its upper end; "
            + "what lies outside, and NaN, is not counted. Computed now.",
        example: "nj.tensor({ 1, 2, 2, 5 }):histogram(2) --> {3, 1}, {1, 3, 5}"
    ) { try histogram($0) },
    Binding(
        "unique", [.module, .method], [own], returns: "tensor, tensor",
        "The different entries in ascending order, and how often each comes (int32). Computed now.",
        example: "nj.tensor({ 3, 1, 3 }):unique() --> {1, 3}, {1, 2}"
    ) { try unique($0) },
    Binding(
        "cumprod", [.module, .method], [own, oneDimension], "The product of each entry and those before it.",
        example: "nj.tensor({ 2, 3, 4 }):cumprod() --> {2, 6, 24}"
    ) { call in
        try call.answer(runningProduct(call))
    },
    Binding(
        "logcumsumexp", [.module, .method], [own, oneDimension],
        "log of the running sum of exponentials, without overflow.",
        example: "nj.tensor({ 1000, 1000 }):logcumsumexp() --> {1000, 1000.7}"
    ) { call in
        try call.answer(scan(call, neutral: -.infinity) { try logaddexp($0, $1, $2) })
    },
    Binding(
        "logaddexp", [.module, .method], [own, Parameter("other", .tensorOrNumber)],
        "log(exp(a) + exp(b)), without overflow.",
        example: "nj.tensor({ 0, 1000 }):logaddexp(nj.tensor({ 0, 1000 })) --> {0.69315, 1000.7}"
    ) { call in
        let a = try call.node(0)
        call.namesOperation()
        try call.answer(logaddexp(call.tape, a, call.operand(1, like: a, .maximum, title: "'logaddexp'")))
    },
    Binding(
        "cosine_similarity", [.module, .method], [own, other, oneDimension],
        options: [Parameter("eps", .number, default: "1e-8", "what norms are at least taken to be")],
        "The product of two vectors over that of their norms, along a dimension. Of a vector of zeros it is 0, and the "
            + "gradient is that with eps in place of its norm.",
        example:
            "nj.tensor({ { 1, 0 }, { 1, 1 } }):cosine_similarity(nj.tensor({ { 1, 1 }, { 2, 2 } })) --> {0.70711, 1}"
    ) { try cosineSimilarity($0) },
    Binding(
        "cdist", [.module, .method], [own, other],
        "The Euclidean distances of all rows (n, d) to all rows (m, d): (n, m). The gradient at distance 0 is 0.",
        example: "nj.tensor({ { 0, 0 } }):cdist(nj.tensor({ { 3, 4 }, { 0, 1 } })) --> {{5, 1}}"
    ) { try distances($0) },
]

/// Quantiles along a dimension, or of all entries.
private func quantile(_ call: Call, _ shares: [Double], dimension: Int, isList: Bool) throws -> NodeID {
    let tape = call.tape
    var node = try call.ordered(0, masksAs: .float32)
    let dtype = tape.dtype(node)
    let given = tape.shape(node)
    let axis: Int
    if call.has(dimension) {
        axis = try call.axis(dimension, of: node)
    } else {
        (node, axis) = (try tape.reshape(node, Shape([given.count])), 0)
    }
    call.namesOperation()
    guard dtype.isFloating else {
        throw GraphError(
            "'\(call.binding.name)' needs a float32 or float64 tensor, got \(dtype): convert it first with :to(\"float32\")",
            [node])
    }
    let extents = tape.shape(node).dimensions
    let count = extents[axis]
    guard count > 0 else { throw GraphError("'\(call.binding.name)' of no elements: the shape is \(given)", [node]) }
    let sorted = try tape.gather(node, tape.argsort(node, axis: axis), axis: axis)
    // NaN counts as the largest.
    let last = try tape.narrow(sorted, axis: axis, start: count - 1, count: 1)
    let broken = try tape.unary(.isNaN, last)
    var reduced = extents
    if try call.option("keep", default: false) {
        reduced =
            call.has(dimension)
            ? extents.enumerated().map { $0.offset == axis ? 1 : $0.element } : given.dimensions.map { _ in 1 }
    } else {
        reduced.remove(at: axis)
    }
    let results = try shares.map { share in
        let place = share * Double(count - 1)
        let lower = min(Int(place), count - 1)
        let weight = place - Double(lower)
        var value = try tape.narrow(sorted, axis: axis, start: lower, count: 1)
        if weight > 0 {
            let next = try tape.narrow(sorted, axis: axis, start: lower + 1, count: 1)
            value = try tape.binary(
                .add, tape.binary(.mul, value, tape.number(1 - weight, dtype: dtype)),
                tape.binary(.mul, next, tape.number(weight, dtype: dtype)))
        }
        return try tape.reshape(tape.select(broken, last, value), Shape(reduced))
    }
    return isList ? try tape.stack(results, axis: 0) : results[0]
}

private func histogram(_ call: Call) throws {
    let tensor = try call.tensor(0)
    let bins = call.has(1) ? try call.integer(1) : 10
    guard bins >= 1, bins <= 1 << 24 else { throw ArgumentError("'histogram' needs 1 to 16777216 bins, got \(bins)") }
    let values = try tensor.doubles()
    var low = try call.option("min") ?? values.min() ?? 0
    var high = try call.option("max") ?? values.max() ?? 1
    let ends = (call.token(named: "min") != nil, call.token(named: "max") != nil)
    guard low.isFinite, high.isFinite, ends == (true, true) || !values.contains(where: \.isNaN) else {
        throw ArgumentError("'histogram' needs finite ends: give { min = ..., max = ... } where entries are not finite")
    }
    guard low <= high else {
        throw ArgumentError(
            "'histogram' needs min <= max, got \(ScriptText.number(low)) and \(ScriptText.number(high))")
    }
    // All entries equal: a bin of width 1 around them, as NumPy.
    if low == high { (low, high) = (low - 0.5, high + 0.5) }
    // Halves: the whole may be more than a number holds.
    let width = (high / 2 - low / 2) / Double(bins) * 2
    guard width.isFinite, width > 0 else {
        throw ArgumentError(
            "'histogram' cannot cut \(ScriptText.number(low)) to \(ScriptText.number(high)) into \(bins) bins: they would be "
                + (width > 0 ? "wider" : "narrower") + " than numbers are")
    }
    let edges = try [Double](room: bins + 1) { $0 == bins ? high : low + Double($0) * width }
    var counts = try [Int32](room: bins, repeating: 0)
    for value in values where value >= low && value <= high {
        // From 0 to the number of bins, up to rounding.
        var bin = Int(min(max((value - low) / width, 0), Double(bins - 1)))
        // What rounding has put on the wrong side of an end.
        if value < edges[bin], bin > 0 { bin -= 1 } else if bin < bins - 1, value >= edges[bin + 1] { bin += 1 }
        counts[bin] &+= 1
    }
    let tape = call.tape
    call.answer(values: [
        .tensor(Value(tape, tape.leaf(try Tensor(counts)))), .tensor(Value(tape, tape.leaf(try Tensor(edges)))),
    ])
}

private func unique(_ call: Call) throws {
    let tensor = try call.tensor(0)
    try Room.check(tensor.count, of: 24)
    // NaN last, each by itself.
    let order = (0..<tensor.count).sorted { first, second in
        let (a, b) = (tensor.value(at: first), tensor.value(at: second))
        return a.isNaN ? false : b.isNaN || a < b
    }
    var firsts: [Int32] = []
    var counts: [Int32] = []
    for index in order {
        if let last = firsts.last, tensor.value(at: Int(last)) == tensor.value(at: index) {
            counts[counts.count - 1] &+= 1
        } else {
            firsts.append(Int32(truncatingIfNeeded: index))
            counts.append(1)
        }
    }
    let tape = call.tape
    let flat = try tape.reshape(tape.leaf(tensor), Shape([tensor.count]))
    let values =
        firsts.isEmpty ? flat : try tape.gather(flat, tape.leaf(try Tensor(firsts)), axis: 0, name: "unique")
    call.answer(values: [.tensor(Value(tape, values)), .tensor(Value(tape, tape.leaf(try Tensor(counts))))])
}

/// Running results by doubling (Hillis and Steele 1986): after step k each entry holds those of 2^k places. Of nothing
/// but the operation itself, so that gradients of any order are its own, also where entries are 0.
private func scan(
    _ call: Call, neutral: Double, _ operation: (Tape, NodeID, NodeID) throws -> NodeID
) throws -> NodeID {
    let node = try call.node(0)
    let axis = try call.has(1) ? call.axis(1, of: node) : call.axis(counted: -1, of: node)
    call.namesOperation()
    guard call.tape.dtype(node).isFloating else { throw refused(call, node) }
    return try scan(call.tape, node, axis: axis, neutral: neutral, operation)
}

private func refused(_ call: Call, _ node: NodeID) -> GraphError {
    GraphError(
        "'\(call.binding.name)' does not work on \(call.tape.dtype(node)) tensors: convert them first with "
            + ":to(\"float32\")", [node])
}

/// Products of each entry and those before it; of masks as of 0 and 1.
///
/// Of whole numbers the products before an entry are taken in float64, which holds every one that int32 does; the last
/// factor is multiplied in int32, which says where a result leaves it. What comes after a 0 is 0, whatever it is.
private func runningProduct(_ call: Call) throws -> NodeID {
    let tape = call.tape
    let node = try call.ordered(0, masksAs: .int32)
    let axis = try call.has(1) ? call.axis(1, of: node) : call.axis(counted: -1, of: node)
    call.namesOperation()
    let product = { (tape: Tape, a: NodeID, b: NodeID) in try tape.binary(.mul, a, b) }
    if tape.dtype(node).isFloating { return try scan(tape, node, axis: axis, neutral: 1, product) }
    guard tape.dtype(node) == .int32 else { throw refused(call, node) }
    let count = tape.shape(node)[axis]
    guard count > 1 else { return node }
    let (zero, one) = (tape.constant(0, dtype: .int32), tape.constant(1, dtype: .int32))
    let zeros = try tape.cast(tape.binary(.equal, node, zero), .int32)
    let hasEnded = try tape.binary(.less, zero, tape.cumsum(zeros, axis: axis))
    let factors = try tape.select(hasEnded, one, node)
    let products = try scan(tape, tape.cast(factors, .float64), axis: axis, neutral: 1, product)
    var before = [Int](repeating: 0, count: tape[node].rank)
    before[axis] = 1
    let earlier = try tape.pad(
        tape.narrow(products, axis: axis, start: 0, count: count - 1), before: before,
        after: before.map { _ in 0 }, value: 1)
    // Beyond the range an earlier entry is at fault already.
    let held = try tape.clamp(
        earlier, low: tape.number(Double(Int32.min), dtype: .float64),
        high: tape.number(Double(Int32.max), dtype: .float64))
    return try tape.select(hasEnded, zero, tape.binary(.mul, tape.cast(held, .int32), factors))
}

private func scan(
    _ tape: Tape, _ given: NodeID, axis: Int, neutral: Double,
    _ operation: (Tape, NodeID, NodeID) throws -> NodeID
) throws -> NodeID {
    var node = given
    let rank = tape[node].rank
    let count = tape.shape(node)[axis]
    var distance = 1
    while distance < count {
        var before = [Int](repeating: 0, count: rank)
        before[axis] = distance
        let earlier = try tape.pad(
            tape.narrow(node, axis: axis, start: 0, count: count - distance), before: before,
            after: [Int](repeating: 0, count: rank), value: neutral)
        node = try operation(tape, earlier, node)
        distance *= 2
    }
    return node
}

/// log(exp(a) + exp(b)): the larger, and what the other adds. Two of minus infinity stay it, and have gradients of 0;
/// infinity beside a number is what the sum is, and has the whole gradient.
private func logaddexp(_ tape: Tape, _ a: NodeID, _ b: NodeID) throws -> NodeID {
    let either = try tape.binary(.maximum, a, b)
    let larger = try tape.unary(.stopGradient, either)
    let dtype = tape.dtype(larger)
    let zero = tape.constant(0, dtype: dtype)
    let finite = try tape.unary(.isFinite, larger)
    let base = try tape.select(finite, larger, zero)
    let endless = try tape.binary(.equal, larger, tape.constant(.infinity, dtype: dtype))
    // What is left of an infinite one is not used.
    func part(_ x: NodeID) throws -> NodeID {
        try tape.unary(.exp, tape.select(endless, zero, tape.binary(.sub, x, base)))
    }
    let total = try tape.binary(.add, part(a), part(b))
    let empty = try tape.binary(.equal, total, zero)
    let safe = try tape.unary(.log, tape.select(empty, tape.constant(1, dtype: dtype), total))
    let value = try tape.binary(.add, base, safe)
    return try tape.select(endless, either, tape.select(empty, larger, value))
}

/// PyTorch's: x y / (max(|x|, eps) max(|y|, eps)), each vector divided by its norm first.
private func cosineSimilarity(_ call: Call) throws {
    let tape = call.tape
    let (a, b) = try (call.node(0), call.node(1))
    let eps = try call.option("eps") ?? 1e-8
    guard eps > 0, eps.isFinite else {
        throw ArgumentError("'cosine_similarity' needs a finite eps above 0, got \(ScriptText.number(eps))")
    }
    call.namesOperation()
    // Shapes and types are those of a product.
    let both = try tape.binary(.mul, a, b)
    let axis = try call.has(2) ? call.axis(2, of: both) : call.axis(counted: -1, of: both)
    let full = tape.shape(both)
    func direction(_ node: NodeID) throws -> NodeID {
        let whole = try tape.expand(node, full)
        let dtype = tape.dtype(node)
        let squares = try tape.reduce(.sum, tape.unary(.square, whole), axes: 1 << UInt8(axis), keep: true)
        let isLong = try tape.binary(.greater, squares, tape.number(eps * eps, dtype: dtype))
        let length = try tape.unary(.sqrt, tape.select(isLong, squares, tape.constant(1, dtype: dtype)))
        return try tape.binary(.div, whole, tape.select(isLong, length, tape.number(eps, dtype: dtype)))
    }
    let product = try tape.binary(.mul, direction(a), direction(b))
    try call.answer(tape.reduce(.sum, product, axes: 1 << UInt8(axis), keep: false))
}

private func distances(_ call: Call) throws {
    let tape = call.tape
    let (a, b) = try (call.node(0), call.node(1))
    let (left, right) = (tape.shape(a), tape.shape(b))
    call.namesOperation()
    guard left.rank == 2, right.rank == 2, left[1] == right[1] else {
        throw GraphError(
            "'cdist' needs rows of equal length, shapes (n, d) and (m, d), got \(left) and \(right)", [a, b])
    }
    let difference = try tape.binary(
        .sub, tape.reshape(a, Shape([left[0], 1, left[1]])), tape.reshape(b, Shape([1, right[0], right[1]])))
    let squares = try tape.reduce(.sum, tape.unary(.square, difference), axes: 0b100, keep: false)
    let dtype = tape.dtype(squares)
    let zero = tape.constant(0, dtype: dtype)
    let apart = try tape.binary(.greater, squares, zero)
    let length = try tape.unary(.sqrt, tape.select(apart, squares, tape.constant(1, dtype: dtype)))
    try call.answer(tape.select(apart, length, tape.binary(.mul, squares, zero)))
}
