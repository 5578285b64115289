import NightjarEngine
import NightjarGraph
import NightjarTensor
import Testing

/// Where a profile says that time and memory went. How much there was of it is no matter of these tests.
@Suite struct ProfilerTests {
    private func line(_ bench: Workbench, _ number: Int) {
        bench.tape.place = bench.session.provenance.intern(.init(source: "loss.lua", line: number))
    }

    /// `exp` on one line, a sum of it on another.
    private func record(_ bench: Workbench, lines: (Int, Int), _ leaf: NodeID) throws -> NodeID {
        line(bench, lines.0)
        let exponential = try bench.tape.unary(.exp, leaf)
        line(bench, lines.1)
        return try bench.sum(exponential)
    }

    private func names(_ profile: Profile) -> Set<String> {
        Set(profile.entries.map { "\($0.place?.description ?? "-") \($0.phase.rawValue)" })
    }

    @Test func accountsAndLaunchesAddUpToTheWhole() throws {
        let bench = Workbench()
        let profiler = bench.session.beginProfile()
        let outer = profiler.enter(.script("loss 'mine'"))
        _ = try bench.read(record(bench, lines: (3, 4), bench.leaf([1, 2, 3], [3])))
        profiler.leave(outer)
        let profile = profiler.profile()
        let parts = profile.entries.map(\.seconds) + profile.accounts.values.map(\.seconds)
        #expect(abs(parts.reduce(0, +) - profile.seconds) < 1e-9)
        #expect(profile.accounts[.script("loss 'mine'")]?.calls == 1)
        #expect(profile.accounts[.engine]?.calls == 1)
        #expect(profile.accounts[.planning]?.calls == 1)
        #expect(profile.luaSeconds == profile.accounts[.script("loss 'mine'")]?.seconds)
    }

    @Test func aPlanThatIsFoundIsNotPlannedAgainAndCountsForTheLinesThatRunNow() throws {
        let bench = Workbench()
        let profiler = bench.session.beginProfile()
        for lines in [(3, 4), (3, 4), (7, 8)] {
            bench.session.beginStep()
            _ = try bench.read(record(bench, lines: lines, bench.leaf([1, 2, 3], [3])))
            bench.session.endStep()
        }
        let profile = profiler.profile()
        #expect(profile.accounts[.planning]?.calls == 1)
        #expect(profile.accounts[.engine]?.calls == 3)
        #expect(
            names(profile) == ["loss.lua:3 other", "loss.lua:4 other", "loss.lua:7 other", "loss.lua:8 other"])
        for entry in profile.entries { #expect(entry.launches == ((entry.place?.line ?? 0) < 5 ? 2 : 1)) }
    }

    @Test func theTimeOfALaunchIsSharedAmongItsLinesAndSaysSo() throws {
        let bench = Workbench()
        let profiler = bench.session.beginProfile()
        _ = try bench.read(record(bench, lines: (3, 4), bench.leaf([Double](repeating: 1, count: 4096), [4096])))
        let fused = profiler.profile().entries
        #expect(fused.count == 2)
        for entry in fused { #expect(entry.sharedSeconds == entry.seconds) }
        // An exponential is more work than an addition.
        #expect(fused.first?.place?.line == 3)

        let eager = Workbench(eager: true)
        let other = eager.session.beginProfile()
        let leaf = try eager.leaf([1, 2, 3], [3])
        line(eager, 3)
        let exponential = try eager.tape.unary(.exp, leaf)
        _ = try eager.read(exponential)
        line(eager, 4)
        _ = try eager.read(eager.sum(exponential))
        let alone = other.profile().entries
        #expect(Set(alone.map { $0.place?.line ?? 0 }) == [3, 4])
        for entry in alone { #expect(entry.sharedSeconds == 0) }
    }

    @Test func gradientsCountAsBackwardForTheLineTheyBelongTo() throws {
        let bench = Workbench()
        let profiler = bench.session.beginProfile()
        let leaf = try bench.leaf([1, 2, 3], [3])
        let first = bench.tape.count
        line(bench, 2)
        let loss = try record(bench, lines: (3, 4), bench.tape.unary(.square, leaf))
        profiler.note(bench.tape, rows: first..<bench.tape.count, as: .loss)
        line(bench, 9)
        let gradient = try bench.tape.gradient(of: loss, withRespectTo: [leaf])[0]
        _ = try bench.session.evaluate([Value(bench.tape, loss), Value(bench.tape, gradient)])
        let found = names(profiler.profile())
        #expect(found.isSuperset(of: ["loss.lua:2 loss", "loss.lua:2 backward", "loss.lua:3 loss", "loss.lua:4 loss"]))
        #expect(!found.contains("loss.lua:9 backward"), "the line that asks for gradients does not compute them")
    }

    @Test func whatAnEvaluationPassRunsCountsAsEvaluation() throws {
        let bench = Workbench()
        let profiler = bench.session.beginProfile()
        let outer = profiler.enter(.evaluation)
        _ = try bench.read(record(bench, lines: (3, 4), bench.leaf([1, 2, 3], [3])))
        profiler.leave(outer)
        bench.session.beginStep()
        _ = try bench.read(record(bench, lines: (3, 4), bench.leaf([1, 2, 3], [3])))
        bench.session.endStep()
        #expect(
            names(profiler.profile()) == [
                "loss.lua:3 evaluation", "loss.lua:4 evaluation", "loss.lua:3 other", "loss.lua:4 other",
            ])
    }

    @Test func memoryIsThatOfTheValuesWrittenOut() throws {
        let bench = Workbench()
        let profiler = bench.session.beginProfile()
        let leaf = try bench.leaf([Double](repeating: 1, count: 1000), [1000])
        line(bench, 3)
        let exponential = try bench.tape.unary(.exp, leaf)
        line(bench, 4)
        let total = try bench.sum(exponential)
        _ = try bench.session.evaluate([Value(bench.tape, exponential), Value(bench.tape, total)])
        let profile = profiler.profile()
        let bytes = Dictionary(uniqueKeysWithValues: profile.entries.map { ($0.place?.line ?? 0, $0.bytes) })
        #expect(bytes == [3: 8000, 4: 8])
        #expect(profile.tensorBytes >= 16_000, "the leaf and the result")
    }

    @Test func manyPlansBecomeSumsAndLoseNothing() throws {
        let bench = Workbench()
        let profiler = bench.session.beginProfile()
        for count in 2...601 {
            bench.session.beginStep()
            _ = try bench.read(record(bench, lines: (3, 4), bench.leaf([Double](repeating: 1, count: count), [count])))
            bench.session.endStep()
        }
        let entries = profiler.profile().entries
        #expect(entries.map(\.launches) == [600, 600])
    }

    @Test func withoutAProfilerNothingIsKept() throws {
        let bench = Workbench()
        bench.session.beginProfile()
        bench.session.endProfile()
        #expect(bench.session.profiler == nil)
        #expect(try bench.read(record(bench, lines: (3, 4), bench.leaf([0, 0], [2]))) == [2])
    }
}
