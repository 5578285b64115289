/// One step of a proof: the rule that was used, and what it gave.
public struct ProofStep: Sendable, Equatable {
    /// The rule's name: "sum over labels".
    public let rule: String
    public let text: String
}

/// What is certain of the sum of a loss over all labels.
public enum Symmetry: Sendable {
    /// It is one number at every prediction: which, and why.
    case proven(constant: Interval, steps: [ProofStep])
    /// It differs between two predictions by more than rounding can make of it.
    case refuted(CounterExample)
    /// Neither was found; the reason, where the graph could not be read.
    case open(String?)

    /// Two predictions, as logits of each class, and the sum over labels of both.
    public struct CounterExample: Sendable {
        public let first: [Double]
        public let second: [Double]
        public let firstSum: Interval
        public let secondSum: Interval
    }
}

/// Proves that a loss sums to a constant over labels, or finds two predictions at which the sums differ.
///
/// The condition is that of Ghosh, Kumar and Sastry, "Robust loss functions under label noise for deep neural networks",
/// AAAI 2017, equation 4.
struct SymmetryProof {
    let loss: Expression
    let classes: Int
    /// What reading the graph did by rules of its own.
    var readingSteps: [ProofStep] = []

    func result() -> Symmetry {
        do {
            if let found = try proof() { return found }
        } catch let fault as TheoryFault {
            if let found = refutation() { return found }
            return .open(fault.description)
        } catch {
            return .open("\(error)")
        }
        return refutation() ?? .open(nil)
    }

    private func proof() throws -> Symmetry? {
        var steps = [ProofStep(rule: "loss", text: "l(y) = " + loss.text())] + readingSteps
        let plain = try loss.summedOverLabels(classes: classes, usesUnitSum: false)
        steps.append(
            ProofStep(rule: "sum over labels", text: "sum_y f_y = sum_k f_k in each term: sum_y l(y) = " + plain.text())
        )
        steps += try vanishing().map { ProofStep(rule: "terms that cancel", text: $0) }
        let unit = try loss.summedOverLabels(classes: classes)
        if unit != plain {
            steps.append(ProofStep(rule: "softmax sums to one", text: "sum_k p_k = 1: sum_y l(y) = " + unit.text()))
        }
        let cancelled = try unit.cancelled()
        if cancelled != unit {
            let divisors = unit.divisors.map { divisor in
                let range = divisor.range
                return "\(divisor.text()) is \(range.isNegative ? "below" : "above") 0"
            }
            steps.append(
                ProofStep(
                    rule: "cancel",
                    text: "D / D = 1 where D is not 0, and \(divisors.joined(separator: ", ")): sum_y l(y) = "
                        + cancelled.text()))
        }
        guard cancelled.isConstant else { return nil }
        let constant = cancelled.range
        guard constant.isBounded else { return nil }
        steps.append(ProofStep(rule: "constant", text: "sum_y l(y) = \(Notation.number(constant.middle))"))
        return .proven(constant: constant, steps: steps)
    }

    /// `(-10/9 + 10/9) sum_k log(0.1 + p_k) = 0`: what terms of the loss add to the sum over labels and others take off.
    private func vanishing() throws -> [String] {
        var parts: [Monomial: [Fraction]] = [:]
        for term in loss.terms {
            let sum = try Expression(term.monomial, term.coefficient).summedOverLabels(
                classes: classes, usesUnitSum: false)
            for part in sum.terms { parts[part.monomial, default: []].append(part.coefficient) }
        }
        return try parts.sorted { $0.key < $1.key }.compactMap { monomial, coefficients in
            guard coefficients.count > 1, try coefficients.reduce(Fraction.zero, { try $0.plus($1) }).isZero else {
                return nil
            }
            let sum = coefficients.enumerated().map { index, number in
                index == 0 ? number.text : number.isNegative ? "- \(number.negated.text)" : "+ \(number.text)"
            }
            return "(\(sum.joined(separator: " "))) \(Expression(monomial).text()) = 0"
        }
    }

    /// The sum over labels at a prediction, as an interval that certainly holds it.
    func sum(at logits: [Double]) -> Interval {
        (0..<classes).reduce(Interval(0)) { $0.plus(Evaluation.at(logits, label: $1).range(of: loss)) }
    }

    /// Few and plain predictions: equal logits, one class above the others, two, one below.
    private var points: [[Double]] {
        func raised(_ values: [Double]) -> [Double] {
            values.prefix(classes) + [Double](repeating: 0, count: max(classes - values.count, 0))
        }
        return [[0], [1], [3], [8], [-3], [2, 2], [1, -2, 4]].map(raised)
    }

    private func refutation() -> Symmetry? {
        guard classes <= 1000 else { return nil }
        let sums = points.map { ($0, sum(at: $0)) }
        var best: (gap: Double, example: Symmetry.CounterExample)?
        for (index, (first, low)) in sums.enumerated() {
            for (second, high) in sums[(index + 1)...] {
                let gap = max(high.low - low.high, low.low - high.high)
                guard gap > 0, gap > best?.gap ?? 0 else { continue }
                best = (
                    gap,
                    Symmetry.CounterExample(first: first, second: second, firstSum: low, secondSum: high)
                )
            }
        }
        return best.map { .refuted($0.example) }
    }
}

extension Expression {
    /// The sums that it divides by.
    fileprivate var divisors: [Expression] {
        var found: [Expression] = []
        for term in terms {
            for power in term.monomial.powers where power.exponent < 0 {
                switch power.factor.kind {
                case .group(let inner): if !found.contains(inner) { found.append(inner) }
                default: break
                }
            }
        }
        return found
    }
}
