import CLuaShim
import Foundation
import NightjarGraph
import NightjarRuns
import NightjarTensor

/// Counts the draws of a script, so that each has a stream of its own that depends on the seed and its number alone.
package struct DrawCounter {
    package var seed: UInt64?
    private var counts: [String: UInt64] = [:]

    package mutating func restart(_ seed: UInt64) {
        self.seed = seed
        counts = [:]
    }

    /// The counts as text, for checkpoints; keys sorted.
    package var text: String {
        var entries = counts.mapValues { JSONValue.string("\($0)") }
        if let seed { entries["/seed"] = .string("\(seed)") }
        return JSONValue.object(entries).text(pretty: false)
    }

    /// The counts of a checkpoint; nil for a text that is not one.
    package init?(text: String) {
        guard case .object(let entries)? = try? JSONValue(parsing: Data(text.utf8), source: "draws") else { return nil }
        for (name, value) in entries {
            guard let number = value.stringValue.flatMap(UInt64.init) else { return nil }
            if name == "/seed" { seed = number } else { counts[name] = number }
        }
    }

    init() {}

    mutating func next(_ purpose: String) -> UInt64 {
        let number = counts[purpose, default: 0]
        counts[purpose] = number + 1
        return number
    }
}

private let options = [
    Parameter("seed", .integer, default: "the script's", "draws that depend on this seed and the name alone"),
    Parameter("name", .string, default: "\"script\"", "what the numbers are for"),
    Parameter("dtype", .dtype, default: "\"float32\""),
]

/// Random tensors and streams.
let randomBindings: [Binding] = [
    Binding(
        "rand", .module, [Parameter("shape", .shape)], options: options, variadic: true, "Uniform numbers in [0, 1).",
        example: """
            nj.rand(2, 3):shape()                                       --> {2, 3}
            (nj.rand(2, { seed = 1 }) - nj.rand(2, { seed = 1 })):abs():max() --> 0
            """
    ) { call in
        call.namesOperation()
        try call.answer(
            call.tape.random(.uniform, call.extents(0), dtype: call.dtypeOption(), key: call.streamKey()))
    },
    Binding(
        "randn", .module, [Parameter("shape", .shape)], options: options, variadic: true,
        "Numbers from the normal distribution with mean 0 and standard deviation 1.",
        example: "nj.randn(1000, { seed = 1 }):mean():abs():lt(0.2) --> true"
    ) { call in
        call.namesOperation()
        try call.answer(
            call.tape.random(.normal, call.extents(0), dtype: call.dtypeOption(), key: call.streamKey()))
    },
    Binding(
        "manual_seed", .module, [Parameter("seed", .integer)], returns: "nothing",
        """
        Starts the script's own draws again from this seed, which noise and trainers take as well where they are given \
        none. In an experiment's cell it is the value of the replicate, such as `seed`, until this is called; elsewhere that \
        of `--seed`, or 1.
        """,
        example: """
            nj.manual_seed(3)
            local a = nj.rand(2)
            nj.manual_seed(3)
            (nj.rand(2) - a):abs():max() --> 0
            """
    ) { call in
        call.host.draws.restart(UInt64(bitPattern: Int64(try call.integer(0))))
    },
    Binding(
        "run_seed", .library, returns: "integer", "What draws without a seed of their own start from."
    ) { $0.answer(Int(Int64(bitPattern: $0.host.seed))) },
    Binding(
        "stream_key", .library,
        [Parameter("seed", .integer), Parameter("purpose", .string), Parameter("index", .integer, default: "0")],
        returns: "integer", "The key of a stream."
    ) { call in
        let index = try call.has(2) ? UInt64(bitPattern: Int64(call.integer(2))) : 0
        let stream = try RandomStream(
            seed: UInt64(bitPattern: Int64(call.integer(0))), purpose: call.string(1), index: index)
        call.answer(Int(Int64(bitPattern: stream.key)))
    },
    Binding(
        "stream_uniform", .library,
        [Parameter("key", .integer), Parameter("position", .integer), Parameter("count", .integer)],
        returns: "tensor", "Uniform float64 numbers of a stream, from a position on."
    ) { call in
        try drawn(call) { $0.uniform($1) }
    },
    Binding(
        "stream_normal", .library,
        [Parameter("key", .integer), Parameter("position", .integer), Parameter("count", .integer)],
        returns: "tensor", "Normal float64 numbers of a stream, from a position on."
    ) { call in
        try drawn(call) { $0.normal($1) }
    },
    Binding(
        "stream_integers", .library,
        [
            Parameter("key", .integer), Parameter("position", .integer), Parameter("count", .integer),
            Parameter("low", .integer), Parameter("high", .integer),
        ], returns: "tensor", "Whole numbers from low to high of a stream, from a position on."
    ) { call in
        let (stream, first, count) = try streamArguments(call)
        let (low, high) = try (call.integer(3), call.integer(4))
        guard low <= high, Int32(exactly: low) != nil, Int32(exactly: high) != nil else {
            throw ArgumentError("whole numbers are drawn from low to high, got \(low) to \(high)")
        }
        try call.answer(
            owned: Tensor.made(count) {
                Int32(truncatingIfNeeded: low + stream.below(high - low + 1, first &+ UInt64($0)))
            })
    },
    Binding(
        "stream_choice", .library,
        [
            Parameter("key", .integer), Parameter("bound", .integer), Parameter("count", .integer),
            Parameter("replace", .boolean),
        ], returns: "tensor", "Positions from 1 to bound."
    ) { call in
        let stream = try RandomStream(key: UInt64(bitPattern: Int64(call.integer(0))))
        let (bound, count, replacing) = try (call.integer(1), call.integer(2), call.boolean(3))
        let possible = replacing ? (bound > 0 ? Int(Int32.max) : 0) : bound
        guard bound <= Int(Int32.max), count >= 0, count <= possible else {
            throw ArgumentError(
                "cannot choose \(count) of \(bound)\(replacing ? "" : " without replacement")")
        }
        try Room.check(replacing ? count : bound, of: 8)
        let positions = stream.choice(bound, count: count, replacing: replacing)
        try call.answer(owned: Tensor.made(positions.count) { positions[$0] + 1 })
    },
    Binding(
        "stream_permutation", .library, [Parameter("key", .integer), Parameter("count", .integer)], returns: "tensor",
        "The numbers 1 to count in random order."
    ) { call in
        let stream = try RandomStream(key: UInt64(bitPattern: Int64(call.integer(0))))
        let count = try call.integer(1)
        guard count >= 0, count < Int(Int32.max) else { throw ArgumentError("cannot permute \(count) numbers") }
        try call.answer(owned: permutation(count, stream))
    },
]

/// The numbers 1 to `count` in random order.
func permutation(_ count: Int, _ stream: RandomStream) throws -> Tensor {
    try Room.check(count, of: 4)
    let order = stream.permutation(count)
    return try Tensor.made(order.count) { order[$0] + 1 }
}

private func streamArguments(_ call: Call) throws -> (RandomStream, UInt64, Int) {
    let stream = try RandomStream(key: UInt64(bitPattern: Int64(call.integer(0))))
    let count = try call.integer(2)
    guard count >= 0, count <= Int(Int32.max) else { throw ArgumentError("cannot draw \(count) numbers") }
    return (stream, UInt64(bitPattern: Int64(try call.integer(1))), count)
}

private func drawn(_ call: Call, _ number: (RandomStream, UInt64) -> Double) throws {
    let (stream, first, count) = try streamArguments(call)
    try call.answer(owned: Tensor.made(count) { number(stream, first &+ UInt64($0)) })
}
