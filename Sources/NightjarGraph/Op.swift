import NightjarTensor

/// The operations a tape can hold. Everything else (softmax, mean, layers, losses) is written in these.
///
/// The raw values are part of plan keys and of messages, never of files.
public enum Op: UInt8, Sendable, CaseIterable {
    // Where values come from.
    /// A tensor that exists: a parameter, a batch, a result kept from before. Attribute: slot in the tape's leaves.
    case leaf = 0
    /// A number written in a script: an input of the plan, not part of its key. Attribute: slot in the tape's numbers.
    case number
    /// A number that is part of the structure. Attribute: the bits of a double.
    case constant
    /// The position along one dimension, 0-based. Attribute: the dimension.
    case iota
    /// Uniform in [0, 1). Attribute: slot in the tape's words, which holds the key of the stream.
    case uniform
    /// Standard normal. Attribute as for `uniform`.
    case normal

    // One operand.
    case neg, abs, sign, exp, expm1, log, log1p, sqrt, rsqrt, recip, sin, cos, tanh, sigmoid, erf, relu
    case floor, ceil, round, square, not, isNaN, isFinite
    /// Conversion to the node's element type.
    case cast
    /// The same value, through which no gradient flows.
    case stopGradient
    /// The same value under a name of its own, so that gradients can be taken with respect to it.
    case variable

    // Two operands, broadcast.
    case add, sub, mul, div, pow, maximum, minimum, mod
    case equal, notEqual, less, lessEqual, greater, greaterEqual
    case and, or, xor

    // Three operands, broadcast.
    /// `a` where the mask holds, else `b`.
    case select

    // Reductions. Attribute: see ``Reduction``.
    case sum, prod, max, min, argmax, argmin
    /// Mean and sum of squared deviations from it, over leading dimensions, in float64 for either floating type; see
    /// ``Tape/moments(_:leading:)``, which alone records them.
    case average, spread
    /// One entry of each row by an index: `a` is (..., K), `b` is int32 (...), 0-based. Out of range is an error of the run.
    case pick

    /// Matrix product of the last two dimensions, batched over equal leading ones. Attribute: bit 0 transposes the
    /// first operand, bit 1 the second.
    case matmul

    /// Convolution of images (N, H, W, C) with weights (kh, kw, C / groups, K). Attribute: see ``ConvolutionWindow``.
    case conv
    /// What a convolution's output passes back to its images: `a` is (N, OH, OW, K), `b` the weights; linear in both.
    case convInput
    /// What it passes back to its weights: `a` are the images, `b` is (N, OH, OW, K); linear in both.
    case convWeight
    /// For each window of `a`, the entry of `b` at the place of the window's largest: max pooling where both are one.
    /// Attribute: see ``PoolingWindow``.
    case poolMax
    /// The opposite: each entry of `b`, one a window, added to zeros at the place of the largest entry of `a`.
    case unpoolMax
    /// The mean of each window.
    case poolMean
    /// The opposite: each entry of `a`, one a window, spread evenly over the window.
    case unpoolMean

    // Shape.
    case reshape
    /// Dimensions in another order. Attribute: four bits a dimension, lowest first: where it comes from.
    case permute
    /// Broadcasting made explicit.
    case expand
    /// A box with steps out of a tensor. Attribute: offset into the tape's extra of (start, step) a dimension.
    case slice
    /// Zeros of the node's shape with the operand put at the places that the slice of the same numbers reads.
    case embed
    /// Two operands joined along a dimension. Attribute: the dimension.
    case concat

    // Along one dimension, or matrix by matrix; see `Tape+Routines.swift`. Attributes: see ``Walk``.
    /// Running sums.
    case cumsum
    /// Where the entries of each line stand in order: int32, 0-based. The node's extent says how many are wanted.
    case argsort
    /// Entries by position: `b` is int32, 0-based, of the shape of the result or one list for all lines. Out of range is
    /// an error of the run.
    case gather
    /// Zeros of the node's shape to which entries are added at their positions: the opposite of `gather`.
    case scatterAdd
    /// Of the matrices in the last two dimensions. A singular one is an error of the run.
    case inverse
    /// Determinants of the matrices in the last two dimensions.
    case det
    /// The cofactors of each matrix: the gradient of its determinant, also where it is singular.
    case cofactors
    /// How the cofactors of each matrix of `a` change along the matrix of `b`: the gradient of `cofactors`.
    case cofactorChange
    /// Sign and logarithm of the magnitude of determinants, next to each other in the last dimension.
    case slogdet
    /// An operation of a plugin's native library. Attribute: see ``NativeCall``.
    case native

    /// The derivative of operand `a` (one element) with respect to operand `b`, expanded when a plan is made.
    case gradient

    // Functions that bring their own gradient; see ``Tape/custom(_:gradient:result:routes:)``.
    /// Stands for what is put in when a gradient is derived. It has no value.
    case placeholder
    /// The value of operand `a`, through which no gradient flows by itself. Operands `b` and `c` are placeholders: for
    /// the gradient that reaches the function, and for the function's result.
    case custom
    /// The value of operand `a`, which is a `custom` row or another `route`. A gradient that reaches it goes to operand
    /// `b` as row `c` computes it.
    case route
}

extension Op {
    /// What kind of work an operation is.
    public enum Family: Sendable {
        case source, unary, binary, ternary, reduction, pick, movement, gradient, rule
        /// Kernels that write a whole result at once.
        case routine
        /// Kernels that make one tile of the result after the other; see `Grouping`.
        case product
    }

    public var family: Family {
        switch self {
        case .leaf, .number, .constant, .iota, .uniform, .normal, .placeholder: .source
        case .neg, .abs, .sign, .exp, .expm1, .log, .log1p, .sqrt, .rsqrt, .recip, .sin, .cos, .tanh, .sigmoid,
            .erf, .relu, .floor, .ceil, .round, .square, .not, .isNaN, .isFinite, .cast, .stopGradient, .variable:
            .unary
        case .add, .sub, .mul, .div, .pow, .maximum, .minimum, .mod, .equal, .notEqual, .less, .lessEqual, .greater,
            .greaterEqual, .and, .or, .xor:
            .binary
        case .select: .ternary
        case .sum, .prod, .max, .min, .argmax, .argmin, .average, .spread: .reduction
        case .pick: .pick
        case .matmul, .conv, .convInput, .convWeight, .poolMax, .unpoolMax, .poolMean, .unpoolMean: .product
        case .reshape, .permute, .expand, .slice, .embed, .concat: .movement
        case .cumsum, .argsort, .gather, .scatterAdd, .inverse, .det, .cofactors, .cofactorChange, .slogdet, .native:
            .routine
        case .gradient: .gradient
        case .custom, .route: .rule
        }
    }

    /// True for operations that write whole tensors by launches of their own, which nothing else joins.
    public var standsAlone: Bool { family == .routine || self == .embed || self == .concat }

    /// True for reductions that are taken over leading dimensions only, in one sweep, and are known when it is over.
    public var isMoment: Bool { self == .average || self == .spread }

    /// True for operations that data can make fail: an index out of range, a singular matrix, a whole number that its
    /// type does not hold.
    /// - Parameters:
    ///   - dtype: of the result.
    ///   - source: of the first operand, where there is one.
    public func canFail(_ dtype: DType, from source: DType?) -> Bool {
        switch self {
        case .pick, .gather, .scatterAdd, .inverse, .native: true
        case .cast: source.map { dtype.canRefuse($0) } ?? false
        case .neg, .abs, .square, .add, .sub, .mul, .div, .mod, .sum, .prod, .cumsum: dtype.isWhole
        case .leaf, .number, .constant, .iota, .uniform, .normal, .placeholder, .gradient, .custom, .route: false
        case .sign, .exp, .expm1, .log, .log1p, .sqrt, .rsqrt, .recip, .sin, .cos, .tanh, .sigmoid, .erf, .relu, .floor,
            .ceil, .round, .stopGradient, .variable:
            false
        case .not, .isNaN, .isFinite: false
        case .equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual, .and, .or, .xor: false
        case .pow, .maximum, .minimum, .select: false
        case .max, .min, .argmax, .argmin, .average, .spread: false
        case .matmul, .conv, .convInput, .convWeight, .poolMax, .unpoolMax, .poolMean, .unpoolMean: false
        case .reshape, .permute, .expand, .slice, .embed, .concat: false
        case .argsort, .det, .cofactors, .cofactorChange, .slogdet: false
        }
    }

    /// True for comparisons and tests, whose result is a mask.
    public var makesMask: Bool {
        switch self {
        case .equal, .notEqual, .less, .lessEqual, .greater, .greaterEqual, .and, .or, .xor, .not, .isNaN, .isFinite:
            true
        case .leaf, .number, .constant, .iota, .uniform, .normal, .placeholder, .gradient, .custom, .route: false
        case .neg, .abs, .sign, .exp, .expm1, .log, .log1p, .sqrt, .rsqrt, .recip, .sin, .cos, .tanh, .sigmoid, .erf,
            .relu, .floor, .ceil, .round, .square, .cast, .stopGradient, .variable:
            false
        case .add, .sub, .mul, .div, .pow, .maximum, .minimum, .mod, .select: false
        case .sum, .prod, .max, .min, .argmax, .argmin, .average, .spread, .pick: false
        case .matmul, .conv, .convInput, .convWeight, .poolMax, .unpoolMax, .poolMean, .unpoolMean: false
        case .reshape, .permute, .expand, .slice, .embed, .concat: false
        case .cumsum, .argsort, .gather, .scatterAdd, .inverse, .det, .cofactors, .cofactorChange, .slogdet, .native:
            false
        }
    }

    /// The name that scripts and messages use.
    public var name: String {
        switch self {
        case .neg: "unary minus"
        case .equal: "eq"
        case .notEqual: "ne"
        case .less: "lt"
        case .lessEqual: "le"
        case .greater: "gt"
        case .greaterEqual: "ge"
        case .isNaN: "isnan"
        case .isFinite: "isfinite"
        case .and: "logical_and"
        case .or: "logical_or"
        case .xor: "logical_xor"
        case .not: "logical_not"
        case .recip: "reciprocal"
        case .stopGradient: "stop_gradient"
        case .select: "where"
        case .scatterAdd: "scatter_add"
        case .conv: "conv2d"
        case .convInput: "conv2d_input"
        case .convWeight: "conv2d_weight"
        case .poolMax: "max_pool2d"
        case .unpoolMax: "max_unpool2d"
        case .poolMean: "avg_pool2d"
        case .unpoolMean: "avg_unpool2d"
        default: String(describing: self)
        }
    }

    /// The sign of arithmetic between two operands, as scripts write it.
    public var sign: String? {
        switch self {
        case .add: "+"
        case .sub: "-"
        case .mul: "*"
        case .div: "/"
        case .mod: "%"
        case .pow: "^"
        default: nil
        }
    }

    /// How messages call it: `'*'`, or `'maximum'` where there is no sign.
    public var title: String { "'\(sign ?? name)'" }

    /// The same where it works on a type: whole numbers are divided by `//` alone.
    public func title(on dtype: DType) -> String { self == .div && dtype.isWhole ? "'//'" : title }
}
