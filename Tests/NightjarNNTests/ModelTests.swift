import NightjarGraph
import NightjarNN
import NightjarTensor
import Testing

struct ModelTests {
    private let bench = Bench()

    private func mlp(hidden: Int = 5) throws -> Model {
        try Model(
            Sequential([
                Linear(inputs: 4, outputs: hidden), Activation(.relu),
                Sequential([Linear(inputs: hidden, outputs: 3, hasBias: false)]),
            ]))
    }

    @Test func pathsFollowTheTree() throws {
        #expect(try mlp().parameters.map(\.path) == ["layers.1.weight", "layers.1.bias", "layers.3.layers.1.weight"])
        #expect(try Model(Linear(inputs: 2, outputs: 2)).parameters.map(\.path) == ["weight", "bias"])
        #expect(try mlp().parameterCount == 4 * 5 + 5 + 5 * 3)
    }

    @Test func aFixedParameterIsNotCounted() throws {
        let model = try mlp()
        model.parameters[1].parameter.isTrainable = false
        #expect(model.parameterCount == 4 * 5 + 5 * 3)
    }

    @Test func firstValuesDependOnSeedAndPathAlone() throws {
        func values(_ model: Model, _ path: String, seed: UInt64) throws -> [Double]? {
            try model.initialize(seed: seed)
            return model.state.first { $0.path == path }?.tensor.values
        }
        let reference = try values(mlp(), "layers.1.weight", seed: 3)
        #expect(reference?.count == 20)
        #expect(try values(mlp(), "layers.1.weight", seed: 3) == reference)
        #expect(try values(mlp(), "layers.1.weight", seed: 4) != reference)
        let longer = try Model(
            Sequential([Linear(inputs: 4, outputs: 5), Linear(inputs: 5, outputs: 5), Linear(inputs: 5, outputs: 2)]))
        #expect(try values(longer, "layers.1.weight", seed: 3) == reference)
        #expect(try values(longer, "layers.2.weight", seed: 3)?.prefix(20) != reference?[...])
    }

    @Test func valuesThatAreThereStay() throws {
        let model = try mlp()
        try model.initialize(seed: 3)
        let before = model.state.map(\.tensor.values)
        try model.initialize(seed: 4)
        #expect(model.state.map(\.tensor.values) == before)
    }

    @Test func weightsWithoutValuesAreNotRead() throws {
        let context = bench.context()
        let input = context.tape.leaf(try Tensor.zeros(Shape([2, 4]), dtype: .float32))
        let model = try mlp()
        let error = #expect(throws: LayerError.self) { try context.call(model, input) }
        #expect(
            error?.description == "model.layers.1 (linear): the weights have no values yet: initialize the model with "
                + "a seed, or load weights")
    }

    @Test func aLayerUsedTwiceIsListedOnce() throws {
        let shared = try Linear(inputs: 4, outputs: 4)
        let model = try Model(Sequential([shared, Activation(.relu), shared]))
        #expect(model.parameters.map(\.path) == ["layers.1.weight", "layers.1.bias"])
        #expect(model.parameterCount == 20)
    }

    @Test func oneElementTypeAModel() throws {
        #expect(
            throws: ModelError(
                "a model has one element type: 'layers.1.weight' is float32, 'layers.2.weight' is float64")
        ) {
            try Model(Sequential([Linear(inputs: 2, outputs: 2), Linear(inputs: 2, outputs: 2, dtype: .float64)]))
        }
        #expect(try Model(Linear(inputs: 2, outputs: 2, dtype: .float64)).dtype == .float64)
        #expect(try Model(Flatten()).dtype == .float32)
    }

    @Test func aModuleThatContainsItselfIsRefused() throws {
        #expect(throws: ModelError("'inner.inner' (knot) contains itself")) {
            let (outer, inner) = (Knot(), Knot())
            (outer.inner, inner.inner) = (inner, outer)
            defer { outer.inner = nil }
            return try Model(outer)
        }
    }

    @Test func twoPartsOfOneNameAreRefused() throws {
        #expect(throws: ModelError("two parts of the model have the path 'weight'")) { try Model(Twins()) }
    }
}

/// A module that can be put into itself.
private final class Knot: Module {
    var inner: Knot?
    var kind: String { "knot" }
    var children: [(name: String, module: any Module)] { inner.map { [("inner", $0)] } ?? [] }
    func forward(_ context: ForwardContext, _ input: NodeID) throws -> NodeID { input }
}

/// A module with two parameters of the same name.
private final class Twins: Module {
    let ownParameters: [(name: String, parameter: Parameter)]
    init() throws {
        ownParameters = try [
            ("weight", Parameter(Shape([2]), initializer: .zeros)),
            ("weight", Parameter(Shape([2]), initializer: .ones)),
        ]
    }
    var kind: String { "twins" }
    func forward(_ context: ForwardContext, _ input: NodeID) throws -> NodeID { input }
}
