import NightjarEngine
import NightjarGraph
import NightjarTensor
import Testing

@Suite struct SessionTests {
    @Test func aValueOfAnOlderTapeBecomesALeaf() throws {
        let bench = Workbench()
        let old = Value(bench.tape, try bench.tape.unary(.neg, bench.leaf([1, 2], [2])))
        bench.session.beginStep()
        let node = try bench.session.node(old)
        #expect(bench.tape[node].op == .leaf)
        #expect(try bench.session.node(old) == node)
        #expect(try bench.read(bench.tape.unary(.square, node)) == [1, 4])
        bench.session.endStep()
        #expect(try bench.session.node(old) == old.id)
    }

    @Test func aValueOfAStepThatIsOverSaysSo() throws {
        let bench = Workbench()
        bench.session.beginStep()
        let read = Value(bench.tape, try bench.tape.unary(.neg, bench.leaf([1, 2], [2])))
        let unread = Value(bench.tape, try bench.tape.unary(.exp, bench.leaf([1, 2], [2])))
        _ = try bench.session.evaluate([read])
        bench.session.endStep()
        #expect(try bench.session.evaluate([read])[0].values == [-1, -2])
        #expect(
            refusal { try bench.session.evaluate([read, unread]) }
                == "this tensor was recorded in a training step that is over, and its value was not kept: "
                + "read it inside the step, for example with :item() or :copy()")
        #expect(
            refusal { try bench.session.node(unread) }
                == "this tensor was recorded in a training step that is over, and its value was not kept: "
                + "read it inside the step, for example with :item() or :copy()")
    }

    @Test func stepsNest() throws {
        let bench = Workbench()
        let top = bench.tape
        #expect(!bench.session.isInStep)
        bench.session.beginStep()
        let outer = bench.tape
        let value = Value(outer, try bench.tape.unary(.neg, bench.leaf([3], [1])))
        bench.session.beginStep()
        #expect(bench.session.isInStep)
        #expect(try bench.read(bench.tape.unary(.square, bench.session.node(value))) == [9])
        bench.session.endStep()
        #expect(bench.tape === outer)
        #expect(outer.closedReason == nil)
        #expect(try bench.read(bench.tape.unary(.square, value.id)) == [9])
        bench.session.endStep()
        #expect(bench.tape === top)
        bench.session.endStep()
        #expect(bench.tape === top)
    }

    @Test func aLongTapeIsReplacedAtTopLevelOnly() throws {
        let bench = Workbench()
        bench.session.beginStep()
        let step = bench.tape
        var x = try bench.leaf([1], [1])
        for _ in 0..<5000 { x = try bench.tape.unary(.neg, x) }
        try bench.session.settle()
        #expect(bench.tape === step)
        bench.session.endStep()
        let top = bench.tape
        x = try bench.leaf([1], [1])
        for _ in 0..<4200 { x = try bench.tape.unary(.neg, x) }
        let value = Value(top, x)
        try bench.session.settle()
        #expect(bench.tape !== top)
        #expect(try bench.session.evaluate([value])[0].values == [1])
    }

    @Test func eagerModeComputesTheNewestNode() throws {
        let bench = Workbench(eager: true)
        let x = try bench.leaf([1, 4], [2])
        let y = try bench.tape.unary(.sqrt, x)
        #expect(bench.tape.value(y) == nil)
        try bench.session.settle()
        #expect(bench.tape.value(y)?.values == [1, 2])
    }

    @Test func valuesOfSeveralTapesAndTheSameTwiceComeInOrder() throws {
        let bench = Workbench()
        let one = Value(bench.tape, try bench.tape.unary(.neg, bench.leaf([1], [1])))
        bench.session.beginStep()
        let two = Value(bench.tape, try bench.tape.unary(.neg, bench.leaf([2], [1])))
        let results = try bench.session.evaluate([two, one, two])
        #expect(results.map(\.values) == [[-2], [-1], [-2]])
        #expect(results[0] === results[2])
        bench.session.endStep()
        #expect(try bench.session.evaluate([]).isEmpty)
    }

    @Test func moreNumbersThanAPlanTakesIsAnErrorThatSaysWhatToDo() throws {
        let bench = Workbench()
        bench.session.beginStep()
        var x = try bench.leaf([0, 0], [2])
        for count in 0..<66_000 {
            x = try bench.tape.binary(.add, x, bench.tape.number(Double(count) + 3, dtype: .float64))
        }
        #expect(
            refusal { try bench.read(x) }
                == "this is too much to compute at once: it has 66000 numbers or tensors, and a plan takes 65534; "
                + "read a value on the way, for example with :item()")
    }
}
