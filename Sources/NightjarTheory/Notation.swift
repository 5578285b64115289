import Foundation

/// Expressions as people read them.
public enum Notation {
    /// Five digits: `23.979`.
    public static func number(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e7 { return String(format: "%.0f", value == 0 ? 0 : value) }
        return String(format: "%.5g", value)
    }
}

extension Expression {
    /// One line: `1 - 2 p_y + sum_k p_k^2`.
    public func text() -> String { PlainWriter().text(self) }
    /// For LaTeX's math mode.
    public func latex() -> String { LatexWriter().text(self) }
}

/// What both notations have in common: signs, coefficients, and what stands above and below a fraction.
protocol ExpressionWriter {
    func coefficient(_ number: Fraction) -> String
    func number(_ value: Double) -> String
    func power(_ factor: Factor, _ exponent: Int) -> String
    func brackets(_ text: String) -> String
    func quotient(_ above: String, _ below: String, isSum: Bool, isLong: Bool) -> String
    var times: String { get }
}

extension ExpressionWriter {
    func text(_ expression: Expression) -> String {
        if expression.isConstant, expression.fraction == nil, expression.factor == nil, expression.range.isBounded {
            return number(expression.range.middle)
        }
        guard !expression.isZero else { return "0" }
        // Terms over the same divisors are one fraction. Those that count positively come before others.
        var fractions: [(divisors: Monomial, terms: [Expression.Term])] = []
        for term in expression.terms {
            if let place = fractions.firstIndex(where: { $0.divisors == term.monomial.divisors }) {
                fractions[place].terms.append(term)
            } else {
                fractions.append((term.monomial.divisors, [term]))
            }
        }
        let parts = fractions.flatMap { part($0.divisors, $0.terms) }
        let ordered = parts.filter { !$0.isNegative } + parts.filter(\.isNegative)
        return ordered.enumerated().map { index, part in
            (index > 0 ? (part.isNegative ? " - " : " + ") : part.isNegative ? "-" : "") + part.text
        }.joined()
    }

    private func part(_ divisors: Monomial, _ terms: [Expression.Term]) -> [(isNegative: Bool, text: String)] {
        guard divisors != .one, terms.count > 1,
            let sum = try? Expression(summing: terms.map { ($0.over(divisors).monomial, $0.coefficient) }),
            let content = try? sum.content(), let inverse = try? content.inverse(), let bare = try? sum.times(inverse)
        else { return terms.map { ($0.countsNegatively, term($0)) } }
        let size = content.isNegative ? content.negated : content
        let top =
            size.numerator == 1
            ? text(bare) : coefficient(Fraction(Int(clamping: size.numerator))) + times + brackets(text(bare))
        let below = bottom(divisors, size)
        return [(content.isNegative, quotient(top, below.text, isSum: size.numerator == 1, isLong: below.isLong))]
    }

    private func bottom(_ divisors: Monomial, _ size: Fraction) -> (text: String, isLong: Bool) {
        var parts = divisors.powers.map { power($0.factor, -$0.exponent) }
        if size.denominator != 1 { parts.insert(coefficient(Fraction(Int(clamping: size.denominator))), at: 0) }
        return (parts.joined(separator: times), parts.count > 1)
    }

    /// Without its sign.
    private func term(_ term: Expression.Term) -> String {
        let size = term.coefficient.isNegative ? term.coefficient.negated : term.coefficient
        // Numbers are one number, in front.
        let constants = term.monomial.powers.filter { $0.exponent > 0 && $0.factor.isConstant }
        let names = term.monomial.powers.filter { $0.exponent > 0 && !$0.factor.isConstant }
        var front = coefficient(size)
        var rest = size
        if !constants.isEmpty {
            let value = constants.reduce(size.value) { $0 * Expression(Monomial($1.factor, $1.exponent)).range.middle }
            (front, rest) = (number(abs(value)), .one)
        }
        let top = names.map { power($0.factor, $0.exponent) }.joined(separator: times)
        let divisors = term.monomial.divisors
        guard divisors != .one else {
            if names.isEmpty { return front }
            return front == "1" ? top : front + times + top
        }
        let below = bottom(divisors, rest)
        let whole = constants.isEmpty ? coefficient(Fraction(Int(clamping: size.numerator))) : front
        let above = names.isEmpty ? whole : whole == "1" ? top : whole + times + top
        return quotient(above, below.text, isSum: false, isLong: below.isLong)
    }

    /// Whether it needs brackets where it is multiplied or raised.
    func isSum(_ expression: Expression) -> Bool {
        !expression.isConstant && expression.terms.count > 1
            || (expression.terms.first?.coefficient.isNegative ?? false)
    }
}

struct PlainWriter: ExpressionWriter {
    let times = " "
    func coefficient(_ number: Fraction) -> String {
        number.denominator > 16 && Fraction(short: number.value) == number ? Notation.number(number.value) : number.text
    }
    func number(_ value: Double) -> String { Notation.number(value) }
    func brackets(_ text: String) -> String { "(\(text))" }
    func quotient(_ above: String, _ below: String, isSum: Bool, isLong: Bool) -> String {
        (isSum ? brackets(above) : above) + " / " + (isLong ? brackets(below) : below)
    }

    func power(_ factor: Factor, _ exponent: Int) -> String {
        let base = self.factor(factor)
        if exponent == 1 { return base }
        switch factor.kind {
        case .function(.pow, _), .sum, .rest, .extreme: return "(\(base))^\(exponent)"
        default: return "\(base)^\(exponent)"
        }
    }

    private func bracketed(_ expression: Expression) -> String {
        isSum(expression) || expression.terms.first.map { $0.monomial.powers.count > 1 } ?? false
            ? "(\(text(expression)))" : text(expression)
    }

    private func factor(_ factor: Factor) -> String {
        switch factor.kind {
        case .logit(let index): return "z_\(index.rawValue)"
        case .probability(let row, let index):
            return row == .logits ? "p_\(index.rawValue)" : "softmax(\(text(row)))_\(index.rawValue)"
        case .isLabel: return "[k = y]"
        case .position(let index): return index.rawValue
        case .constant(let number): return Notation.number(number)
        case .function(let function, let arguments):
            switch function {
            case .pow: return "\(bracketed(arguments[0]))^\(bracketed(arguments[1]))"
            case .isPositive: return "[\(text(arguments[0])) > 0]"
            case .isNotNegative: return "[\(text(arguments[0])) >= 0]"
            case .isZero: return "[\(text(arguments[0])) = 0]"
            case .reciprocal: return "1 / (\(text(arguments[0])))"
            case .maximum: return "max(" + arguments.map(text).joined(separator: ", ") + ")"
            case .minimum: return "min(" + arguments.map(text).joined(separator: ", ") + ")"
            default: return function.rawValue + "(" + arguments.map(text).joined(separator: ", ") + ")"
            }
        case .group(let inner): return "(\(text(inner)))"
        case .sum(let inner, _): return "sum_k \(text(inner))"
        case .rest(let inner, _): return "sum_k!=y \(text(inner))"
        case .extreme(let isLargest, let inner): return "\(isLargest ? "max" : "min")_k \(bracketed(inner))"
        case .table(let name, _, let index): return "t\(name)_\(index.rawValue)"
        }
    }
}

struct LatexWriter: ExpressionWriter {
    let times = "\\,"
    func coefficient(_ number: Fraction) -> String {
        if number.isWhole { return number.text }
        if number.denominator > 16, Fraction(short: number.value) == number { return self.number(number.value) }
        return "\\frac{\(number.numerator)}{\(number.denominator)}"
    }
    func number(_ value: Double) -> String { Notation.latexNumber(value) }
    func brackets(_ text: String) -> String { "\\left(\(text)\\right)" }
    func quotient(_ above: String, _ below: String, isSum: Bool, isLong: Bool) -> String {
        "\\frac{\(above)}{\(isLong ? below : unwrapped(below))}"
    }

    /// Alone below a fraction's line, a group needs no brackets.
    private func unwrapped(_ text: String) -> String {
        guard text.hasPrefix("\\left("), text.hasSuffix("\\right)") else { return text }
        let inside = String(text.dropFirst(6).dropLast(7))
        // Unless the first bracket is closed before the end.
        var depth = 0
        for (index, character) in inside.enumerated() where character == "\\" {
            let rest = inside.dropFirst(index)
            if rest.hasPrefix("\\left(") { depth += 1 }
            if rest.hasPrefix("\\right)") { depth -= 1 }
            if depth < 0 { return text }
        }
        return inside
    }

    func power(_ factor: Factor, _ exponent: Int) -> String {
        let base = self.factor(factor)
        if exponent == 1 { return base }
        switch factor.kind {
        case .logit, .probability, .group, .constant: return "\(base)^{\(exponent)}"
        default: return "\\left(\(base)\\right)^{\(exponent)}"
        }
    }

    private func bracketed(_ expression: Expression) -> String {
        isSum(expression) || expression.terms.first.map { $0.monomial.powers.count > 1 } ?? false
            ? brackets(text(expression)) : text(expression)
    }

    private func factor(_ factor: Factor) -> String {
        switch factor.kind {
        case .logit(let index): return "z_{\(index.rawValue)}"
        case .probability(let row, let index):
            return row == .logits
                ? "p_{\(index.rawValue)}" : "\\operatorname{softmax}\\left(\(text(row))\\right)_{\(index.rawValue)}"
        case .isLabel: return "\\delta_{ky}"
        case .position(let index): return index.rawValue
        case .constant(let number): return Notation.latexNumber(number)
        case .function(let function, let arguments): return self.function(function, arguments)
        case .group(let inner): return "\\left(\(text(inner))\\right)"
        case .sum(let inner, _): return "\\sum_{k} \(text(inner))"
        case .rest(let inner, _): return "\\sum_{k \\neq y} \(text(inner))"
        case .extreme(let isLargest, let inner): return "\\\(isLargest ? "max" : "min")_{k} \(bracketed(inner))"
        case .table(let name, _, let index): return "t^{(\(name))}_{\(index.rawValue)}"
        }
    }

    private func function(_ function: Function, _ arguments: [Expression]) -> String {
        let inside = arguments.map(text).joined(separator: ", ")
        // A name alone needs no brackets: \log p_y.
        let isName =
            arguments.count == 1
            && (arguments[0].factor.map { factor in
                if case .probability(let row, _) = factor.kind { return row == .logits }
                return false
            } ?? false)
        func named(_ name: String) -> String { isName ? "\(name) \(inside)" : "\(name)\\left(\(inside)\\right)" }
        switch function {
        case .exp: return named("\\exp")
        case .log: return named("\\log")
        case .sin: return named("\\sin")
        case .cos: return named("\\cos")
        case .tanh: return named("\\tanh")
        case .sqrt: return "\\sqrt{\(inside)}"
        case .abs: return "\\left|\(inside)\\right|"
        case .maximum: return "\\max\\left(\(inside)\\right)"
        case .minimum: return "\\min\\left(\(inside)\\right)"
        case .sigmoid: return "\\sigma\\left(\(inside)\\right)"
        case .floor: return "\\left\\lfloor \(inside) \\right\\rfloor"
        case .ceil: return "\\left\\lceil \(inside) \\right\\rceil"
        case .pow: return "\(bracketed(arguments[0]))^{\(text(arguments[1]))}"
        case .isPositive: return "\\left[\(inside) > 0\\right]"
        case .isNotNegative: return "\\left[\(inside) \\geq 0\\right]"
        case .isZero: return "\\left[\(inside) = 0\\right]"
        case .reciprocal: return "\\frac{1}{\(inside)}"
        case .sign, .erf, .round, .mod: return "\\operatorname{\(function.rawValue)}\\left(\(inside)\\right)"
        }
    }
}

extension Expression.Term {
    /// Whether its numbers together, those that are symbols included, are below 0.
    fileprivate var countsNegatively: Bool {
        monomial.powers.reduce(coefficient.isNegative) { isNegative, power in
            guard power.factor.isConstant, power.exponent > 0, power.exponent % 2 == 1 else { return isNegative }
            return Evaluation.everywhere.range(of: Expression(power.factor)).isNegative ? !isNegative : isNegative
        }
    }
}

extension Notation {
    /// `1.2 \cdot 10^{-5}` in place of `1.2e-05`.
    static func latexNumber(_ value: Double) -> String {
        let text = number(value)
        guard let sign = text.firstIndex(of: "e"), let exponent = Int(text[text.index(after: sign)...]) else {
            return text
        }
        return "\(text[..<sign]) \\cdot 10^{\(exponent)}"
    }
}
