import Foundation
import NightjarProcess
import NightjarScripting
import NightjarTools
import Testing

/// What `nightjar check` proves, and the formulas of `nightjar explain --latex`.
@Suite struct TheoryCheckTests {
    private func check(_ target: String, steps: Bool = false, _ settings: [(String, String)] = []) throws -> CheckReport
    {
        var request = CheckRequest(target: target)
        request.settings = settings.map { (name: $0.0, value: $0.1) }
        request.showsSteps = steps
        request.skipped = ["time", "gradient", "corners", "masked", "soft labels", "left out", "dense", "extremes"]
        return try ScriptCheck(makeHost(), request, instructions: 1_000_000_000).run()
    }

    private func check(body: String) throws -> CheckReport {
        try inFolder { folder in
            let script = """
                local nj = require "nightjar"
                return nj.loss {
                  name = "mine",
                  forward = function(self, logits, labels)
                    \(body)
                  end,
                }
                """
            try script.write(toFile: folder + "/mine.lua", atomically: true, encoding: .utf8)
            return try check(folder + "/mine.lua")
        }
    }

    private func inFolder<T>(_ body: (String) throws -> T) throws -> T {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nightjar-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return try body(folder.path)
    }

    private func result(_ report: CheckReport, _ name: String) throws -> CheckResult {
        try #require(report.results.first { $0.name == name })
    }

    @Test(arguments: [
        ("mae", "18"), ("unhinged", "9"), ("nmae", "1"), ("rce", "82.893"), ("rll", "23.979"), ("nmse", "1"),
        ("nce", "1"),
        ("nfl", "1"), ("ngce", "1"), ("apl", "83.893"),
    ])
    func pluginsThatAreSymmetricAreProvenSo(_ name: String, _ constant: String) throws {
        let report = try check(name)
        #expect(try result(report, "symmetry").text == "symmetric, constant \(constant): proven")
        #expect(try result(report, "range").lines.first?.hasPrefix("bounded, proven: 0 to ") == true)
    }

    @Test(arguments: [
        "cce", "mse", "gce", "sce", "focal", "taylor", "js", "ls", "phuber_ce", "tgce", "agce", "aul", "ael",
    ])
    func othersAreRefutedWithTwoPredictions(_ name: String) throws {
        let symmetry = try result(check(name), "symmetry")
        #expect(symmetry.text.hasPrefix("not symmetric: the sum over the 10 labels goes from "))
        #expect(symmetry.lines.first?.hasPrefix("counter-example: ") == true, "\(symmetry.lines)")
    }

    @Test func whatIsSaidOfRLLIsSaidWhole() throws {
        let report = try check("rll", steps: true)
        let symmetry = try result(report, "symmetry")
        #expect(
            symmetry.lines == [
                "robust to uniform label noise below the rate (K-1)/K = 0.9 (Ghosh, Kumar & Sastry 2017, theorem 1)",
                "loss: l(y) = 2.3979 + 1/9 sum_k log(0.1 + p_k) - 10/9 log(0.1 + p_y)",
                "sum over labels: sum_y f_y = sum_k f_k in each term: sum_y l(y) = 23.979",
                "terms that cancel: (-10/9 + 10/9) sum_k log(0.1 + p_k) = 0", "constant: sum_y l(y) = 23.979",
            ])
        #expect(try result(report, "range").lines == ["bounded, proven: 0 to 3.1452"])
    }

    @Test func whatIsSaidOfGCEIsSaidWhole() throws {
        let report = try check("gce")
        #expect(
            try result(report, "symmetry").lines == [
                "counter-example: 11.435 at equal logits, 12.813 at logits (8, 0, ...)",
                "no rate of uniform noise is covered by the theorem on symmetric losses",
                "at a rate r of uniform noise the clean risk exceeds its least value by at most 1.4219 r / (9 - 10 r), "
                    + "proven (Zhang & Sabuncu 2018, theorem 1)",
            ])
        #expect(try result(report, "range").lines == ["bounded, proven: 0 to 1.4286"])
        #expect(try result(check("cce"), "range").lines == ["at least 0, and without an upper bound, proven"])
    }

    @Test func aSymmetricLossThatIsNotReadIsSaidToBeSeen() throws {
        let seen = try result(check(body: "return 2 - logits:softmax():flip(2):flip(2):pick(labels)"), "symmetry")
        #expect(seen.text == "symmetric, constant 19: seen at 500 points")
        #expect(seen.lines.last == "not proven: it uses 'slice', which no rule is for")
    }

    /// Whatever a loss still holds of what it recorded, its graph is read as it was recorded.
    @Test func aLossThatHoldsWhatItWorkedOutIsProvenAllTheSame() throws {
        let body = "local held = logits:softmax():pick(labels) return 1 - held"
        #expect(try result(check(body: body), "symmetry").text == "symmetric, constant 9: proven")
    }

    @Test func aNumberThatIsReadOffTheBatchIsNotTakenForAConstant() throws {
        let same = try result(
            check(body: "return 1 - logits:softmax():pick(labels) + 1e-20 * logits:abs():max():item()"), "symmetry")
        #expect(same.text == "symmetric, constant 9: seen at 500 points")
        #expect(same.lines.last == "not proven: numbers in it depend on the batch")
    }

    @Test func aTermBelowWhatSamplingSeesIsFound() throws {
        let symmetry = try result(
            check(body: "local p = logits:softmax():pick(labels) return 1 - p + 1e-11 * p * p"), "symmetry")
        #expect(symmetry.text.hasPrefix("not symmetric"))
        #expect(symmetry.lines.first?.hasPrefix("counter-example: ") == true)
    }

    /// Symmetric but for a little somewhere: terms that no rule reads, a corner, what only sure predictions meet, what
    /// depends on the rest of the batch or on a number that is read off it.
    @Test(arguments: [
        "return 1 - p:flip(2):flip(2):pick(labels) + 1e-6 * p:pick(labels):square()",
        "return 1 - p:flip(2):flip(2):pick(labels) + 1e-9 * p:pick(labels):square()",
        "return 1 - p:pick(labels) + 1e-6 * p:pick(labels):square()",
        "return 1 - p:pick(labels) + 1e-9 * p:pick(labels):square()",
        "return 1 - p:pick(labels) + 1e-9 * p:max(-1)",
        "return 1 - p:pick(labels) + (p:pick(labels) - 0.99999):relu()",
        "local q = p:pick(labels) return nj.where(q:lt(1e-9), 1 - q + 1e-6, 1 - q)",
        "return 1 - p:pick(labels) + 1e-3 * (logits:max(-1) - 60):relu()",
        "return 1 - p:pick(labels) + 1e-6 * p:square():sum()",
        "local m = p:max():item() return 1 - p:pick(labels) + (m > 0.999 and 1e-6 or 0) * p:pick(labels):square()",
        "local m = p:max():item() return 1 - p:pick(labels) + (m < 0.9 and 1e-6 or 0) * p:pick(labels):square()",
    ])
    func aNearMissIsNeitherProvenNorSeen(_ body: String) throws {
        let report = try check(body: "local p = logits:softmax() " + body)
        #expect(try result(report, "symmetry").text.hasPrefix("not symmetric: the sum over the 10 labels "))
    }

    /// What rounding leaves of a loss is not taken for the loss.
    @Test(arguments: [
        ("return (1e12 + 1 - p:pick(labels)) - 1e12", "proven"),
        ("return (1e10 + 1 - p:flip(2):flip(2):pick(labels)) - 1e10", "seen at 500 points"),
        ("return 1e-9 * (1 - p:flip(2):flip(2):pick(labels))", "seen at 500 points"),
        ("return 1e9 * (1 - p:flip(2):flip(2):pick(labels))", "seen at 500 points"),
        ("return logits:flip(2):flip(2):mean(-1) - logits:pick(labels)", "seen at 500 points"),
        ("return 1 - p:pick(labels) + 1e-6 * labels:eq(3):to(p:dtype())", "seen at 500 points"),
        // No number at sure predictions, which is said elsewhere.
        ("return 1 - p:flip(2):flip(2):pick(labels) + 0 * p:log():sum(-1)", "seen at 500 points"),
    ])
    func aSymmetricLossThatRoundsIsSymmetric(_ body: String, _ how: String) throws {
        let symmetry = try result(check(body: "local p = logits:softmax() " + body), "symmetry")
        #expect(
            symmetry.text.hasPrefix("symmetric, constant ") && symmetry.text.hasSuffix(": " + how), "\(symmetry.text)")
    }

    @Test func nothingIsSaidOfWhatIsNoNumber() throws {
        let report = try check(body: "return (logits:softmax():pick(labels) - 2):log()")
        let symmetry = try result(report, "symmetry")
        #expect(symmetry.text == "the sum over the labels is no number wherever it was looked at")
        #expect(symmetry.lines == [])
    }

    /// Bounds that a value contradicts are not said.
    @Test func boundsOfAnotherGraphAreNotProven() throws {
        let body = "local p = logits:softmax() return 1 - p:pick(labels) + (p:max():item() > 0.9999999 and 5 or 0)"
        #expect(try result(check(body: body), "range").lines.allSatisfy { !$0.contains("proven") })
    }

    // MARK: LaTeX

    private func latex(_ name: String) throws -> String {
        var request = ExplainRequest(target: "losses/" + name)
        request.classes = 10
        return try ScriptFormula(request).latex
    }

    @Test func theFormulaOfUnhingedIsWhole() throws {
        #expect(
            try latex("unhinged") == #"""
                \begin{equation*}
                  \ell(p, y) = 1 - p_{y}
                \end{equation*}
                \begin{align*}
                  \frac{\partial \ell}{\partial p_{y}} &= -1 \\
                  \frac{\partial \ell}{\partial z_{j}} &= \frac{\partial \ell}{\partial p_{y}}\, p_{y} \left(\delta_{jy} - p_{j}\right)
                \end{align*}
                % Symmetric: theorem 1 of Ghosh, Kumar and Sastry, AAAI 2017, and of Patel and Sastry, PAKDD 2021.
                \begin{align*}
                  \sum_{j=1}^{10} \ell(p, j) &= 9 \\
                  R_{\eta} &= \frac{9\, \eta}{9} + \left(1 - \frac{10\, \eta}{9}\right) R, \qquad \eta < \frac{9}{10}
                \end{align*}
                """#)
    }

    @Test func whatHasNoFormulaIsToldWhy() throws {
        #expect {
            try latex("dmi")
        } throws: { error in
            "\(error)".contains("there is no formula of")
        }
    }

    /// Every formula in one document, which LaTeX takes without a complaint.
    @Test func latexTakesTheFormulas() throws {
        let names = [
            "cce", "mse", "nmse", "mae", "rll", "unhinged", "nmae", "gce", "rce", "sce", "focal", "nce", "nfl", "ngce",
            "apl",
            "agce", "aul", "ael", "taylor", "phuber_ce", "phuber_gce", "ls", "js", "tgce", "logit_mse", "boot_soft",
        ]
        let formulas = try names.map { try latex($0) }
        for (name, formula) in zip(names, formulas) {
            let begins = formula.matches(of: /\\begin\{/).count
            #expect(begins > 0 && begins == formula.matches(of: /\\end\{/).count, "\(name)")
            #expect(formula.matches(of: /\\left/).count == formula.matches(of: /\\right/).count, "\(name)")
            #expect(formula.count { $0 == "{" } == formula.count { $0 == "}" }, "\(name)")
            #expect(!formula.contains("e-") && !formula.contains("e+"), "\(name): \(formula)")
        }
        guard ProgramAnswer.path(of: "pdflatex") != nil else { return }
        try inFolder { folder in
            let document =
                "\\documentclass[a3paper,landscape]{article}\n\\usepackage{amsmath}\n\\begin{document}\n"
                + formulas.joined(separator: "\n\n") + "\n\\end{document}\n"
            try document.write(toFile: folder + "/formulas.tex", atomically: true, encoding: .utf8)
            let answer = try ProgramAnswer.of(
                "pdflatex",
                ["-interaction=nonstopmode", "-halt-on-error", "-output-directory", folder, folder + "/formulas.tex"])
            #expect(answer.output.contains("Output written on"), "\(answer.output.suffix(1500))")
        }
    }
}
