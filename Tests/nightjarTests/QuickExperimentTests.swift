import Foundation
import Testing

/// The experiments that come with Nightjar, in their quick forms: they run, end well, and say what they are about.
@Suite(.serialized) struct QuickExperimentTests {
    @Test(arguments: [
        ("memorization", "j2"), ("random_labels", "test_accuracy"), ("asymmetric", "learnt"),
        ("early_learning", "aulc"), ("when", "memorized"), ("theorem", "z_fresh"), ("label_errors", "auroc_margin"),
        ("paper", "square"), ("gradient_matched", "slope_ratio"), ("human_noise", "realised"),
        ("instance", "realised"), ("baselines", "stopped_j2"), ("feldman_zhang", "memorized_wrong"),
    ])
    func theQuickFormEndsWell(_ name: String, _ column: String) throws {
        let place = try Workplace()
        let script = Workplace.package.appendingPathComponent("lua/experiments/\(name).lua").path
        let ending = try place.run(["run", script, "--quick", "--quiet"])
        #expect(ending.status == 0, "\(ending.errors)")
        let summary = try place.read("runs/\(name)/summary.csv").split(separator: "\n")
        #expect(summary.count > 2)
        #expect(summary.first?.split(separator: ",").contains(Substring(column)) == true)
    }

    @Test func whatModelsKeptSaysWhichSamplesAreMemorized() throws {
        let place = try Workplace()
        let script = Workplace.package.appendingPathComponent("lua/experiments/feldman_zhang.lua").path
        let ending = try place.run(["run", script, "--quick", "--set", "loss=cce", "--quiet"])
        #expect(ending.status == 0, "\(ending.errors)")
        let files = (1...12).map { "feldman_zhang/cce-0.5/\($0).npz" }
        let answer = try place.run(["influence", "--least", "2"] + files)
        #expect(answer.status == 0, "\(answer.errors)")
        #expect(answer.output.hasPrefix("12 models, 1437 samples, "))
        #expect(answer.output.contains("\nwrong labels found by memorization: AUROC 0."))
    }

    @Test func whatIsSetBesidesGoesOnTop() throws {
        let place = try Workplace()
        let script = Workplace.package.appendingPathComponent("lua/experiments/memorization.lua").path
        let ending = try place.run([
            "run", script, "--quick", "--epochs", "1", "--set", "loss=cce", "--set", "rate=0.2", "--quiet",
        ])
        #expect(ending.status == 0, "\(ending.errors)")
        #expect(try place.read("runs/memorization/summary.csv").split(separator: "\n").count == 2)
    }
}
