import ArgumentParser
import Foundation
import NightjarProcess
import NightjarRuns

/// `nightjar stop`: cancels cells that wait or run on a cluster.
struct StopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Cancels the cells of an experiment that wait or run on a cluster.",
        discussion: """
            A cell that runs finishes its step and writes what it has; nightjar run goes on with it.

              nightjar stop memorization
            """)

    @Argument(help: "The name of an experiment.")
    var experiment: String

    @Option(help: "Where its runs lie.", completion: .directory)
    var runsDir = "runs"

    func run() throws {
        StopSignal.install(atOnce: true)
        try Console.reporting {
            let folder = ExperimentFolder(experiment, in: URL(fileURLWithPath: runsDir, isDirectory: true))
            guard FileManager.default.fileExists(atPath: folder.url.path) else {
                throw RunError(
                    "there is no experiment '\(experiment)' in \(runsDir): nightjar runs list shows what there is")
            }
            let slurm = Slurm()
            var cancelled = 0
            for batch in CellBatch.going(in: folder) {
                guard let job = batch.job else { continue }
                let left = try slurm.elements(of: job)?.values.count { !$0.isOver } ?? 0
                if left > 0 {
                    try slurm.cancel(job)
                    Console.output("cancelled: job \(job) of Slurm, \(left) \(left == 1 ? "cell" : "cells")")
                    cancelled += left
                }
            }
            if cancelled == 0 { Console.output("nothing of experiment '\(experiment)' waits or runs on a cluster") }
        }
    }
}
