import NightjarEngine
import NightjarGraph
import NightjarTensor
import Testing
import TestLibraries

/// Convolution and pooling as the engine computes them, with work fused around them, against their definitions.
@Suite struct ImageOperationTests {
    /// Some geometry at random in which at least one window fits.
    private static func window(_ dice: inout Dice, _ extents: (Int, Int)) -> (kernel: (Int, Int), ConvolutionWindow) {
        while true {
            let kernel = (1 + dice.below(4), 1 + dice.below(4))
            let window = ConvolutionWindow(
                stride: (1 + dice.below(3), 1 + dice.below(3)), padding: (dice.below(3), dice.below(3)),
                dilation: (1 + dice.below(2), 1 + dice.below(2)), groups: dice.pick([1, 1, 1, 2, 3]),
                isExact: dice.below(2) == 0)
            let reach = (window.dilation.0 * (kernel.0 - 1) + 1, window.dilation.1 * (kernel.1 - 1) + 1)
            if extents.0 + 2 * window.padding.0 >= reach.0, extents.1 + 2 * window.padding.1 >= reach.1 {
                return (kernel, window)
            }
        }
    }

    /// Images through a convolution with a bias and an activation after it and sums beside it, then its gradients.
    private static func recordConvolution(_ dice: inout Dice, _ dtype: DType) throws -> TapeCase {
        let tape = Tape()
        let extents = (1 + dice.below(9), 1 + dice.below(9))
        let (kernel, window) = window(&dice, extents)
        let (batch, channels, filters) = (
            1 + dice.below(4), window.groups * (1 + dice.below(5)), window.groups * (1 + dice.below(6))
        )
        func leaf(_ dimensions: [Int]) throws -> NodeID {
            let shape = try Shape(dimensions)
            return tape.leaf(try Tensor.from(dice.values(shape.count), shape: shape, dtype: dtype))
        }
        let images = try leaf([batch, extents.0, extents.1, channels])
        let weights = try leaf([kernel.0, kernel.1, channels / window.groups, filters])
        let bias = try leaf([filters])
        let source: NodeID
        switch dice.below(3) {
        case 0: source = images
        case 1: source = try tape.unary(.tanh, images)
        default:
            // Cheap enough to be worked out by the loaders of the convolutions that read it.
            let scaled = try tape.binary(.mul, images, leaf([channels]))
            source = try tape.unary(.relu, tape.binary(.add, scaled, leaf([channels])))
        }
        let plain = try tape.conv2d(source, weights, window)
        let active = try tape.unary(.relu, tape.binary(.add, plain, bias))
        let sums = try tape.reduce(.sum, plain, axes: 0b0111, keep: false)
        let squares = try tape.reduce(.sum, tape.unary(.square, plain), axes: 0b0111, keep: false)
        let incoming = try tape.binary(.mul, active, leaf(tape.shape(active).dimensions))
        let inputGradient = tape.append(
            Node(.convInput, dtype, tape.shape(source), incoming, weights, attribute: window.attribute))
        let weightGradient = tape.append(
            Node(.convWeight, dtype, tape.shape(weights), source, incoming, attribute: window.attribute))
        let updated = try tape.binary(
            .sub, weights, tape.binary(.mul, tape.number(0.1, dtype: dtype), weightGradient))
        return TapeCase(tape, [active, sums, squares, inputGradient, weightGradient, updated])
    }

    private static func recordPooling(_ dice: inout Dice, _ dtype: DType) throws -> TapeCase {
        let tape = Tape()
        let kernel = (1 + dice.below(4), 1 + dice.below(4))
        let window = PoolingWindow(
            kernel: kernel, stride: (1 + dice.below(3), 1 + dice.below(3)),
            padding: (dice.below(kernel.0 / 2 + 1), dice.below(kernel.1 / 2 + 1)), countsPadding: dice.below(2) == 0)
        let shape = try Shape([1 + dice.below(4), 4 + dice.below(7), 4 + dice.below(7), 1 + dice.below(20)])
        func leaf(_ shape: Shape) throws -> NodeID {
            tape.leaf(try Tensor.from(dice.values(shape.count), shape: shape, dtype: dtype))
        }
        let images = try leaf(shape)
        let largest = try tape.maxPool2d(images, window)
        let mean = try tape.averagePool2d(tape.unary(.square, images), window)
        let incoming = try leaf(tape.shape(mean))
        let chosen = tape.append(
            Node(.poolMax, dtype, tape.shape(mean), images, try leaf(shape), attribute: window.attribute))
        let back = tape.append(Node(.unpoolMax, dtype, shape, images, incoming, attribute: window.attribute))
        let spread = tape.append(Node(.unpoolMean, dtype, shape, incoming, attribute: window.attribute))
        return TapeCase(
            tape, [largest, mean, chosen, back, spread, try tape.binary(.mul, tape.unary(.relu, back), images)])
    }

    private static func compare(
        _ count: Int, _ dtype: DType, _ bound: Double, _ record: (inout Dice, DType) throws -> TapeCase
    ) throws {
        for seed in 0..<count {
            var dice = Dice(UInt64(seed))
            let test = try record(&dice, dtype)
            let expected = NaiveEvaluator(test.tape)
            for isEager in [false, true] {
                let got = try test.values(threads: 1 + seed % 2, eager: isEager)
                for (tensor, id) in zip(got, test.wanted) {
                    let error = PlannedAgainstNaiveTests.error(tensor.values, expected[id])
                    #expect(error < bound, "seed \(seed), %\(id.index), eager \(isEager): \(error)\n\(test)")
                }
            }
        }
    }

    @Test func convolutionsAreWhatTheirDefinitionSays() throws {
        try Self.compare(120, .float64, 1e-12, Self.recordConvolution)
        try Self.compare(60, .float32, 2e-5, Self.recordConvolution)
    }

    @Test func poolingIsWhatItsDefinitionSays() throws {
        try Self.compare(120, .float64, 1e-12, Self.recordPooling)
        try Self.compare(60, .float32, 2e-6, Self.recordPooling)
    }

    /// What a batch norm and an activation make of a convolution is not stored for the next one, nor for its gradient.
    @Test func whatFollowsCheaplyIsWorkedOutWhereItIsRead() throws {
        let bench = Workbench()
        let tape = bench.tape
        func leaf(_ dimensions: [Int]) throws -> NodeID {
            var dice = Dice(UInt64(dimensions.count))
            return try bench.leaf(dice.values(dimensions.reduce(1, *)), dimensions)
        }
        let (images, first, second) = try (leaf([2, 6, 6, 4]), leaf([3, 3, 4, 4]), leaf([3, 3, 4, 4]))
        let window = ConvolutionWindow(padding: (1, 1))
        let plain = try tape.conv2d(images, first, window)
        let active = try tape.unary(
            .relu, tape.binary(.add, tape.binary(.mul, plain, leaf([4])), leaf([4])))
        let loss = try bench.sum(tape.unary(.square, tape.conv2d(active, second, window)))
        let gradients = try tape.gradient(of: loss, withRespectTo: [first, second])
        let reports = try bench.session.explaining { for id in gradients.prefix(1) { _ = try bench.read(id) } }
        let written = reports.flatMap(\.launches).flatMap(\.writes).map(\.name)
        #expect(written.contains("conv2d"), "\(written)")
        // Neither the activation nor what it is made of.
        #expect(!written.contains("relu") && !written.contains("add"), "\(written)")
    }

    @Test func exactnessGoesWithTheSession() throws {
        let session = Session(threads: 1)
        session.isConvolutionExact = true
        session.beginStep()
        defer { session.endStep() }
        let images = session.tape.leaf(try .zeros(Shape([1, 4, 4, 1]), dtype: .float32))
        let weights = session.tape.leaf(try .zeros(Shape([3, 3, 1, 1]), dtype: .float32))
        let result = try session.tape.conv2d(images, weights, ConvolutionWindow())
        #expect(ConvolutionWindow(attribute: session.tape[result].attribute).isExact)
    }

    /// A convolution under another thread count gives the same bits.
    @Test func threadsChangeNoBit() throws {
        for seed in 0..<20 {
            var dice = Dice(UInt64(seed))
            let test = try Self.recordConvolution(&dice, .float32)
            let one = try test.values(threads: 1)
            for threads in 2...3 {
                for (left, right) in zip(one, try test.values(threads: threads)) {
                    #expect(left.values == right.values, "seed \(seed)")
                }
            }
        }
    }
}
