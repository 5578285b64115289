import CLuaShim
import NightjarEngine
import NightjarGraph
import NightjarTensor

private let options = [
    Parameter("seed", .integer, default: "the script's", "draws that depend on this seed and the name alone"),
    Parameter("name", .string, default: "\"script\"", "what the numbers are for"),
]

/// Random whole numbers, orders and choices from named streams.
let drawingBindings: [Binding] = [
    Binding(
        "randint", .module,
        [Parameter("low", .integer), Parameter("high", .integer, "included"), Parameter("shape", .shape)],
        options: options, variadic: true, "Whole numbers (int32) from low to high, both included, as in math.random."
    ) { call in
        let (low, high) = try (call.integer(0), call.integer(1))
        guard low <= high, Int32(exactly: low) != nil, Int32(exactly: high) != nil else {
            throw ArgumentError("'randint' needs int32 numbers low <= high, got \(low) and \(high)")
        }
        let shape = try call.extents(2)
        let stream = try RandomStream(key: call.streamKey())
        try call.answer(
            owned: Tensor.made(shape) { Int32(truncatingIfNeeded: low + stream.below(high - low + 1, UInt64($0))) })
    },
    Binding(
        "randperm", .module, [Parameter("count", .integer)], options: options,
        "The numbers 1 to count in random order (int32)."
    ) { call in
        let count = try call.integer(0)
        guard count >= 0, count < Int(Int32.max) else {
            throw ArgumentError("'randperm' cannot permute \(count) numbers")
        }
        let stream = try RandomStream(key: call.streamKey())
        try call.answer(owned: permutation(count, stream))
    },
    Binding(
        "bernoulli", .module,
        [
            Parameter("probability", .tensorOrNumber, "a number and then a shape, or a tensor, whose shape is taken"),
            Parameter("shape", .shape, default: "{}"),
        ], options: options + [Parameter("dtype", .dtype, default: "\"float32\", or that of the tensor")],
        variadic: true, "Ones with a probability, zeros otherwise."
    ) { try bernoulli($0) },
    Binding(
        "choice", .module,
        [
            Parameter("from", .tensorOrNumber, "a tensor, whose slices along dimension 1 are drawn, or n for 1 to n"),
            Parameter("count", .integer),
        ],
        options: options + [
            Parameter("replace", .boolean, default: "true", "whether one may come several times"),
            Parameter("weights", .tensor, default: "nil", "how likely each is, up to a factor"),
        ], "Random entries."
    ) { try choice($0) },
]

extension Call {
    /// The key of the stream that the options `seed` and `name` name; without a seed, of the script's next draw.
    func streamKey() throws -> UInt64 {
        let name = try option(string: "name") ?? "script"
        if let seed = try option(integer: "seed") {
            return RandomStream(seed: UInt64(bitPattern: Int64(seed)), purpose: name).key
        }
        // Inside a layer, by its path and the step, as dropout draws.
        if let forward = host.recordedForwards.last { return forward.randomKey("draw/\(name)") }
        return RandomStream(seed: host.seed, purpose: name, index: host.draws.next(name)).key
    }
}

private func bernoulli(_ call: Call) throws {
    call.namesOperation()
    let tape = call.tape
    if call.kind(0) == NJL_TENSOR {
        let probability = try call.node(0)
        let dtype = tape.dtype(probability)
        guard call.count == 1 else {
            throw ArgumentError("'bernoulli' takes the shape of the tensor of probabilities: leave the other shape out")
        }
        guard dtype.isFloating else {
            throw GraphError("'bernoulli' needs float32 or float64 probabilities, got \(dtype)", [probability])
        }
        let result = try call.dtypeOption(default: dtype)
        // Read outside of gradients and steps, where that costs little; inside, what is none draws no number.
        let isInside = call.session.isInStep || call.host.differentiationDepth > 0
        let known = isInside ? tape.value(probability) : try call.tensor(0)
        if let known {
            if let index = (0..<known.count).first(where: { !(0...1).contains(known.value(at: $0)) }) {
                throw ArgumentError(
                    "'bernoulli' needs probabilities from 0 to 1, got \(ScriptText.number(known.value(at: index))) at "
                        + "position \(known.shape.place(of: index))")
            }
        }
        let draws = try tape.random(.uniform, tape.shape(probability), dtype: dtype, key: call.streamKey())
        let drawn = try tape.cast(tape.binary(.less, draws, probability), result)
        guard known == nil, result.isFloating else { return try call.answer(drawn) }
        let zero = tape.constant(0, dtype: dtype)
        let one = tape.constant(1, dtype: dtype)
        let isOne = try tape.binary(
            .and, tape.binary(.greaterEqual, probability, zero), tape.binary(.lessEqual, probability, one))
        return try call.answer(tape.select(isOne, drawn, tape.constant(.nan, dtype: result)))
    }
    let probability = try call.number(0)
    guard (0...1).contains(probability) else {
        throw ArgumentError("'bernoulli' needs a probability from 0 to 1, got \(ScriptText.number(probability))")
    }
    let draws = try tape.random(.uniform, call.extents(1), dtype: .float32, key: call.streamKey())
    try call.answer(
        tape.cast(tape.binary(.less, draws, tape.number(probability, dtype: .float32)), call.dtypeOption()))
}

private func choice(_ call: Call) throws {
    let isTensor = call.kind(0) == NJL_TENSOR
    let bound: Int
    if isTensor {
        let node = try call.node(0)
        guard call.tape[node].rank > 0 else { throw GraphError("'choice' needs a tensor with dimensions", [node]) }
        bound = call.tape.shape(node)[0]
    } else {
        bound = try call.integer(0)
    }
    let count = try call.integer(1)
    let replacing = try call.option("replace", default: true)
    guard bound >= 0, bound <= Int(Int32.max), count >= 0, count <= Int(Int32.max) else {
        throw ArgumentError("'choice' cannot draw \(count) of \(bound)")
    }
    let stream = try RandomStream(key: call.streamKey())
    var positions: [Int32]
    if let weights = try call.tensorOption("weights") {
        let tensor = try call.session.evaluate([Value(call.tape, weights)])[0]
        // Weights, keys and order, each a few words an entry.
        try Room.check(tensor.count, of: 64)
        try Room.check(count, of: 8)
        let values = try tensor.doubles()
        guard values.count == bound else {
            throw GraphError(
                "'choice' from \(bound) needs as many weights, got shape \(call.tape.shape(weights))", [weights])
        }
        if let wrong = values.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
            throw GraphError(
                "'choice' needs weights that are finite and at least 0: weight \(wrong + 1) is "
                    + "\(ScriptText.number(values[wrong]))", [weights])
        }
        positions = stream.choice(weights: values, count: count, replacing: replacing)
    } else {
        try Room.check(replacing ? count : bound, of: 8)
        positions = stream.choice(bound, count: count, replacing: replacing)
    }
    guard positions.count == count else {
        throw ArgumentError(
            "'choice' cannot draw \(count) of \(bound)\(replacing ? "" : " without replacement"): only "
                + "\(positions.count) can come")
    }
    guard isTensor else { return try call.answer(owned: Tensor.made(positions.count) { positions[$0] + 1 }) }
    call.namesOperation()
    let node = try call.node(0)
    try call.answer(call.tape.gather(node, call.tape.leaf(Tensor(positions)), axis: 0, name: "choice"))
}
