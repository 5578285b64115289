import Foundation
import NightjarEngine
import NightjarGraph
import NightjarTensor
import Testing

/// What is kept between reads, and that work stays in proportion to what is new. A request that grew with every read
/// would need a new plan each time, so the cache's misses show it.
@Suite struct RequestTests {
    private func block(_ bench: Workbench, _ x: NodeID, _ number: Double) throws -> NodeID {
        var y = x
        for step in 0..<10 {
            y = try bench.tape.binary(.mul, y, bench.tape.number(number + Double(step) * 0.01, dtype: .float64))
            y = try bench.tape.unary(.sin, y)
        }
        return y
    }

    @Test(arguments: [[4], [], [1]]) func aLongChainWithReadsOnTheWayIsPlannedAFewTimes(_ dimensions: [Int]) throws {
        let bench = Workbench()
        bench.session.beginStep()
        var x = try bench.leaf([Double](repeating: 0.7, count: dimensions.reduce(1, *)), dimensions)
        for count in 0..<1000 {
            x = try block(bench, x, 1.1 + Double(count % 7) * 0.1)
            // What is read is not the chain itself.
            _ = try bench.read(bench.tape.unary(.exp, x))
        }
        #expect(bench.session.cache.misses < 8, "\(bench.session.cache.misses) plans")
    }

    @Test func descentWithAReadAtEachIterationIsPlannedAFewTimes() throws {
        let bench = Workbench()
        var x = try bench.leaf([0.9, -1.3, 0.4], [3])
        var losses: [Double] = []
        for _ in 0..<200 {
            x = try bench.tape.unary(.variable, x)
            let loss = try bench.sum(bench.tape.unary(.square, bench.tape.unary(.sin, x)))
            let gradient = try bench.tape.gradient(of: loss, withRespectTo: [x])[0]
            losses.append(try bench.read(loss)[0])
            x = try bench.tape.binary(
                .sub, x, bench.tape.binary(.mul, gradient, bench.tape.number(0.1, dtype: .float64)))
        }
        #expect(bench.session.cache.misses < 10, "\(bench.session.cache.misses) plans")
        #expect(zip(losses, losses.dropFirst()).allSatisfy { $0 > $1 })
        #expect(losses[199] < 1e-6)
    }

    @Test func productsAreComputedOnceAndStay() throws {
        let bench = Workbench()
        let x = try bench.leaf([1, 2, 3, 4], [2, 2])
        let product = try bench.tape.matmul(x, x)
        _ = try bench.read(bench.tape.unary(.neg, product))
        #expect(bench.tape.value(product)?.values == [7, 10, 15, 22])
    }

    @Test func aReadOnTheWayDoesNotCutTheGradient() throws {
        for reads in 0..<16 {
            let bench = Workbench()
            let x = try bench.leaf([0.3, -0.8], [2])
            let one = try bench.tape.unary(.exp, x)
            let two = try bench.tape.binary(.mul, one, x)
            let loss = try bench.sum(bench.tape.unary(.sin, two))
            for (bit, node) in [one, two, loss].enumerated() where reads >> bit & 1 == 1 { _ = try bench.read(node) }
            let gradient = try bench.tape.gradient(of: loss, withRespectTo: [x])[0]
            if reads & 8 != 0 { _ = try bench.read(bench.tape.binary(.add, gradient, x)) }
            let twice = try bench.tape.gradient(of: bench.sum(gradient), withRespectTo: [x])[0]
            let (first, second) = (try bench.read(gradient), try bench.read(twice))
            for (index, v) in [0.3, -0.8].enumerated() {
                // f = sin(v e^v), f' = cos(v e^v) (1 + v) e^v
                let inner = v * Foundation.exp(v)
                let slope = (1 + v) * Foundation.exp(v)
                #expect(abs(first[index] - cos(inner) * slope) < 1e-14)
                #expect(
                    abs(second[index] - (cos(inner) * (2 + v) * Foundation.exp(v) - sin(inner) * slope * slope)) < 1e-13
                )
            }
        }
    }

    @Test func aGradientWithRespectToAReadNodeTakesItAsAnInput() throws {
        let bench = Workbench()
        let x = try bench.leaf([2], [1])
        let middle = try bench.tape.unary(.square, x)
        _ = try bench.read(middle)
        let loss = try bench.sum(bench.tape.unary(.square, middle))
        let gradients = try bench.tape.gradient(of: loss, withRespectTo: [middle, x, loss])
        #expect(try gradients.map { try bench.read($0) } == [[8], [32], [1]])
    }

    @Test func effectsOfKeptValuesAreWritten() throws {
        let bench = Workbench()
        bench.session.beginStep()
        let state = try Workbench.tensor([1, 2], [2])
        let next = try bench.tape.unary(.neg, bench.tape.leaf(state))
        _ = try bench.read(next)
        _ = try bench.session.commit(outputs: [next], effects: [.init(state, next)])
        #expect(state.values == [-1, -2])
    }
}
