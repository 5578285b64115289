import CKernels
import Foundation
import Testing

/// Elementary functions in float32 against Foundation's in double.
@Suite struct VectorMathTests {
    static let functions: [(name: String, op: nj_op)] = [
        ("exp", NJ_OP_EXP), ("expm1", NJ_OP_EXPM1), ("log", NJ_OP_LOG), ("log1p", NJ_OP_LOG1P),
        ("sqrt", NJ_OP_SQRT), ("rsqrt", NJ_OP_RSQRT), ("recip", NJ_OP_RECIP), ("sin", NJ_OP_SIN), ("cos", NJ_OP_COS),
        ("tanh", NJ_OP_TANH), ("sigmoid", NJ_OP_SIGMOID), ("erf", NJ_OP_ERF), ("relu", NJ_OP_RELU),
        ("floor", NJ_OP_FLOOR), ("ceil", NJ_OP_CEIL), ("round", NJ_OP_ROUND), ("square", NJ_OP_SQUARE),
        ("neg", NJ_OP_NEG), ("abs", NJ_OP_ABS), ("sign", NJ_OP_SIGN),
    ]

    /// Values where branches of the kernels meet, and the ends of the range.
    static let landmarks: [Float] = [
        0, -0.0, 1, -1, 0.5, -0.5, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
        .leastNormalMagnitude, -.leastNormalMagnitude, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
        88.72283, 88.72284, 89, -87.33654, -103.97208, -103.9721, -104, 0.625, 0.62499994, -0.625, 9.01, -9.01,
        0.70710677, 0.70710683, 1.4142135, 0.25, 4, 3.9, -4, 1.5, 2.5, -2.5, 1_048_576, 1_048_577, 3.1415927,
        1.5707964, 6.2831855, 1e10, -1e10, 16_777_216, 8_388_608.5, 0.5000001, 1e-8, -1e-8,
        // Where the sigmoid was more than 2 ulp off.
        -0x1.f9d15ap+0, -0x1.f9d15cp+0,
    ]

    /// Every 65,537th float, which meets all exponents and signs, and the landmarks.
    static let sample: [Float] = landmarks + (0..<65_535).map { Float(bitPattern: UInt32($0) &* 65_537) }

    static func apply(_ op: nj_op, _ inputs: [Float]) throws -> [Float] {
        var memory = Memory()
        let source = memory.add(inputs.map(Double.init), as: NJ_F32)
        let target = memory.add(inputs.map { _ in 0 }, as: NJ_F32)
        var region = Region(rows: 1, cols: inputs.count)
        let x = region.load(region.dense(NJ_FULL, NJ_F32, buffer: source), as: NJ_F32)
        let y = region.emit(op, NJ_F32, NJ_FULL, x)
        region.store(y, region.dense(NJ_FULL, NJ_F32, buffer: target))
        try run(region, on: &memory)
        return memory.values(target, NJ_F32).map { Float($0) }
    }

    @Test(arguments: supportedSets)
    func `functions are within two ulp over the whole range`(set: String) throws {
        for (name, op) in Self.functions {
            let results = try withInstructionSet(set) { try Self.apply(op, Self.sample) }
            var worst = (ulps: 0.0, at: Float(0), got: Float(0))
            for (x, y) in zip(Self.sample, results) {
                let error = ulps(y, Scalar.function(op, Double(x)))
                if error > worst.ulps { worst = (error, x, y) }
            }
            #expect(worst.ulps <= 2, "\(set) \(name)(\(worst.at)) = \(worst.got): \(worst.ulps) ulp")
        }
    }

    @Test(arguments: supportedSets)
    func `odd functions keep the sign of zero`(set: String) throws {
        for op in [NJ_OP_EXPM1, NJ_OP_LOG1P, NJ_OP_SIN, NJ_OP_TANH, NJ_OP_ERF, NJ_OP_SQRT, NJ_OP_ROUND, NJ_OP_CEIL] {
            let results = try withInstructionSet(set) { try Self.apply(op, [-0.0, 0.0]) }
            #expect(results[0].sign == .minus && results[0] == 0, "operation \(op.rawValue)")
            #expect(results[1].sign == .plus && results[1] == 0, "operation \(op.rawValue)")
        }
    }

    @Test(arguments: supportedSets)
    func `pow follows IEEE and is within two ulp`(set: String) throws {
        var dice = Dice(7)
        var bases: [Float] = []
        var exponents: [Float] = []
        let special: [Float] = [
            0, -0.0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, .infinity, -.infinity, .nan, 0x1p-130, -0x1p-130, 16_777_215,
            -1e10,
            33_554_432, .greatestFiniteMagnitude,
        ]
        for x in special {
            for y in special {
                bases.append(x)
                exponents.append(y)
            }
        }
        for _ in 0..<40_000 {
            let x = Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &dice))
            bases.append(x)
            // Exponents for which the result is often in range, also integers.
            let bound = 150 / max(1e-3, abs(log2(abs(Double(x)))))
            var y = Float.random(in: -1...1, using: &dice) * Float(bound.isFinite ? bound : 10)
            if Bool.random(using: &dice) { y = y.rounded() }
            // Now and then any exponent at all.
            if Int.random(in: 0..<4, using: &dice) == 0 {
                y = Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &dice))
            }
            exponents.append(y)
        }
        var memory = Memory()
        let a = memory.add(bases.map(Double.init), as: NJ_F32)
        let b = memory.add(exponents.map(Double.init), as: NJ_F32)
        let target = memory.add(bases.map { _ in 0 }, as: NJ_F32)
        var region = Region(rows: 1, cols: bases.count)
        let x = region.load(region.dense(NJ_FULL, NJ_F32, buffer: a), as: NJ_F32)
        let y = region.load(region.dense(NJ_FULL, NJ_F32, buffer: b), as: NJ_F32)
        let z = region.emit(NJ_OP_POW, NJ_F32, NJ_FULL, x, y)
        region.store(z, region.dense(NJ_FULL, NJ_F32, buffer: target))
        try withInstructionSet(set) { _ = try run(region, on: &memory) }
        let results = memory.values(target, NJ_F32)
        for (index, result) in results.enumerated() {
            let expected = pow(Double(bases[index]), Double(exponents[index]))
            let error = ulps(Float(result), expected)
            #expect(error <= 2, "\(set) pow(\(bases[index]), \(exponents[index])) = \(result), not \(expected)")
            if Float(expected) == 0 { #expect(Float(result).sign == Float(expected).sign) }
        }
    }
}
