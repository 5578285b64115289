import CKernels
import Foundation

/// The meaning of each operation on single values, in double and rounded to the type at the end.
enum Scalar {
    static func round(_ x: Double, to type: nj_dtype) -> Double {
        switch type {
        case NJ_F32: Double(Float(x))
        case NJ_I32: Double(Int32(truncatingIfNeeded: Int64(x)))
        default: x
        }
    }

    static func convert(_ x: Double, to type: nj_dtype) -> Double {
        guard type == NJ_I32 else { return round(x, to: type) }
        if x.isNaN { return 0 }
        return min(max(x.rounded(.towardZero), -2_147_483_648), 2_147_483_647)
    }

    static func apply(_ op: nj_op, _ type: nj_dtype, _ a: Double, _ b: Double, _ c: Double) -> Double {
        if type == NJ_I32, let whole = applyWhole(op, a, b) { return whole }
        switch op {
        case NJ_OP_EQ: return a == b ? 1 : 0
        case NJ_OP_NE: return a != b ? 1 : 0
        case NJ_OP_LT: return a < b ? 1 : 0
        case NJ_OP_LE: return a <= b ? 1 : 0
        case NJ_OP_GT: return a > b ? 1 : 0
        case NJ_OP_GE: return a >= b ? 1 : 0
        case NJ_OP_IS_NAN: return a.isNaN ? 1 : 0
        case NJ_OP_IS_FINITE: return a.isFinite ? 1 : 0
        case NJ_OP_WHERE: return a != 0 ? b : c
        case NJ_OP_FMA: return round(fma(a, b, c), to: type)
        case NJ_OP_ADD: return round(a + b, to: type)
        case NJ_OP_SUB: return round(a - b, to: type)
        case NJ_OP_MUL: return round(a * b, to: type)
        case NJ_OP_DIV: return round(a / b, to: type)
        case NJ_OP_POW: return round(pow(a, b), to: type)
        case NJ_OP_MAX: return a.isNaN || b.isNaN ? .nan : max(a, b)
        case NJ_OP_MIN: return a.isNaN || b.isNaN ? .nan : min(a, b)
        case NJ_OP_MOD: return round(a - (a / b).rounded(.down) * b, to: type)
        default: return round(function(op, a), to: type)
        }
    }

    /// One operand, in double.
    static func function(_ op: nj_op, _ x: Double) -> Double {
        switch op {
        case NJ_OP_NEG: -x
        case NJ_OP_ABS: abs(x)
        case NJ_OP_SIGN: x > 0 ? 1 : (x < 0 ? -1 : x)
        case NJ_OP_EXP: exp(x)
        case NJ_OP_EXPM1: expm1(x)
        case NJ_OP_LOG: log(x)
        case NJ_OP_LOG1P: log1p(x)
        case NJ_OP_SQRT: x.squareRoot()
        case NJ_OP_RSQRT: 1 / x.squareRoot()
        case NJ_OP_RECIP: 1 / x
        case NJ_OP_SIN: sin(x)
        case NJ_OP_COS: cos(x)
        case NJ_OP_TANH: tanh(x)
        case NJ_OP_SIGMOID: x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x))
        case NJ_OP_ERF: erf(x)
        case NJ_OP_RELU: x <= 0 ? 0 : x
        case NJ_OP_FLOOR: x.rounded(.down)
        case NJ_OP_CEIL: x.rounded(.up)
        case NJ_OP_ROUND: x.rounded(.toNearestOrEven)
        case NJ_OP_SQUARE: x * x
        default: .nan
        }
    }

    /// Ints wrap; division rounds down; dividing by zero gives zero.
    private static func applyWhole(_ op: nj_op, _ a: Double, _ b: Double) -> Double? {
        let x = Int32(a)
        let y = Int32(b)
        func floorDivide() -> Int64 { y == 0 ? 0 : Int64((Double(x) / Double(y)).rounded(.down)) }
        switch op {
        case NJ_OP_NEG: return Double(0 &- x)
        case NJ_OP_ABS: return Double(x < 0 ? 0 &- x : x)
        case NJ_OP_SIGN: return Double(x.signum())
        case NJ_OP_SQUARE: return Double(x &* x)
        case NJ_OP_NOT: return x == 0 ? 1 : 0
        case NJ_OP_ADD: return Double(x &+ y)
        case NJ_OP_SUB: return Double(x &- y)
        case NJ_OP_MUL: return Double(x &* y)
        case NJ_OP_DIV: return Double(Int32(truncatingIfNeeded: floorDivide()))
        case NJ_OP_MOD: return y == 0 ? 0 : Double(Int64(x) - floorDivide() * Int64(y))
        case NJ_OP_AND: return Double(x & y)
        case NJ_OP_OR: return Double(x | y)
        case NJ_OP_XOR: return Double(x ^ y)
        default: return nil
        }
    }

    /// Sum, product, maximum, minimum, and the positions of the last two.
    static func reduce(_ op: nj_op, _ values: [Double], _ type: nj_dtype) -> Double {
        let lowest = type == NJ_I32 ? Double(Int32.min) : -Double.infinity
        let highest = type == NJ_I32 ? Double(Int32.max) : Double.infinity
        func firstBest(_ beats: (Double, Double) -> Bool) -> Int {
            var at = 0
            for (index, x) in values.enumerated() where !values[at].isNaN && (beats(x, values[at]) || x.isNaN) {
                at = index
            }
            return at
        }
        switch op {
        case NJ_OP_ROW_SUM: return round(values.reduce(0, +), to: type)
        case NJ_OP_ROW_PROD: return round(values.reduce(1, *), to: type)
        case NJ_OP_ROW_MAX: return values.reduce(lowest) { $0.isNaN || $1.isNaN ? .nan : max($0, $1) }
        case NJ_OP_ROW_MIN: return values.reduce(highest) { $0.isNaN || $1.isNaN ? .nan : min($0, $1) }
        case NJ_OP_ROW_ARGMAX: return Double(firstBest { $0 > $1 })
        default: return Double(firstBest { $0 < $1 })
        }
    }
}
