import NightjarGraph
import NightjarNN
import NightjarTensor
import Testing

struct ModelStateTests {
    private func model(_ seed: UInt64) throws -> Model {
        let model = try Model(Counting(Linear(inputs: 2, outputs: 3)))
        try model.initialize(seed: seed)
        return model
    }

    /// A copy of a model's state with one entry changed.
    private func state(_ change: (inout [(path: String, tensor: Tensor)]) throws -> Void) throws -> [(
        path: String, tensor: Tensor
    )] {
        var state = try model(1).state.map { (path: $0.path, tensor: try $0.tensor.copy()) }
        try change(&state)
        return state
    }

    @Test func parametersComeBeforeBuffers() throws {
        #expect(try model(1).state.map(\.path) == ["inner.weight", "inner.bias", "count"])
    }

    @Test func loadedWeightsAreThoseGivenInAnyOrder() throws {
        let (source, target) = (try model(1), try Model(Counting(Linear(inputs: 2, outputs: 3))))
        try target.load(source.state.reversed())
        #expect(target.state.map(\.tensor.values) == source.state.map(\.tensor.values))
        #expect(target.parameters.allSatisfy { $0.parameter.isInitialized })
        #expect(target.state[0].tensor !== source.state[0].tensor)
    }

    @Test func whatDoesNotFitIsNamedAndNothingIsWritten() throws {
        let target = try model(2)
        let before = target.state.map(\.tensor.values)
        func expect(_ message: String, _ change: (inout [(path: String, tensor: Tensor)]) throws -> Void) throws {
            let state = try state(change)
            #expect(throws: ModelError(message)) { try target.load(state) }
            #expect(target.state.map(\.tensor.values) == before)
        }
        try expect("the weights lack 'inner.bias' (3)") { $0.remove(at: 1) }
        try expect("the weights hold 'inner.weigth', which the model does not have: did you mean 'inner.weight'?") {
            $0[0].path = "inner.weigth"
        }
        try expect("the weights hold 'count' twice") { $0.append($0[2]) }
        try expect("'count' is (1) of float32 in the model, but (2) of float32 in the weights") {
            $0[2].tensor = try .zeros(Shape([2]), dtype: .float32)
        }
        try expect("'inner.bias' is (3) of float32 in the model, but (3) of float64 in the weights") {
            $0[1].tensor = try .zeros(Shape([3]), dtype: .float64)
        }
    }
}

/// A module with a buffer that counts its training steps.
private final class Counting: Module {
    let inner: Linear
    let count: Buffer
    init(_ inner: Linear) throws {
        self.inner = inner
        count = Buffer(try .zeros(Shape([1]), dtype: .float32))
    }
    var kind: String { "counting" }
    var children: [(name: String, module: any Module)] { [("inner", inner)] }
    var ownBuffers: [(name: String, buffer: Buffer)] { [("count", count)] }
    func forward(_ context: ForwardContext, _ input: NodeID) throws -> NodeID {
        try context.call(inner, named: "inner", input)
    }
}
