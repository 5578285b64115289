import NightjarGraph
import NightjarNN
import NightjarTensor
import Testing

struct SequentialTests {
    private let bench = Bench()

    private func network() throws -> Sequential {
        try Sequential([
            Flatten(), Linear(inputs: 6, outputs: 5, dtype: .float64), Activation(.tanh),
            Linear(inputs: 5, outputs: 3, dtype: .float64), Identity(),
        ])
    }

    @Test func oneLayerFollowsAnother() throws {
        let network = try network()
        let input = try normalTensor([4, 2, 3])
        let whole = try bench.output(network, input)
        var step = input
        for layer in network.layers { step = try bench.output(layer, step) }
        #expect(whole.shape.dimensions == [4, 3])
        #expect(whole.values == step.values)
    }

    @Test func gradientsAgreeWithDifferences() throws {
        #expect(try bench.gradientError(network(), normalTensor([4, 2, 3])) < 1e-8)
    }

    @Test func withoutLayersNothingHappens() throws {
        let input = try normalTensor([4])
        #expect(try bench.output(Sequential([]), input).values == input.values)
    }

    @Test func nodesCarryThePathOfTheirLayer() throws {
        let inner = try Sequential([Linear(inputs: 6, outputs: 6)])
        let model = try Model(Sequential([Activation(.relu), inner, Activation(.sigmoid)]))
        try model.initialize(seed: 1)
        let context = bench.context()
        let tape = context.tape
        tape.place = 77
        let result = try context.call(model, tape.leaf(.zeros(Shape([2, 6]), dtype: .float32)))
        #expect(tape.place == 77)
        func source(_ id: NodeID) -> String? { context.provenance.place(tape.place(of: id))?.source }
        #expect(source(result) == "model.layers.3 (sigmoid)")
        let sum = tape[result].a
        #expect(source(sum) == "model.layers.2.layers.1 (linear)")
        #expect(source(tape[tape[sum].a].a) == "model.layers.1 (relu)")
    }

    @Test func thePlaceIsRestoredAfterAnError() throws {
        let model = try Model(Sequential([Linear(inputs: 6, outputs: 6)]))
        try model.initialize(seed: 1)
        let context = bench.context()
        context.tape.place = 77
        let input = context.tape.leaf(try Tensor.zeros(Shape([2, 5]), dtype: .float32))
        #expect(throws: LayerError.self) { try context.call(model, input) }
        #expect(context.tape.place == 77)
        #expect(context.path == "")
    }
}
