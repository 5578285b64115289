/// Where expressions are finite and without jumps.
extension Expression {
    /// Whether it certainly has a value at all finite logits: no logarithm, root, power or quotient of what may not have one.
    var isCertainlyFinite: Bool { terms.allSatisfy { $0.monomial.powers.allSatisfy { $0.factor.isCertainlyFinite } } }

    /// Whether it has no jumps: it may have corners.
    var isContinuous: Bool { terms.allSatisfy { $0.monomial.powers.allSatisfy { $0.factor.isContinuous } } }
}

extension Factor {
    fileprivate var isCertainlyFinite: Bool {
        switch kind {
        case .logit, .isLabel, .position: return true
        case .constant(let number): return number.isFinite
        case .table(_, let numbers, _): return numbers.allSatisfy { $0.isFinite }
        case .probability(let inner, _), .group(let inner), .sum(let inner, _), .rest(let inner, _),
            .extreme(_, let inner):
            return inner.isCertainlyFinite
        case .function(let function, let arguments):
            guard arguments.allSatisfy({ $0.isCertainlyFinite }) else { return false }
            switch function {
            case .log: return arguments[0].range.isPositive
            case .sqrt: return arguments[0].range.isNotNegative
            case .pow: return arguments[0].range.isPositive
            case .reciprocal, .mod: return false
            case .exp, .abs, .sign, .sin, .cos, .tanh, .sigmoid, .erf, .floor, .ceil, .round, .maximum, .minimum,
                .isPositive, .isNotNegative, .isZero:
                return true
            }
        }
    }

    fileprivate var isContinuous: Bool {
        switch kind {
        case .logit, .isLabel, .position, .constant, .table: return true
        case .probability(let inner, _), .group(let inner), .sum(let inner, _), .rest(let inner, _),
            .extreme(_, let inner):
            return inner.isContinuous
        case .function(let function, let arguments):
            switch function {
            case .sign, .floor, .ceil, .round, .mod, .isPositive, .isNotNegative, .isZero, .reciprocal: return false
            case .exp, .log, .sqrt, .abs, .sin, .cos, .tanh, .sigmoid, .erf, .maximum, .minimum, .pow:
                return arguments.allSatisfy { $0.isContinuous }
            }
        }
    }
}
