import NightjarEngine
import NightjarGraph
import NightjarTensor
import Testing
import TestLibraries

/// Regions that a convolution computes while it loads its images.
@Suite struct RiderTests {
    private struct Net {
        let bench: Workbench
        let images, first, second, bias: Tensor
        let window = ConvolutionWindow(padding: (1, 1))

        init(_ bench: Workbench) throws {
            var dice = Dice(11)
            func tensor(_ dimensions: [Int]) throws -> Tensor {
                try Workbench.tensor(
                    dice.values(dimensions.reduce(1, *)).map { 0.3 * $0 }, dimensions, .float32)
            }
            self.bench = bench
            images = try tensor([8, 9, 9, 12])
            first = try tensor([3, 3, 12, 12])
            second = try tensor([3, 3, 12, 12])
            bias = try tensor([12])
        }

        var tape: Tape { bench.tape }

        /// The convolution, less the mean of each channel: what a batch norm needs before it can be applied.
        func centered(_ x: NodeID, _ weights: NodeID, bias: NodeID? = nil) throws -> NodeID {
            var y = try tape.conv2d(x, weights, window)
            if let bias { y = try tape.binary(.add, y, bias) }
            let mean = try tape.binary(
                .mul, tape.reduce(.sum, y, axes: 0b111, keep: true), tape.number(1.0 / (8 * 81)))
            return try tape.binary(.sub, y, mean)
        }

        /// A residual block's sum, which the next convolution reads and something later as well.
        func block(_ x: NodeID) throws -> NodeID {
            try tape.unary(.relu, tape.binary(.add, centered(x, tape.leaf(first)), x))
        }
    }

    /// The operations of each launch that works on whole images, by name.
    private static func launches(_ bench: Workbench, _ body: () throws -> Void) throws -> [[String]] {
        try bench.session.explaining(body).flatMap(\.launches).filter { $0.domain.rank == 4 && $0.domain.count > 12 }
            .map { $0.operations.map(\.name) }
    }

    @Test func theSumOfAResidualBlockIsWrittenWhileTheNextConvolutionLoadsIt() throws {
        let net = try Net(Workbench())
        let sum = try net.block(net.tape.leaf(net.images))
        let next = try net.centered(sum, net.tape.leaf(net.second))
        let result = try net.tape.binary(.mul, next, sum)
        let expected = NaiveEvaluator(net.tape)[result]
        var values: [Double] = []
        let launches = try Self.launches(net.bench) { values = try net.bench.read(result) }
        #expect(PlannedAgainstNaiveTests.error(values, expected) < 5e-5)
        // The last sweep is the product with the sum, which lies in memory.
        #expect(launches == [["conv2d", "sum"], ["sub", "add", "relu", "conv2d", "sum"], ["sub", "mul"]])
    }

    @Test func aConvolutionWhoseProgramReadsTheSumAsWellLeavesItToASweep() throws {
        let net = try Net(Workbench())
        let sum = try net.block(net.tape.leaf(net.images))
        let result = try net.tape.binary(.add, net.tape.conv2d(sum, net.tape.leaf(net.second), net.window), sum)
        let expected = NaiveEvaluator(net.tape)
        var values: [[Double]] = []
        let launches = try Self.launches(net.bench) {
            values = try net.bench.session.evaluate([Value(net.tape, result), Value(net.tape, sum)]).map(\.values)
        }
        #expect(PlannedAgainstNaiveTests.error(values[0], expected[result]) < 5e-5)
        #expect(PlannedAgainstNaiveTests.error(values[1], expected[sum]) < 5e-5)
        #expect(launches == [["conv2d", "sum"], ["sub", "add", "relu"], ["conv2d", "add"]])
    }

    /// The gradient for a bias before a batch norm is a sum of what both gradients of the convolution are made from.
    private static func descend(_ bench: Workbench) throws -> (gradients: [[Double]], launches: [[String]]) {
        let net = try Net(bench)
        let tape = bench.tape
        let leaves = [net.images, net.second, net.bias].map { tape.leaf($0) }
        let y = try net.centered(leaves[0], leaves[1], bias: leaves[2])
        // With the bias once more, so that its gradient is not zero.
        let loss = try bench.sum(tape.binary(.mul, tape.unary(.square, y), tape.binary(.add, y, leaves[2])))
        let gradients = try tape.gradient(of: loss, withRespectTo: leaves)
        var values: [[Double]] = []
        let launches = try Self.launches(bench) {
            values = try bench.session.evaluate(gradients.map { Value(tape, $0) }).map(\.values)
        }
        return (values, launches)
    }

    @Test func aBiasTakesItsGradientFromWhatTheConvolutionLoads() throws {
        let eager = try Self.descend(Workbench(threads: 1, eager: true))
        let planned = try (1...3).map { try Self.descend(Workbench(threads: $0)) }
        for (left, right) in zip(planned[0].gradients, eager.gradients) {
            #expect(PlannedAgainstNaiveTests.error(left, right) < 5e-5)
        }
        #expect(planned[0].gradients == planned[1].gradients && planned[0].gradients == planned[2].gradients)
        let withInput = try #require(planned[0].launches.first { $0.contains("conv2d_input") })
        #expect(withInput.contains("sum"), "\(planned[0].launches)")
    }

    /// An image so large that it is cut into bands would be loaded twice in places.
    @Test func bandsOfALargeImageTakeNoRider() throws {
        let bench = Workbench()
        var dice = Dice(5)
        let window = ConvolutionWindow(padding: (1, 1))
        let x = try bench.leaf(dice.values(2 * 90 * 90 * 8), [2, 90, 90, 8], .float32)
        let w = try bench.leaf(dice.values(9 * 64).map { 0.1 * $0 }, [3, 3, 8, 8], .float32)
        let y = try bench.tape.conv2d(x, w, window)
        let top = try bench.tape.reduce(.max, y, axes: 0b111, keep: true)
        let sum = try bench.tape.binary(.sub, y, top)
        let sums = try bench.tape.reduce(.sum, sum, axes: 0b111, keep: true)
        let result = try bench.tape.binary(.add, bench.tape.conv2d(sum, w, window), sums)
        let expected = NaiveEvaluator(bench.tape)[result]
        var values: [Double] = []
        let launches = try Self.launches(bench) { values = try bench.read(result) }
        #expect(PlannedAgainstNaiveTests.error(values, expected) < 1e-4)
        #expect(launches == [["conv2d", "max"], ["sub", "sum"], ["conv2d", "add"]])
    }
}
