import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarTensor

/// A session and the few calls that tests of layers need again and again.
struct Bench {
    let session = Session(threads: 1)

    func context(_ mode: ForwardContext.Mode = .evaluation, step: Int = 1, seed: UInt64 = 5) -> ForwardContext {
        ForwardContext(
            tape: session.tape, mode: mode, provenance: session.provenance, trainSeed: seed, step: step)
    }

    /// What a module gives for an input. The module's values are drawn from seed 1 where it has none.
    func output(
        _ module: any Module, _ input: Tensor, _ mode: ForwardContext.Mode = .evaluation, step: Int = 1,
        seed: UInt64 = 5
    ) throws -> Tensor {
        let model = try Model(module)
        try model.initialize(seed: 1)
        let context = context(mode, step: step, seed: seed)
        let result = try context.call(model, context.tape.leaf(input))
        return try session.evaluate([Value(context.tape, result)])[0]
    }

    /// The message of the error that recording a module with an input of this shape gives.
    func refusal(_ module: any Module, _ dimensions: [Int], _ dtype: DType = .float32) throws -> String {
        let model = try Model(module)
        try model.initialize(seed: 1)
        let context = context()
        let input = context.tape.leaf(try Tensor.zeros(Shape(dimensions), dtype: dtype))
        do {
            _ = try context.call(model, input)
            return "no error"
        } catch { return String(describing: error) }
    }

    /// Checks the gradients of sum(output * coefficients) with respect to the input and every parameter against
    /// differences in float64, and returns the largest error relative to the largest gradient.
    func gradientError(_ module: any Module, _ input: Tensor, _ mode: ForwardContext.Mode = .evaluation) throws
        -> Double
    {
        let model = try Model(module)
        try model.initialize(seed: 1)
        let variables = [input] + model.parameters.map(\.parameter.tensor)
        func record(_ context: ForwardContext) throws -> NodeID {
            let tape = context.tape
            let result = try context.call(model, tape.leaf(input))
            let stream = RandomStream(seed: 2, purpose: "coefficients")
            let shape = tape.shape(result)
            let coefficients = try Tensor.from(
                (0..<shape.count).map { stream.normal(UInt64($0)) }, shape: shape, dtype: .float64)
            let product = try tape.binary(.mul, result, tape.leaf(coefficients))
            return try tape.reduce(.sum, product, axes: Reduction.all(rank: shape.rank), keep: false)
        }
        func value() throws -> Double {
            session.beginStep()
            defer { session.endStep() }
            return try session.commit(outputs: [record(context(mode))], effects: [])[0].value(at: 0)
        }
        session.beginStep()
        let tape = session.tape
        let total = try record(context(mode))
        let gradients = try session.commit(
            outputs: tape.gradient(of: total, withRespectTo: variables.map { tape.leaf($0) }), effects: [])
        session.endStep()
        var (worst, largest) = (0.0, 0.0)
        let width = 1e-6
        for (variable, gradient) in zip(variables, gradients) {
            for index in 0..<variable.count {
                let pointer = variable.pointer.assumingMemoryBound(to: Double.self) + index
                let kept = pointer.pointee
                pointer.pointee = kept + width
                let above = try value()
                pointer.pointee = kept - width
                let below = try value()
                pointer.pointee = kept
                worst = max(worst, abs((above - below) / (2 * width) - gradient.value(at: index)))
                largest = max(largest, abs(gradient.value(at: index)))
            }
        }
        return worst / max(largest, 1)
    }
}

/// Numbers from a stream, as float64.
func normalTensor(_ dimensions: [Int], dtype: DType = .float64) throws -> Tensor {
    let shape = try Shape(dimensions)
    let stream = RandomStream(seed: 11, purpose: "inputs")
    return try Tensor.from((0..<shape.count).map { stream.normal(UInt64($0)) }, shape: shape, dtype: dtype)
}
