import CLuaShim
import Foundation
import NightjarEngine
import NightjarGraph
import NightjarTensor

private let options = [
    Parameter("seed", .integer, default: "the script's", "draws that depend on this seed and the name alone"),
    Parameter("name", .string, default: "\"script\"", "what the numbers are for"),
    Parameter("dtype", .dtype, default: "\"float32\", or that of the tensor"),
]
private let shape = Parameter("shape", .shape, default: "{}", "left out where a tensor of parameters has one")

/// Draws from the gamma family. Each number has a stream of its own, whatever draws around it: they depend on the seed
/// and the position alone. Worked out in float64 when they are recorded; they have no gradient.
let distributionBindings: [Binding] = [
    Binding(
        "gamma", .module,
        [Parameter("alpha", .tensorOrNumber, "the shape parameter, above 0; a tensor for one each"), shape],
        options: options + [Parameter("rate", .number, default: "1", "what the numbers are divided by, above 0")],
        variadic: true, "Numbers from the gamma distribution with density x^(alpha-1) exp(-rate x), up to a factor.",
        example: "(nj.gamma(3, 4000, { seed = 1 }):mean() - 3):abs():lt(0.2) --> true"
    ) { call in
        let alpha = try parameters(call, 0, "alpha")
        let rate = try call.option("rate") ?? 1
        guard rate > 0, rate.isFinite else {
            throw ArgumentError("'gamma' needs a finite rate above 0, got \(ScriptText.number(rate))")
        }
        let (extents, dtype) = try form(call, [alpha], at: 1)
        let stream = try RandomStream(key: call.streamKey())
        try answer(call, extents, dtype) {
            exp(stream.derive(UInt64($0)).logarithmOfGamma(alpha.value($0)) - log(rate))
        }
    },
    Binding(
        "beta", .module,
        [
            Parameter("alpha", .tensorOrNumber, "above 0; a tensor for one each"),
            Parameter("beta", .tensorOrNumber, "above 0; a tensor for one each"), shape,
        ], options: options, variadic: true,
        "Numbers from 0 to 1 from the beta distribution with density x^(alpha-1) (1-x)^(beta-1), up to a factor.",
        example: "(nj.beta(2, 6, 4000, { seed = 1 }):mean() - 0.25):abs():lt(0.02) --> true"
    ) { call in
        let (alpha, beta) = try (parameters(call, 0, "alpha"), parameters(call, 1, "beta"))
        let (extents, dtype) = try form(call, [alpha, beta], at: 2)
        let stream = try RandomStream(key: call.streamKey())
        try answer(call, extents, dtype) { index in
            // Of logarithms: two gamma numbers of small parameters would both be 0.
            let own = stream.derive(UInt64(index))
            let first = own.derive(0).logarithmOfGamma(alpha.value(index))
            let second = own.derive(1).logarithmOfGamma(beta.value(index))
            return 1 / (1 + exp(second - first))
        }
    },
    Binding(
        "sample_draw", .library,
        [
            Parameter("key", .integer), Parameter("call", .integer), Parameter("kind", .string),
            Parameter("indices", .tensor), Parameter("a", .number), Parameter("b", .number), Parameter("dtype", .dtype),
        ], returns: "tensor", "A number for each sample, from a stream of its own."
    ) { call in
        let own = try RandomStream(key: UInt64(bitPattern: Int64(call.integer(0)))).derive(UInt64(call.integer(1)))
        let (kind, a, b) = try (call.string(2), call.number(4), call.number(5))
        let samples = try call.tensor(3).elements(of: Int32.self)
        let dtype = try call.dtype(6)
        // float32 would round what is nearest to the end up to it.
        let last = dtype == .float32 ? Double(Float(b).nextDown) : b.nextDown
        try answer(call, Shape([samples.count]), dtype) { index in
            let stream = own.derive(UInt64(UInt32(bitPattern: samples[index])))
            switch kind {
            case "uniform": return a < b ? min(a + (b - a) * stream.uniform(0), last) : a
            case "normal": return stream.normal(0)
            default:
                // As 'beta', for the first of its numbers.
                let (first, second) = (stream.derive(0), stream.derive(1))
                return 1 / (1 + exp(second.logarithmOfGamma(b) - first.logarithmOfGamma(a)))
            }
        }
    },
    Binding(
        "dirichlet", .module,
        [
            Parameter(
                "alpha", .tensor, "parameters above 0, along the last dimension; its rows are drawn for one each"),
            Parameter("count", .integer, default: "one of each", "how many rows, of one row of parameters"),
        ], options: options, "Rows of probabilities that sum to 1, from the Dirichlet distribution.",
        example: "nj.dirichlet(nj.tensor({ 1, 2, 3 }), 5, { seed = 1 }):sum(-1) --> {1, 1, 1, 1, 1}"
    ) { call in
        let alpha = try parameters(call, 0, "alpha")
        guard var extents = alpha.shape, extents.rank > 0, extents.last > 0 else {
            throw ArgumentError("'dirichlet' needs a row of parameters, for example nj.tensor({ 1, 1, 1 })")
        }
        let width = extents.last
        if call.has(1) {
            let count = try call.integer(1)
            guard extents.rank == 1, count >= 0, count <= Int(Int32.max) / width else {
                throw ArgumentError(
                    "'dirichlet' draws a count of at least 0 from one row of parameters, got \(count) and parameters of "
                        + "shape \(extents)")
            }
            extents = try Shape([count, width])
        }
        let dtype = try call.dtypeOption(default: alpha.dtype)
        let stream = try RandomStream(key: call.streamKey())
        var values = try [Double](room: extents.count, repeating: 0)
        for row in 0..<extents.count / width {
            let own = stream.derive(UInt64(row))
            let logarithms = (0..<width).map { column in
                own.derive(UInt64(column)).logarithmOfGamma(
                    alpha.value((row * width + column) % max(alpha.count, 1)))
            }
            let largest = logarithms.max() ?? 0
            let shares = logarithms.map { exp($0 - largest) }
            let total = shares.reduce(0, +)
            for column in 0..<width { values[row * width + column] = shares[column] / total }
        }
        try answer(call, extents, dtype) { values[$0] }
    },
]

/// A number, or one for each element.
private struct Parameters {
    var single = 0.0
    var each: [Double]?
    var shape: Shape?
    var dtype = DType.float32

    var count: Int { each?.count ?? 1 }
    func value(_ index: Int) -> Double { each.map { $0[index] } ?? single }
}

private func parameters(_ call: Call, _ position: Int, _ name: String) throws -> Parameters {
    var found = Parameters()
    if call.kind(position) == NJL_TENSOR {
        let tensor = try call.tensor(position)
        guard tensor.dtype.isFloating else {
            throw ArgumentError("'\(call.binding.name)' needs float32 or float64 parameters, got \(tensor.dtype)")
        }
        (found.each, found.shape, found.dtype) = try (tensor.doubles(), tensor.shape, tensor.dtype)
    } else {
        found.single = try call.number(position)
    }
    let values = found.each ?? [found.single]
    if let wrong = values.first(where: { !($0 > 0 && $0.isFinite) }) {
        throw ArgumentError(
            "'\(call.binding.name)' needs \(name) finite and above 0, got \(ScriptText.number(wrong))")
    }
    return found
}

/// The shape and the type of what is drawn: those of tensors of parameters, or what the script says.
private func form(_ call: Call, _ given: [Parameters], at position: Int) throws -> (Shape, DType) {
    let name = call.binding.name
    guard let first = given.first(where: { $0.shape != nil }), let extents = first.shape else {
        return (try call.extents(position), try call.dtypeOption())
    }
    for other in given {
        guard other.shape == nil || other.shape == extents else {
            throw ArgumentError("'\(name)' needs parameters of one shape, got \(given.compactMap(\.shape))")
        }
    }
    guard call.count <= position else {
        throw ArgumentError("'\(name)' takes the shape of the tensor of parameters: leave the other shape out")
    }
    return (extents, try call.dtypeOption(default: first.dtype))
}

private func answer(_ call: Call, _ extents: Shape, _ dtype: DType, _ number: (Int) -> Double) throws {
    switch dtype {
    case .float32, .float64: try call.answer(owned: Tensor.made(extents, dtype: dtype, number))
    default: throw ArgumentError("'\(call.binding.name)' draws float32 or float64 numbers, not \(dtype)")
    }
}

extension RandomStream {
    /// The logarithm of a number from the gamma distribution with shape `alpha` above 0 and rate 1.
    ///
    /// Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000): with d = alpha - 1/3,
    /// c = 1 / sqrt(9 d), x normal and u uniform, d v for v = (1 + c x)^3 is taken where log u is below
    /// x^2 / 2 + d - d v + d log v (more than 95 of 100 are). Below 1: a number for alpha + 1 times u^(1 / alpha).
    /// Its logarithm stays finite where the number is too small for float64.
    func logarithmOfGamma(_ alpha: Double) -> Double {
        let boost = alpha < 1 ? log(1 - uniform(0)) / alpha : 0
        let d = (alpha < 1 ? alpha + 1 : alpha) - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        var element: UInt64 = 1
        while true {
            let x = normal(element)
            let root = 1 + c * x
            let v = root * root * root
            if v > 0, log(1 - uniform(element + 1)) < 0.5 * x * x + d - d * v + d * log(v) {
                return log(d) + log(v) + boost
            }
            element += 2
        }
    }
}
