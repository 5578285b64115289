import NightjarEngine
import NightjarGraph
import NightjarTensor
import Testing
import TestLibraries

/// Values that are worked out where they are read.
@Suite struct RematerializationTests {
    /// relu(p - the sum of p over rows) for a product p: what follows a batch norm.
    private func activation(_ bench: Workbench, _ dice: inout Dice) throws -> NodeID {
        let tape = bench.tape
        let x = try bench.leaf(dice.values(60), [12, 5])
        let w = try bench.leaf(dice.values(20), [5, 4])
        let product = try tape.matmul(x, w)
        let sum = try tape.reduce(.sum, product, axes: 1, keep: true)
        return try tape.unary(.relu, tape.binary(.sub, product, sum))
    }

    @Test(arguments: [0, 1]) func aConcatenationWorksItsPartsOutWhileItMovesThem(axis: Int) throws {
        let bench = Workbench()
        var dice = Dice(3)
        let joined = try bench.tape.concatenate(
            [activation(bench, &dice), activation(bench, &dice)], axis: axis)
        let expected = NaiveEvaluator(bench.tape)[joined]
        var values: [Double] = []
        let reports = try bench.session.explaining { values = try bench.read(joined) }
        #expect(PlannedAgainstNaiveTests.error(values, expected) < 1e-12)
        // The products with their sums, and the two parts as they are moved: no sweep for the activations.
        #expect(reports.flatMap(\.launches).map(\.kind) == ["matmul", "matmul", "concat", "copy"])
    }

    @Test func anActivationThatIsWantedAsWellIsReadAndNotWorkedOutAgain() throws {
        let bench = Workbench()
        var dice = Dice(4)
        let part = try activation(bench, &dice)
        let joined = try bench.tape.concatenate([part, part], axis: 1)
        let expected = NaiveEvaluator(bench.tape)
        let results = try bench.session.evaluate([Value(bench.tape, joined), Value(bench.tape, part)])
        #expect(PlannedAgainstNaiveTests.error(results[0].values, expected[joined]) < 1e-12)
        #expect(PlannedAgainstNaiveTests.error(results[1].values, expected[part]) < 1e-12)
    }
}
