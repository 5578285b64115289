import CKernels
import Testing

/// Every operation, in every type it has, with every mix of kinds that broadcasts.
@Suite struct OperationTests {
    static let unary: [nj_op] = [
        NJ_OP_NEG, NJ_OP_ABS, NJ_OP_SIGN, NJ_OP_EXP, NJ_OP_EXPM1, NJ_OP_LOG, NJ_OP_LOG1P, NJ_OP_SQRT, NJ_OP_RSQRT,
        NJ_OP_RECIP, NJ_OP_SIN, NJ_OP_COS, NJ_OP_TANH, NJ_OP_SIGMOID, NJ_OP_ERF, NJ_OP_RELU, NJ_OP_FLOOR, NJ_OP_CEIL,
        NJ_OP_ROUND, NJ_OP_SQUARE, NJ_OP_IS_NAN, NJ_OP_IS_FINITE, NJ_OP_COPY,
    ]
    static let binary: [nj_op] = [
        NJ_OP_ADD, NJ_OP_SUB, NJ_OP_MUL, NJ_OP_DIV, NJ_OP_POW, NJ_OP_MAX, NJ_OP_MIN, NJ_OP_MOD, NJ_OP_EQ, NJ_OP_NE,
        NJ_OP_LT, NJ_OP_LE, NJ_OP_GT, NJ_OP_GE,
    ]
    static let wholeOnly: [nj_op] = [NJ_OP_AND, NJ_OP_OR, NJ_OP_XOR]
    static let wholeUnary: [nj_op] = [NJ_OP_NEG, NJ_OP_ABS, NJ_OP_SIGN, NJ_OP_SQUARE, NJ_OP_NOT, NJ_OP_COPY]
    static let kinds: [nj_kind] = [NJ_FULL, NJ_COL, NJ_ROW, NJ_SCALAR]
    static let types: [nj_dtype] = [NJ_F32, NJ_F64, NJ_I32]

    static func operations(_ type: nj_dtype, operands: Int) -> [nj_op] {
        switch operands {
        case 1: type == NJ_I32 ? wholeUnary : unary
        case 2: type == NJ_I32 ? binary.filter { $0 != NJ_OP_POW } + wholeOnly : binary
        default: type == NJ_I32 ? [NJ_OP_WHERE] : [NJ_OP_WHERE, NJ_OP_FMA]
        }
    }

    static func broadcasts(_ from: nj_kind, _ to: nj_kind) -> Bool { from == to || from == NJ_SCALAR || to == NJ_FULL }

    static func resultType(_ op: nj_op, _ type: nj_dtype) -> nj_dtype {
        let comparison = op.rawValue >= NJ_OP_EQ.rawValue && op.rawValue <= NJ_OP_GE.rawValue
        return comparison || op == NJ_OP_IS_NAN || op == NJ_OP_IS_FINITE ? NJ_I32 : type
    }

    /// Values of a type, with the awkward ones among them.
    static func values(_ count: Int, _ type: nj_dtype, _ dice: inout Dice) -> [Double] {
        (0..<count).map { index in
            if type == NJ_I32 {
                let awkward: [Double] = [0, 1, -1, 2_147_483_647, -2_147_483_648, 7, -7]
                return index % 5 == 0
                    ? awkward[Int.random(in: 0..<7, using: &dice)] : Double(Int.random(in: -9...9, using: &dice))
            }
            let awkward: [Double] = [0, -0.0, 1, -1, .infinity, -.infinity, .nan, 1e-40, 2.5, -3]
            let x =
                index % 7 == 0
                ? awkward[Int.random(in: 0..<10, using: &dice)] : Double.random(in: -4...4, using: &dice)
            return type == NJ_F32 ? Double(Float(x)) : x
        }
    }

    /// One operation on operands of the given kinds, against the reference.
    static func check(
        _ op: nj_op, _ type: nj_dtype, _ rows: Int, _ cols: Int, _ result: nj_kind, _ operands: [nj_kind],
        _ set: String,
        _ dice: inout Dice, byColumns: Bool = false
    ) throws {
        var region = Region(rows: rows, cols: cols)
        var memory = Memory()
        func count(_ kind: nj_kind) -> Int {
            kind == NJ_FULL ? rows * cols : (kind == NJ_COL ? rows : (kind == NJ_ROW ? cols : 1))
        }
        var names: [UInt16] = []
        for (position, kind) in operands.enumerated() {
            let isMask = op == NJ_OP_WHERE && position == 0
            let own = isMask ? NJ_I32 : type
            var values = values(count(kind), own, &dice)
            if isMask { values = values.map { $0 > 0 ? 1 : 0 } }
            let buffer = memory.add(values, as: own)
            names.append(region.load(region.dense(kind, own, buffer: buffer), as: own))
        }
        let to = resultType(op, type)
        let padded = names + [0, 0]
        let y = region.emit(op, type, to: to, result, padded[0], padded[1], padded[2])
        let target = memory.add((0..<count(result)).map { _ in 0 }, as: to)
        region.store(y, region.dense(result, to, buffer: target))
        if byColumns { region.lookAlongRows(&memory) }
        var reference = Reference(region, on: memory)
        reference.run()
        try withInstructionSet(set) {
            if byColumns { #expect(try region.blockOrder() == "columns") }
            try run(region, on: &memory)
        }
        #expect(memory.isIntact)
        let actual = memory.values(target, to)
        let expected = reference.memory.values(target, to)
        let tolerance: Double = type == NJ_F32 ? 2 * 0x1p-23 : 1e-15
        let different = zip(actual, expected).enumerated().first { _, pair in
            !(pair.0 == pair.1 || (pair.0.isNaN && pair.1.isNaN)
                || abs(pair.0 - pair.1) <= max(tolerance * abs(pair.1), type == NJ_F32 ? 0x1p-148 : 0x1p-1060))
        }
        #expect(
            different == nil,
            "\(set), operation \(op.rawValue), \(type), \(operands) to \(result), \(rows) x \(cols): \(different as Any)"
        )
    }

    static let domains = [(1, 1), (5, 3), (9, 8), (1, 37), (67, 10), (3, 300), (40, 1), (2, 2500)]

    @Test(arguments: supportedSets, 1...3)
    func `operations agree with their definition for all kinds of operands`(set: String, operands: Int) throws {
        try Self.checkAll(set, operands, domains: Self.domains)
    }

    /// Every operation of so many operands, every mix of kinds on one of the domains.
    static func checkAll(_ set: String, _ operands: Int, domains: [(Int, Int)], byColumns: Bool = false) throws {
        func pow(_ base: Int, _ exponent: Int) -> Int { (0..<exponent).reduce(1) { product, _ in product * base } }
        var dice = Dice(UInt64(operands))
        for type in Self.types {
            for op in Self.operations(type, operands: operands) {
                // x % inf and the like differ between the definition and Lua's rule; they have a test of their own.
                if op == NJ_OP_MOD && type != NJ_I32 { continue }
                for result in Self.kinds {
                    let sources = Self.kinds.filter { Self.broadcasts($0, result) }
                    for mix in 0..<Int(pow(sources.count, operands)) {
                        var rest = mix
                        let chosen = (0..<operands).map { _ in
                            defer { rest /= sources.count }
                            return sources[rest % sources.count]
                        }
                        let (rows, cols) = domains[Int.random(in: 0..<domains.count, using: &dice)]
                        try Self.check(op, type, rows, cols, result, chosen, set, &dice, byColumns: byColumns)
                    }
                }
            }
        }
    }

    @Test(arguments: supportedSets)
    func `the remainder has the sign of the divisor, as in Lua`(set: String) throws {
        let cases: [(Double, Double, Double)] = [
            (5, 3, 2), (-5, 3, 1), (5, -3, -1), (-5, -3, -2), (6, 3, 0), (5.5, 2, 1.5), (5, .infinity, 5),
            (-5, .infinity, .infinity), (5, -.infinity, -.infinity), (1, 0, .nan), (.infinity, 2, .nan),
        ]
        for type in [NJ_F32, NJ_F64] {
            var memory = Memory()
            let a = memory.add(cases.map(\.0), as: type)
            let b = memory.add(cases.map(\.1), as: type)
            let target = memory.add(cases.map { _ in 0 }, as: type)
            var region = Region(rows: 1, cols: cases.count)
            let x = region.load(region.dense(NJ_FULL, type, buffer: a), as: type)
            let y = region.load(region.dense(NJ_FULL, type, buffer: b), as: type)
            let z = region.emit(NJ_OP_MOD, type, NJ_FULL, x, y)
            region.store(z, region.dense(NJ_FULL, type, buffer: target))
            try withInstructionSet(set) { _ = try run(region, on: &memory) }
            for (actual, expected) in zip(memory.values(target, type), cases.map(\.2)) {
                #expect(actual == expected || (actual.isNaN && expected.isNaN))
            }
        }
    }

    @Test(arguments: supportedSets)
    func `casts truncate and saturate, stores narrow`(set: String) throws {
        let values: [Double] = [0, 1.9, -1.9, 3e9, -3e9, 255, 256, 300.5, -1, .nan, .infinity, -.infinity, 2.5]
        for from in [NJ_F32, NJ_F64] {
            var memory = Memory()
            let source = memory.add(values, as: from)
            var region = Region(rows: 1, cols: values.count)
            let x = region.load(region.dense(NJ_FULL, from, buffer: source), as: from)
            let whole = region.emit(NJ_OP_CAST, from, to: NJ_I32, NJ_FULL, x)
            let back = region.emit(NJ_OP_CAST, NJ_I32, to: NJ_F64, NJ_FULL, whole)
            let types: [nj_dtype] = [NJ_I32, NJ_F64, NJ_U8, NJ_BOOL, NJ_U8, NJ_BOOL]
            let targets = types.map { memory.add(values.map { _ in 0 }, as: $0) }
            for (register, position) in zip([whole, back, x, x, whole, whole], 0...) {
                region.store(register, region.dense(NJ_FULL, types[position], buffer: targets[position]))
            }
            try withInstructionSet(set) { _ = try run(region, on: &memory) }
            let wholes: [Double] = [
                0, 1, -1, 2_147_483_647, -2_147_483_648, 255, 256, 300, -1, 0, 2_147_483_647, -2_147_483_648, 2,
            ]
            #expect(memory.values(targets[0], NJ_I32) == wholes)
            #expect(memory.values(targets[1], NJ_F64) == wholes)
            #expect(memory.values(targets[2], NJ_U8) == [0, 1, 0, 255, 0, 255, 255, 255, 0, 0, 255, 0, 2])
            #expect(memory.values(targets[3], NJ_BOOL) == [0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])
            #expect(memory.values(targets[4], NJ_U8) == [0, 1, 255, 255, 0, 255, 0, 44, 255, 0, 255, 0, 2])
            #expect(memory.values(targets[5], NJ_BOOL) == [0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1])
            #expect(memory.isIntact)
        }
    }
}
