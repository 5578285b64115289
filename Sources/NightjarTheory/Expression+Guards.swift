/// Reading without guards against overflow.
extension Expression {
    /// What stands for infinity or 0 in guards such as max(log p, -1e30) and max(1 - p, 1e-20).
    private static func isGuard(_ expression: Expression) -> Bool {
        guard expression.isConstant else { return false }
        let size = abs(expression.range.middle)
        return size >= 1e15 || size <= 1e-15
    }

    /// The same without largest and smallest of a value and such a number, for formulas that are read. Nothing is proven
    /// from it.
    public func unguarded() throws -> Expression {
        try replacingFactors { try $0.unguarded() }
    }

    fileprivate static func unguarded(_ function: Function, _ arguments: [Expression]) throws -> Expression {
        let inner = try arguments.map { try $0.unguarded() }
        if function == .maximum || function == .minimum {
            if isGuard(inner[0]) && !inner[1].isConstant { return inner[1] }
            if isGuard(inner[1]) && !inner[0].isConstant { return inner[0] }
        }
        return try applying(function, inner)
    }
}

extension Factor {
    fileprivate func unguarded() throws -> Expression {
        switch kind {
        case .function(let function, let arguments): return try Expression.unguarded(function, arguments)
        case .group(let inner): return try inner.unguarded()
        case .sum(let inner, let classes): return try inner.unguarded().summed(classes: classes)
        case .rest, .extreme, .probability, .logit, .isLabel, .position, .constant, .table: return Expression(self)
        }
    }
}
