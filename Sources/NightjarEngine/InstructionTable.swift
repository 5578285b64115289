import CKernels
import NightjarGraph

/// Which kernel instruction serves which operation.
extension ProgramBuilder {
    /// - Throws: ``EngineError`` for an operation that does not work element by element.
    static func instruction(_ op: Op) throws -> nj_op {
        switch op {
        case .neg: NJ_OP_NEG
        case .abs: NJ_OP_ABS
        case .sign: NJ_OP_SIGN
        case .exp: NJ_OP_EXP
        case .expm1: NJ_OP_EXPM1
        case .log: NJ_OP_LOG
        case .log1p: NJ_OP_LOG1P
        case .sqrt: NJ_OP_SQRT
        case .rsqrt: NJ_OP_RSQRT
        case .recip: NJ_OP_RECIP
        case .sin: NJ_OP_SIN
        case .cos: NJ_OP_COS
        case .tanh: NJ_OP_TANH
        case .sigmoid: NJ_OP_SIGMOID
        case .erf: NJ_OP_ERF
        case .relu: NJ_OP_RELU
        case .floor: NJ_OP_FLOOR
        case .ceil: NJ_OP_CEIL
        case .round: NJ_OP_ROUND
        case .square: NJ_OP_SQUARE
        case .not: NJ_OP_NOT
        case .isNaN: NJ_OP_IS_NAN
        case .isFinite: NJ_OP_IS_FINITE
        case .add: NJ_OP_ADD
        case .sub: NJ_OP_SUB
        case .mul: NJ_OP_MUL
        case .div: NJ_OP_DIV
        case .pow: NJ_OP_POW
        case .maximum: NJ_OP_MAX
        case .minimum: NJ_OP_MIN
        case .mod: NJ_OP_MOD
        case .equal: NJ_OP_EQ
        case .notEqual: NJ_OP_NE
        case .less: NJ_OP_LT
        case .lessEqual: NJ_OP_LE
        case .greater: NJ_OP_GT
        case .greaterEqual: NJ_OP_GE
        case .and: NJ_OP_AND
        case .or: NJ_OP_OR
        case .xor: NJ_OP_XOR
        case .select: NJ_OP_WHERE
        case .expand, .reshape, .stopGradient, .variable: NJ_OP_COPY
        case .leaf, .number, .constant, .iota, .uniform, .normal, .placeholder, .cast, .sum, .prod, .max, .min, .argmax,
            .argmin, .average, .spread, .pick:
            throw misplaced(op)
        case .matmul, .conv, .convInput, .convWeight, .poolMax, .unpoolMax, .poolMean, .unpoolMean: throw misplaced(op)
        case .permute, .slice, .embed, .concat: throw misplaced(op)
        case .cumsum, .argsort, .gather, .scatterAdd, .inverse, .det, .cofactors, .cofactorChange, .slogdet, .native:
            throw misplaced(op)
        case .gradient, .custom, .route: throw misplaced(op)
        }
    }

    static func rowReduction(_ op: Op) throws -> nj_op {
        switch op {
        case .sum: NJ_OP_ROW_SUM
        case .prod: NJ_OP_ROW_PROD
        case .max: NJ_OP_ROW_MAX
        case .min: NJ_OP_ROW_MIN
        case .argmax: NJ_OP_ROW_ARGMAX
        case .argmin: NJ_OP_ROW_ARGMIN
        default: throw misplaced(op)
        }
    }

    static func accumulation(_ op: Op, all: Bool) throws -> nj_op {
        switch op {
        case .sum: all ? NJ_OP_ALL_SUM : NJ_OP_COLS_SUM
        case .prod: all ? NJ_OP_ALL_PROD : NJ_OP_COLS_PROD
        case .max: all ? NJ_OP_ALL_MAX : NJ_OP_COLS_MAX
        case .min: all ? NJ_OP_ALL_MIN : NJ_OP_COLS_MIN
        case .average: all ? NJ_OP_ALL_MEAN : NJ_OP_COLS_MEAN
        case .spread: all ? NJ_OP_ALL_SPREAD : NJ_OP_COLS_SPREAD
        default: throw misplaced(op)
        }
    }

    private static func misplaced(_ op: Op) -> EngineError {
        EngineError("'\(op.name)' has no instruction of this kind")
    }
}
