import CKernels
import Foundation
import Testing

/// Matrix products against plain sums in double.
@Suite struct GemmTests {
    static let shapes = [
        (1, 1, 1), (2, 3, 4), (5, 16, 7), (6, 17, 33), (7, 15, 64), (13, 31, 5), (23, 48, 70), (64, 64, 64),
        (70, 9, 12),
        (3, 200, 2), (33, 70, 1), (128, 10, 50), (300, 20, 11), (40, 530, 20), (300, 100, 700), (128, 512, 784),
        (65, 84, 130), (100, 530, 40), (200, 63, 300),
    ]

    static func fill(_ count: Int, _ dice: inout Dice) -> [Double] {
        (0..<count).map { _ in Double(Float.random(in: -1...1, using: &dice)) }
    }

    /// A product with its operands filled in, stored into the last buffer.
    static func plain(_ product: Product, seed: UInt64) -> (Product, Memory, Int) {
        var dice = Dice(seed)
        var product = product
        var memory = Memory()
        product.a = memory.add(fill(product.batch * product.m * product.k, &dice), as: product.type)
        let copies = product.sharedB ? 1 : product.batch
        product.b = memory.add(fill(copies * product.k * product.n, &dice), as: product.type)
        let c = memory.add([Double](repeating: 77, count: product.batch * product.m * product.n), as: product.type)
        let value = product.loadProduct()
        product.region.store(value, product.region.dense(NJ_FULL, product.type, buffer: c))
        return (product, memory, c)
    }

    static func bound(_ type: nj_dtype, _ k: Int) -> Double {
        type == NJ_F32 ? Double(max(k, 1)) * 0x1p-23 : 1e-12
    }

    static func check(_ given: Product, seed: UInt64, _ set: String) throws {
        var (product, memory, c) = plain(given, seed: seed)
        let expected = product.reference(memory)
        var shuffled = memory
        var dice = Dice(seed + 1)
        try withInstructionSet(set) {
            try product.run(on: &memory)
            try product.run(on: &shuffled) { (0..<$0).shuffled(using: &dice) }
        }
        product.a = 0
        #expect(memory.isIntact)
        #expect(memory == shuffled)
        let actual = memory.values(c, given.type)
        let worst = zip(actual, expected).map { abs($0 - $1) }.max() ?? 0
        #expect(
            worst <= bound(given.type, given.k),
            "\(set), \(given.type), \(given.m) x \(given.n) x \(given.k), batch \(given.batch): \(worst)")
        #expect(actual.allSatisfy { !$0.isNaN })
    }

    @Test(arguments: supportedSets, shapes.indices)
    func `products of all transposes agree with sums in double`(set: String, shape: Int) throws {
        let (m, n, k) = Self.shapes[shape]
        for type in [NJ_F32, NJ_F64] where type == NJ_F32 || m * n * k < 10_000_000 {
            for transposes in 0..<4 {
                var product = Product(type, m: m, n: n, k: k)
                product.transposedA = transposes & 1 != 0
                product.transposedB = transposes & 2 != 0
                try Self.check(product, seed: UInt64(shape * 4 + transposes), set)
            }
        }
    }

    @Test(arguments: supportedSets)
    func `products of every small size are right`(set: String) throws {
        var dice = Dice(99)
        for round in 0..<300 {
            var product = Product(
                round % 3 == 0 ? NJ_F64 : NJ_F32, m: Int.random(in: 0...40, using: &dice),
                n: Int.random(in: 0...70, using: &dice), k: Int.random(in: 0...70, using: &dice),
                batch: [1, 1, 1, 0, 3][round % 5])
            product.transposedA = Bool.random(using: &dice)
            product.transposedB = Bool.random(using: &dice)
            product.sharedB = round % 2 == 0
            try Self.check(product, seed: UInt64(round), set)
        }
    }

    @Test(arguments: supportedSets)
    func `batches of larger products share or own their second factor`(set: String) throws {
        for shared in [false, true] {
            var product = Product(NJ_F32, m: 60, n: 130, k: 90, batch: 5)
            product.sharedB = shared
            try Self.check(product, seed: 5, set)
            product.transposedB = true
            try Self.check(product, seed: 6, set)
        }
    }

    @Test(arguments: supportedSets)
    func `no terms give zeros`(set: String) throws {
        var (product, memory, c) = Self.plain(Product(NJ_F32, m: 5, n: 7, k: 0), seed: 1)
        try withInstructionSet(set) { _ = try product.run(on: &memory) }
        product.a = 0
        #expect(memory.values(c, NJ_F32) == [Double](repeating: 0, count: 35))
    }
}
