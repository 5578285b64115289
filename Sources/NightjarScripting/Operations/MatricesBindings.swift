import CLuaShim
import NightjarGraph
import NightjarTensor

private let own = Parameter("t", .tensor)

/// Matrix products, inverses and determinants.
let matrixBindings: [Binding] = [
    Binding(
        "matmul", [.module, .method], [own, Parameter("other", .tensor)],
        options: [
            Parameter("transpose_a", .boolean, default: "false", "transpose the first operand"),
            Parameter("transpose_b", .boolean, default: "false", "transpose the second operand"),
        ],
        "Matrix product of the last two dimensions; a tensor of one dimension is a vector. Leading dimensions are stacks "
            + "of matrices, which are repeated where they are 1 or missing."
    ) { try matmul($0) },
    Binding("mm", [.module, .method], [own, Parameter("other", .tensor)], "Matrix product.") { try matmul($0) },
    Binding(
        "outer", [.module, .method], [own, Parameter("other", .tensor)],
        "Products of every entry of one vector with every entry of the other."
    ) { call in
        call.namesOperation()
        try call.answer(call.tape.outer(call.node(0), call.node(1)))
    },
    Binding(
        "einsum", .module,
        [
            Parameter("equation", .string, "letters for dimensions, for example \"bij,bjk->bik\" or \"...ij->...ji\""),
            Parameter("first", .tensor), Parameter("others", .tensor, default: "nil"),
        ], variadic: true,
        "Sums of products written with letters: those that the result does not name are summed over. A letter twice "
            + "in one operand takes its diagonal; ... stands for further dimensions, which are repeated where they are 1."
    ) { call in
        let equation = try call.string(0)
        let operands = try (1..<call.count).map { try call.node($0) }
        guard !operands.isEmpty else { throw call.wrong(1) }
        call.namesOperation()
        try call.answer(call.tape.einsum(equation, operands))
    },
    Binding("inverse", [.module, .method], [own], "The inverse of each matrix in the last two dimensions.") { call in
        try call.answer(call.tape.inverse(call.node(0)))
    },
    Binding("det", [.module, .method], [own], "The determinant of each matrix in the last two dimensions.") { call in
        try call.answer(call.tape.det(call.node(0)))
    },
    Binding(
        "slogdet", [.module, .method], [own], returns: "tensor, tensor",
        "The sign of each determinant, and the logarithm of its magnitude."
    ) { call in
        call.namesOperation()
        let (sign, logarithm) = try call.tape.slogdet(call.node(0))
        try call.answer([sign, logarithm])
    },
]

private func matmul(_ call: Call) throws {
    try call.answer(
        call.tape.matmul(
            call.node(0), call.node(1), transposeA: call.option("transpose_a", default: false),
            transposeB: call.option("transpose_b", default: false)))
}
