import NightjarEngine
import NightjarScripting

/// What a small tensor operation costs a script: `a + b` recorded alone, and operations recorded and run in blocks.
public struct BoundaryBench: Sendable {
    public var threads = 2
    public var repeats = 5
    /// Operations of a block: sums of two tensors, and at the end the sum over elements that is read.
    public static let blockLength = 20
    /// Operations of one measurement of blocks.
    public static let loopLength = 1_000_000

    public init() {}

    /// Seconds for one operation.
    public struct Result: Sendable {
        public let recorded: BenchTimes
        public let run: BenchTimes
    }

    /// - Throws: ``ScriptError`` when the benchmark's script fails.
    public func run() throws -> Result {
        let host = try ScriptHost(session: Session(threads: threads))
        let bodies = try host.load(BoundaryBench.script, chunkName: "=bench").call([
            .integer(BoundaryBench.blockLength)
        ]).compactMap(\.asFunction)
        guard bodies.count == 2 else { throw ScriptError("the benchmark's script gave nothing to measure") }
        let recorded = try BenchTimes.measure(repeats: repeats, target: 0.2) { count in
            _ = try bodies[0].call([.integer(count)])
        }
        let blocks = BoundaryBench.loopLength / BoundaryBench.blockLength
        let million = try BenchTimes.measure(repeats: repeats, target: 0.01) { count in
            _ = try bodies[1].call([.integer(count * blocks)])
        }
        return Result(recorded: recorded, run: million.divided(by: Double(BoundaryBench.loopLength)))
    }

    private static let script = """
        local length = ...
        local nj = require "nightjar"
        local a, b = nj.ones({ 8, 8 }):copy(), nj.ones({ 8, 8 }):copy()
        local function record(count)
          for _ = 1, count do
            local _ = a + b
          end
        end
        local function run(count)
          for _ = 1, count do
            local t = a
            for _ = 1, length - 1 do
              t = t + b
            end
            t:sum():item()
          end
        end
        return record, run
        """
}
