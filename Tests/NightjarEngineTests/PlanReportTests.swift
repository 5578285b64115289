import NightjarEngine
import NightjarGraph
import NightjarTensor
import Testing

/// What a plan says about itself.
@Suite struct PlanReportTests {
    /// Sums of the rows of 2 x + y, and what computing them was reported as.
    private func reports(_ session: Session) throws -> [PlanReport] {
        let x = try Tensor([Float](repeating: 1.5, count: 12)).reshaped(Shape([3, 4]))
        let y = try Tensor([Float](repeating: 0.5, count: 12)).reshaped(Shape([3, 4]))
        return try session.explaining {
            let tape = session.tape
            tape.place = session.provenance.intern(.init(source: "script.lua", line: 7))
            let double = try tape.binary(.mul, tape.leaf(x), tape.number(2, dtype: .float32))
            let sum = try tape.reduce(.sum, tape.binary(.add, double, tape.leaf(y)), axes: 2, keep: false)
            let values = try session.evaluate([Value(tape, sum)])[0].values
            #expect(values == [14, 14, 14])
        }
    }

    @Test func oneSweepReadsItsInputsAndWritesItsResult() throws {
        let reports = try reports(Session(threads: 1))
        #expect(reports.count == 1)
        let launch = try #require(reports.first?.launches.first)
        #expect(reports[0].launches.count == 1)
        #expect(launch.kind == "region")
        #expect(launch.domain.dimensions == [3, 4])
        #expect(launch.operations.map(\.name) == ["mul", "add", "sum"])
        #expect(launch.operations.allSatisfy { $0.place?.description == "script.lua:7" && !$0.isOfGradient })
        #expect(launch.reads.map(\.bytes) == [48, 48])
        #expect(launch.writes.map(\.bytes) == [12])
        #expect(reports[0].totals == .init(launches: 1, bytesRead: 96, bytesWritten: 12))
    }

    @Test func onItsOwnEveryOperationIsALaunch() throws {
        let report = try #require(try reports(Session(threads: 1)).first)
        // mul: 48 in, 48 out; add: 96 in, 48 out; sum: 48 in, 12 out.
        #expect(report.unfused == .init(launches: 3, bytesRead: 192, bytesWritten: 108))
        let eager = Session(threads: 1)
        eager.isEager = true
        let alone = try #require(try reports(eager).first)
        #expect(alone.totals == report.unfused)
    }

    @Test func rowsOfAGradientAreToldFromWhatWasRecorded() throws {
        let session = Session(threads: 1)
        let x = try Tensor([1, 2, 3] as [Float])
        let reports = try session.explaining {
            let tape = session.tape
            let leaf = tape.leaf(x)
            tape.place = session.provenance.intern(.init(source: "script.lua", line: 3))
            let value = try tape.reduce(.sum, tape.unary(.exp, leaf), axes: 1, keep: false)
            let gradient = try tape.gradient(of: value, withRespectTo: [leaf])[0]
            tape.place = session.provenance.intern(.init(source: "script.lua", line: 9))
            let result = try tape.binary(.mul, gradient, gradient)
            _ = try session.evaluate([Value(tape, value), Value(tape, result)])
        }
        let operations = try #require(reports.first).launches.flatMap(\.operations)
        #expect(operations.filter { !$0.isOfGradient }.map(\.name).sorted() == ["exp", "square", "sum"])
        #expect(operations.filter { $0.name == "square" }.map { $0.place?.line } == [9])
    }

    @Test func statesThatAreReplacedAreWritten() throws {
        let session = Session(threads: 1)
        let state = try Tensor([1, 2, 3] as [Float])
        let reports = try session.explaining {
            session.beginStep()
            defer { session.endStep() }
            let tape = session.tape
            let new = try tape.binary(.add, tape.leaf(state), tape.number(1, dtype: .float32))
            _ = try session.commit(outputs: [], effects: [.init(state, new)])
        }
        #expect(state.values == [2, 3, 4])
        let launches = try #require(reports.first).launches
        #expect(launches.flatMap(\.writes).map(\.name) == ["state"])
        #expect(launches.flatMap(\.writes).map(\.bytes) == [12])
    }

    /// Multiplications and additions counted by hand, taps in the padding included; and the bytes a plan needs.
    @Test func workAndMemoryAreKnownBeforehand() throws {
        let session = Session(threads: 1)
        let x = try Tensor.full(Shape([2, 5, 5, 3]), 1, dtype: .float32)
        let w = try Tensor.full(Shape([3, 3, 3, 4]), 1, dtype: .float32)
        let m = try Tensor.full(Shape([4, 7]), 1, dtype: .float32)
        let reports = try session.explaining {
            session.beginStep()
            defer { session.endStep() }
            let tape = session.tape
            let (images, weights) = (tape.leaf(x), tape.leaf(w))
            let y = try tape.conv2d(images, weights, ConvolutionWindow(stride: (2, 2), padding: (1, 1)))
            let means = try tape.mean(y, axes: 0b0110, keep: false)
            let loss = try tape.reduce(.sum, tape.matmul(means, tape.leaf(m)), axes: 0b11, keep: false)
            let square = try tape.unary(.square, loss)
            let gradients = try tape.gradient(of: square, withRespectTo: [images, weights])
            _ = try session.commit(outputs: [square] + gradients, effects: [])
        }
        let report = try #require(reports.first)
        // Outputs 2 x 3 x 3 x 4, each of 27 products: forward and two gradients. The matrix is not differentiated:
        // its product and the gradient for what it multiplies.
        let convolutions: Double = 3 * 2 * 72 * 27
        let products: Double = 2 * 2 * 2 * 7 * 4
        #expect(report.flops == convolutions + products)
        let memory = report.memory
        #expect(memory.inputs == x.byteCount + w.byteCount + m.byteCount)
        #expect(memory.results == 4 + x.byteCount + w.byteCount)
        #expect(memory.peak(threads: 3) - memory.peak(threads: 1) == 2 * memory.scratch)
    }

    @Test func nothingIsReportedOutside() throws {
        let session = Session(threads: 1)
        let before = try session.explaining {}
        #expect(before.isEmpty)
        _ = try session.evaluate([Value(session.tape, session.tape.leaf(try Tensor([1] as [Float])))])
    }
}
