/// A loss, its gradient, and what theorems say of it, as a part of a LaTeX document that needs `amsmath` alone.
public struct LossFormula: Sendable {
    private let theory: LossTheory
    private let noise: NoiseTheory
    /// Without guards against overflow, which nobody writes in a formula.
    private let loss: Expression
    private let isUnguarded: Bool

    public init(_ theory: LossTheory) {
        self.theory = theory
        noise = NoiseTheory(theory)
        let plain = try? theory.loss.unguarded()
        loss = plain ?? theory.loss
        isUnguarded = loss != theory.loss
    }

    /// Lines of LaTeX.
    public var latex: String {
        (formula + gradient + theorems).joined(separator: "\n")
    }

    private var formula: [String] {
        var lines = isUnguarded ? ["% Guards against overflow, such as max(log p, -1e30), are left out."] : []
        lines += ["\\begin{equation*}", "  \\ell(p, y) = \(loss.latex())", "\\end{equation*}"]
        return lines
    }

    /// By probabilities, and by logits as the softmax passes it on.
    private var gradient: [String] {
        guard let gradient = ProbabilityGradient(of: loss) else { return [] }
        guard !gradient.every.isZero else {
            return [
                "\\begin{align*}",
                "  \\frac{\\partial \\ell}{\\partial p_{y}} &= \(gradient.label.latex()) \\\\",
                "  \\frac{\\partial \\ell}{\\partial z_{j}} &= "
                    + "\\frac{\\partial \\ell}{\\partial p_{y}}\\, p_{y} \\left(\\delta_{jy} - p_{j}\\right)",
                "\\end{align*}",
            ]
        }
        let label = gradient.label.isZero ? "" : "\\delta_{jy} \\left(\(gradient.label.latex())\\right) + "
        return [
            "\\begin{align*}",
            "  g_{j} = \\frac{\\partial \\ell}{\\partial p_{j}} &= \(label)\(gradient.every.latex()) \\\\",
            "  \\frac{\\partial \\ell}{\\partial z_{j}} &= "
                + "p_{j} \\left(g_{j} - \\textstyle\\sum_{k} p_{k}\\, g_{k}\\right)",
            "\\end{align*}",
        ]
    }

    private var theorems: [String] {
        let classes = theory.classes
        func number(_ value: Double) -> String { Notation.latexNumber(value) }
        if let constant = theory.symmetry.constant {
            let factor = constant == Interval(1) ? "" : number(constant.middle) + "\\, "
            return [
                "% Symmetric: theorem 1 of Ghosh, Kumar and Sastry, AAAI 2017, and of Patel and Sastry, PAKDD 2021.",
                "\\begin{align*}",
                "  \\sum_{j=1}^{\(classes)} \\ell(p, j) &= \(number(constant.middle)) \\\\",
                "  R_{\\eta} &= \\frac{\(factor)\\eta}{\(classes - 1)} + "
                    + "\\left(1 - \\frac{\(classes)\\, \\eta}{\(classes - 1)}\\right) R, "
                    + "\\qquad \\eta < \\frac{\(classes - 1)}{\(classes)}",
                "\\end{align*}",
            ]
        }
        var lines: [String] = []
        let (low, high) = (theory.sum.low, theory.sum.high)
        if low.isFinite, high.isFinite {
            lines += [
                "% Bounded: after theorem 1 of Zhang and Sabuncu, NeurIPS 2018. f is least for R, f_eta for R_eta.",
                "\\begin{align*}",
                "  \(number(low)) &\\leq \\sum_{j=1}^{\(classes)} \\ell(p, j) \\leq \(number(high)) \\\\",
                "  R(f_{\\eta}) - R(f) &\\leq \\frac{\(number(high - low))\\, \\eta}"
                    + "{\(classes - 1) - \(classes)\\, \\eta}, \\qquad \\eta < \\frac{\(classes - 1)}{\(classes)}",
                "\\end{align*}",
            ]
        }
        if let ratio = theory.asymmetry, let rate = noise.asymmetricRate {
            lines += [
                "% Asymmetric: Zhou et al., ICML 2021.", "\\begin{equation*}",
                "  r(\\ell) = \\inf_{u + v \\leq 1} \\frac{\\ell(u) - \\ell(u + v)}{\\ell(0) - \\ell(v)} = "
                    + "\(number(ratio.low)), \\qquad \\eta < \(number(rate))",
                "\\end{equation*}",
            ]
        }
        return lines
    }
}
