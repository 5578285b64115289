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

    @Test func theIdentityOfTheTheoremHoldsForSymmetricLossesAlone() throws {
        let place = try Workplace()
        let script = Workplace.package.appendingPathComponent("lua/experiments/theorem.lua").path
        let ending = try place.run(["run", script, "--quick", "--set", "rate=0.4", "--quiet"])
        #expect(ending.status == 0, "\(ending.errors)")
        let rows = try place.read("runs/theorem/summary.csv").split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let header = try #require(rows.first)
        func number(_ loss: String, _ column: String) throws -> Double {
            let row = try #require(rows.first { $0[0] == loss })
            let place = try #require(header.firstIndex(of: column))
            return try #require(Double(row[place]))
        }
        // Five draws: Student's distribution with four degrees of freedom is beyond 4.6 once in a hundred.
        #expect(abs(try number("rll", "z_fresh")) < 4.6)
        #expect(try number("cce", "z_fresh") > 10)
        #expect(abs(try number("rll", "constant_high") - 23.978952727983707) < 1e-9)
        for loss in ["cce", "rll"] {
            #expect(try number(loss, "error_fresh") > 0)
            let ratio = try number(loss, "gap_fresh") / number(loss, "error_fresh")
            #expect(abs(ratio - (try number(loss, "z_fresh"))) < 1e-6 * abs(ratio))
        }
    }

    /// One file whose arrays are the sets, as CIFAR-10N is published.
    @Test func peoplesLabelsAreReadFromOneFile() throws {
        let place = try Workplace()
        try place.write(
            """
            local nj = require "nightjar"
            local truth = nj.data.load("digits").train:true_labels()
            local is_wrong = (nj.arange(truth:numel()) % 4):eq(0):int()
            nj.save("people.npz", { clean_label = truth - 1, worse_label = (truth - 1 + is_wrong) % 10 })
            """, to: "make.lua")
        let made = try place.run(["run", "make.lua"])
        #expect(made.status == 0, "\(made.errors)")
        let script = Workplace.package.appendingPathComponent("lua/experiments/human_noise.lua").path
        let settings = [
            "run", script, "--quick", "--epochs", "1", "--set", "loss=cce", "--set", "source=people", "--set",
            "labels=people.npz", "--quiet",
        ]
        let ending = try place.run(settings)
        #expect(ending.status == 0, "\(ending.errors)")
        let rows = try place.read("runs/human_noise/summary.csv").split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        let column = try #require(rows.first?.firstIndex(of: "realised"))
        #expect(Double(rows[1][column]) == 25)
        let other = try place.run(settings + ["--set", "set=aggre_label"])
        #expect(other.status == 1)
        #expect(other.errors.contains("people.npz has no array 'aggre_label'"), "\(other.errors)")
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
