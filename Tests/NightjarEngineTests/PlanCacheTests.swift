import NightjarEngine
import NightjarGraph
import NightjarTensor
import Testing

@Suite struct PlanCacheTests {
    /// One step that reads f(x) on a tape of its own.
    private func step(_ bench: Workbench, _ body: (Tape) throws -> NodeID) throws {
        bench.session.beginStep()
        defer { bench.session.endStep() }
        _ = try bench.read(body(bench.tape))
    }

    private func leaf(_ tape: Tape, _ dimensions: [Int], _ dtype: DType = .float64) throws -> NodeID {
        tape.leaf(try .zeros(Shape(dimensions), dtype: dtype))
    }

    @Test func numbersThatChangeMakeNoNewPlan() throws {
        let bench = Workbench()
        for rate in [0.1, 0.2, 7, -3, .pi] {
            try step(bench) { try $0.binary(.mul, leaf($0, [3]), $0.number(rate, dtype: .float64)) }
        }
        #expect(bench.session.cache.misses == 1)
        #expect(bench.session.cache.hits == 4)
        for (count, special) in [0, 1, -1, 2, 0.5].enumerated() {
            try step(bench) { try $0.binary(.mul, leaf($0, [3]), $0.number(special, dtype: .float64)) }
            #expect(bench.session.cache.misses == 2 + count)
        }
    }

    @Test func seedsThatChangeMakeNoNewPlan() throws {
        let bench = Workbench()
        for key in 0..<5 {
            try step(bench) { try $0.random(.normal, Shape([3]), dtype: .float32, key: UInt64(key)) }
        }
        #expect(bench.session.cache.misses == 1)
    }

    @Test func whereItWasRecordedMakesNoNewPlan() throws {
        let bench = Workbench()
        for line in 1...5 {
            try step(bench) { tape in
                tape.place = bench.session.provenance.intern(.init(source: "a.lua", line: line))
                // Rows that nobody asks for, and their numbers, are no part of it either.
                for extra in 0..<line { _ = try tape.unary(.exp, tape.number(Double(extra) + 0.3)) }
                return try tape.binary(.add, leaf(tape, [3]), tape.number(0.3, dtype: .float64))
            }
        }
        #expect(bench.session.cache.misses == 1)
    }

    @Test func structureShapeTypeAliasingAndModeMakeANewPlan() throws {
        let bench = Workbench()
        let variants: [(Tape) throws -> NodeID] = [
            { try $0.binary(.add, leaf($0, [3]), leaf($0, [3])) },
            { try $0.binary(.sub, leaf($0, [3]), leaf($0, [3])) },
            { try $0.binary(.add, leaf($0, [4]), leaf($0, [4])) },
            { try $0.binary(.add, leaf($0, [1, 3]), leaf($0, [3])) },
            { try $0.binary(.add, leaf($0, [3], .float32), leaf($0, [3], .float32)) },
            { tape in
                let x = try leaf(tape, [3])
                return try tape.binary(.add, x, x)
            },
            { try $0.reduce(.sum, leaf($0, [2, 2]), axes: 1, keep: false) },
            { try $0.reduce(.sum, leaf($0, [2, 2]), axes: 2, keep: false) },
            { try $0.slice(leaf($0, [4]), starts: [0], counts: [2], steps: [1]) },
            { try $0.slice(leaf($0, [4]), starts: [0], counts: [2], steps: [2]) },
            { try $0.slice(leaf($0, [4]), starts: [1], counts: [2], steps: [1]) },
        ]
        for (count, variant) in variants.enumerated() {
            try step(bench, variant)
            #expect(bench.session.cache.misses == count + 1)
        }
        for variant in variants { try step(bench, variant) }
        #expect(bench.session.cache.misses == variants.count)
        bench.session.isEager = true
        try step(bench, variants[0])
        #expect(bench.session.cache.misses == variants.count + 1)
    }

    @Test func aliasedEffectsHaveAPlanOfTheirOwn() throws {
        let bench = Workbench()
        let w = try Workbench.tensor([1, 2, 3], [3])
        for other in [try Workbench.tensor([4, 5, 6], [3]), try w.reshaped(Shape([3]))] {
            bench.session.beginStep()
            let (a, b) = (bench.tape.leaf(w), bench.tape.leaf(other))
            let sum = try bench.tape.binary(.add, a, b)
            let expected = NaiveEvaluator(bench.tape)[sum]
            _ = try bench.session.commit(outputs: [], effects: [.init(w, sum)])
            #expect(w.values == expected)
            bench.session.endStep()
        }
        #expect(bench.session.cache.misses == 2)
    }

    @Test func theLeastRecentlyUsedPlanGoesFirst() throws {
        let bench = Workbench(cacheCapacity: 3)
        func use(_ size: Int) throws -> Int {
            let before = bench.session.cache.misses
            try step(bench) { try $0.unary(.exp, leaf($0, [size])) }
            return bench.session.cache.misses - before
        }
        #expect(try [2, 3, 4].map(use) == [1, 1, 1])
        #expect(try use(2) == 0)
        #expect(try use(5) == 1)
        #expect(bench.session.cache.count == 3)
        #expect(try [2, 4, 5].map(use) == [0, 0, 0])
        #expect(try use(3) == 1)
        #expect(bench.session.cache.count == 3)
        #expect(bench.session.cache.capacity == 3)
    }

    @Test func aPlanThatCannotBeMadeIsNotKept() throws {
        let bench = Workbench()
        func broken() throws -> [Double] {
            bench.session.beginStep()
            defer { bench.session.endStep() }
            let huge = try bench.tape.expand(leaf(bench.tape, []), Shape([1 << 20, 1 << 20]))
            return try bench.read(bench.tape.unary(.exp, huge))
        }
        #expect(refusal { try broken() }.hasPrefix("out of memory: no room for 8796093022208 bytes"))
        try step(bench) { try $0.unary(.exp, leaf($0, [2])) }
    }
}
