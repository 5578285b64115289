import ArgumentParser

/// `nightjar bench`: numbers about speed that anyone can measure again.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measures training steps, losses and the cost of small operations.",
        discussion: "Compare ratios measured in turn with a peer, never times from another day.",
        subcommands: [
            BenchStepCommand.self, BenchEvaluationCommand.self, BenchLayersCommand.self, BenchProductsCommand.self,
            BenchScalingCommand.self,
            BenchCheckCommand.self, BenchLossCommand.self,
            BenchOptimizerCommand.self, BenchBoundaryCommand.self,
            BenchLuaShareCommand.self, BenchPairCommand.self, BenchAllCommand.self,
        ])
}

/// Refuses numbers below 1.
func positive(_ options: [(name: String, value: Int)]) throws {
    for (name, value) in options where value < 1 {
        throw ValidationError("\(name) must be at least 1, got \(value)")
    }
}
