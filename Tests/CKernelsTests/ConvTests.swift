import CKernels
import Testing

/// Convolutions and their gradients against plain sums in double.
@Suite struct ConvTests {
    static let kinds = [NJ_CONV_FORWARD, NJ_CONV_INPUT_GRAD, NJ_CONV_WEIGHT_GRAD]

    /// Relative to the largest element: sums of float32 products in a row, Winograd's transforms, float64.
    static func bound(_ type: nj_dtype, _ algorithm: String) -> Double {
        type == NJ_F64 ? 1e-13 : (algorithm.hasPrefix("winograd") ? 3e-5 : 1e-5)
    }

    /// Stores the plain result and compares; two orders of tiles must give the same bits.
    static func check(_ given: Convolution, seed: UInt64, _ set: String) throws {
        var dice = Dice(seed)
        var conv = given
        var memory = Memory()
        conv.fill(&memory, &dice)
        let expected = conv.reference(memory)
        let out = memory.add([Double](repeating: 77, count: expected.count), as: conv.type)
        let value = conv.loadResult()
        conv.region.store(value, conv.region.dense(NJ_FULL, conv.type, buffer: out))
        var shuffled = memory
        let algorithm = try withInstructionSet(set) {
            try conv.run(on: &memory)
            try conv.run(on: &shuffled) { (0..<$0).shuffled(using: &dice) }
            return try conv.algorithm()
        }
        #expect(memory.isIntact)
        #expect(memory == shuffled)
        let largest = expected.reduce(0) { max($0, abs($1)) }
        let actual = memory.values(out, conv.type)
        let worst = zip(actual, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
        #expect(actual.allSatisfy { !$0.isNaN })
        #expect(
            worst <= bound(conv.type, algorithm) * largest,
            "\(set), \(algorithm), seed \(seed): \(worst) of \(largest), \(given.description)")
    }

    /// Any geometry: sizes that fit no vector and no tile, strides, dilations, groups, padding on each side.
    static func random(_ seed: UInt64) -> Convolution? {
        var dice = Dice(seed &* 0x9E37_79B9)
        let kernels = [1, 2, 3, 3, 5, 7]
        let height = kernels.randomElement(using: &dice) ?? 1
        let width = Bool.random(using: &dice) ? height : kernels.randomElement(using: &dice) ?? 1
        let limit = [4, 12, 33].randomElement(using: &dice) ?? 4
        let size = (Int.random(in: 1...limit, using: &dice), Int.random(in: 1...limit, using: &dice))
        let plain = Int.random(in: 0...2, using: &dice) > 0
        func step(_ limit: Int) -> Int { plain ? 1 : Int.random(in: 1...limit, using: &dice) }
        func pad(_ kernel: Int) -> Int {
            plain && Bool.random(using: &dice) ? kernel / 2 : Int.random(in: 0...kernel, using: &dice)
        }
        let groups = Int.random(in: 0...4, using: &dice) == 0 ? Int.random(in: 2...4, using: &dice) : 1
        let most = groups > 1 ? 20 : 70
        let channels = (Int.random(in: 1...most, using: &dice), Int.random(in: 1...most, using: &dice))
        let conv = Convolution(
            seed % 4 == 3 ? NJ_F64 : NJ_F32, kinds[Int(seed % 3)],
            images: Int.random(in: 1...(limit == 4 ? 130 : (limit == 12 ? 12 : 3)), using: &dice), size: size,
            channels: (channels.0 * groups, channels.1 * groups), kernel: (height, width), stride: (step(3), step(3)),
            padding: (pad(height), pad(width), pad(height), pad(width)), dilation: (step(2), step(3)), groups: groups,
            exact: Int.random(in: 0...3, using: &dice) == 0)
        let products = conv.rows * conv.cols * conv.terms
        return products < 4_000_000 ? conv : nil
    }

    @Test(arguments: supportedSets)
    func `convolutions of random geometry agree with sums in double, in any order of tiles`(set: String) throws {
        var cases = 0
        for seed in 0..<200 as Range<UInt64> {
            guard let conv = Self.random(seed) else { continue }
            try Self.check(conv, seed: seed, set)
            cases += 1
        }
        #expect(cases > 120)
    }

    /// Layers of the networks that are trained most, with few images.
    static let layers: [(channels: (Int, Int), size: Int, kernel: Int, stride: Int, pad: Int, images: Int)] = [
        ((3, 16), 32, 3, 1, 1, 2), ((16, 16), 32, 3, 1, 1, 2), ((16, 32), 32, 3, 2, 1, 2), ((16, 32), 32, 1, 2, 0, 2),
        ((32, 32), 16, 3, 1, 1, 5), ((64, 64), 8, 3, 1, 1, 9), ((64, 64), 7, 3, 1, 1, 5), ((96, 32), 10, 3, 1, 1, 2),
        ((128, 128), 4, 3, 1, 1, 17), ((64, 128), 2, 3, 1, 1, 37), ((128, 64), 1, 3, 1, 1, 40),
        ((40, 30), 6, 3, 1, 1, 9), ((32, 64), 14, 5, 1, 0, 2), ((48, 33), 14, 1, 1, 0, 17), ((1, 6), 28, 5, 1, 2, 3),
        ((1, 16), 28, 7, 2, 3, 2), ((80, 80), 28, 3, 2, 1, 2), ((144, 96), 14, 3, 2, 1, 5), ((160, 96), 14, 3, 1, 1, 3),
        ((336, 160), 7, 3, 1, 1, 16), ((64, 128), 8, 3, 2, 1, 40),
    ]

    @Test(arguments: supportedSets, layers.indices)
    func `layers of common networks are right in every direction`(set: String, layer: Int) throws {
        let l = Self.layers[layer]
        for (index, kind) in Self.kinds.enumerated() {
            for exact in [false, true] {
                let conv = Convolution(
                    NJ_F32, kind, images: l.images, size: (l.size, l.size), channels: l.channels,
                    kernel: (l.kernel, l.kernel), stride: (l.stride, l.stride), padding: (l.pad, l.pad, l.pad, l.pad),
                    exact: exact)
                try Self.check(conv, seed: UInt64(layer * 3 + index), set)
            }
        }
    }

    @Test func `the algorithm follows the shape, and exact sums can be asked for`() throws {
        func algorithm(
            _ size: Int, _ kernel: Int, stride: Int = 1, pad: Int? = nil, _ kind: nj_conv_kind = NJ_CONV_FORWARD,
            exact: Bool = false, _ type: nj_dtype = NJ_F32
        ) throws -> String {
            let pad = pad ?? kernel / 2
            var conv = Convolution(
                type, kind, images: 32, size: (size, size), channels: (32, 32), kernel: (kernel, kernel),
                stride: (stride, stride), padding: (pad, pad, pad, pad), exact: exact)
            _ = conv.loadResult()
            return try conv.algorithm()
        }
        #expect(try algorithm(32, 3) == "winograd_4x4_3x3")
        #expect(try algorithm(28, 3) == "winograd_4x4_3x3")
        #expect(try algorithm(14, 3) == "winograd_4x4_3x3")
        #expect(try algorithm(12, 3) == "winograd_6x6_3x3")
        #expect(try algorithm(6, 3) == "winograd_6x6_3x3")
        #expect(try algorithm(7, 3) == "winograd_4x4_3x3")
        #expect(try algorithm(5, 3) == "winograd_6x6_3x3")
        #expect(try algorithm(3, 3) == "winograd_4x4_3x3")
        #expect(try algorithm(14, 5) == "winograd_4x4_5x5")
        #expect(try algorithm(2, 3) == "winograd_2x2_3x3_bordered")
        #expect(try algorithm(1, 3) == "pixels")
        #expect(try algorithm(32, 3, exact: true) == "direct")
        #expect(try algorithm(32, 3, NJ_CONV_FORWARD, NJ_F64) == "direct")
        #expect(try algorithm(14, 1) == "direct")
        #expect(try algorithm(28, 3, stride: 2) == "winograd_4x4_3x3_strided")
        #expect(try algorithm(28, 3, stride: 2, NJ_CONV_WEIGHT_GRAD) == "winograd_4x4_3x3_strided")
        #expect(try algorithm(28, 3, stride: 2, NJ_CONV_INPUT_GRAD) == "winograd_4x4_3x3_spread")
        #expect(try algorithm(28, 3, stride: 2, pad: 0, NJ_CONV_INPUT_GRAD) == "direct")
        #expect(try algorithm(28, 3, stride: 3) == "direct")
        #expect(try algorithm(28, 3, stride: 2, exact: true) == "direct")
    }

    @Test(arguments: supportedSets)
    func `tiles may hang over the edge by any number of pixels`(set: String) throws {
        let windows: [(kernel: Int, stride: Int, pad: Int)] = [(3, 1, 1), (3, 2, 1), (3, 2, 0), (5, 1, 2)]
        for (index, window) in windows.enumerated() {
            for height in 3...18 {
                // Another width: tiles are short along one axis, along the other, along both.
                let width = 3 + (height * 7 + index) % 16
                for kind in Self.kinds {
                    let conv = Convolution(
                        NJ_F32, kind, images: 2, size: (height, width), channels: (9, 17),
                        kernel: (window.kernel, window.kernel), stride: (window.stride, window.stride),
                        padding: (window.pad, window.pad, window.pad, window.pad))
                    try Self.check(conv, seed: UInt64(height), set)
                }
            }
        }
    }

    @Test(arguments: supportedSets)
    func `images of two by two pixels need three products an axis`(set: String) throws {
        for (index, channels) in [(8, 8), (9, 70), (64, 17), (256, 40)].enumerated() {
            for (number, kind) in Self.kinds.enumerated() {
                let conv = Convolution(
                    NJ_F32, kind, images: [1, 8, 70, 130][index], size: (2, 2), channels: channels, kernel: (3, 3),
                    padding: (1, 1, 1, 1))
                try Self.check(conv, seed: UInt64(index * 3 + number), set)
            }
        }
    }

    @Test(arguments: supportedSets)
    func `images too large for the cache are cut into bands`(set: String) throws {
        for kind in Self.kinds {
            for (kernel, stride, exact) in [(3, 1, false), (3, 1, true), (5, 1, false), (3, 2, false)] {
                let conv = Convolution(
                    NJ_F32, kind, images: 1, size: (131, 90), channels: (17, 19), kernel: (kernel, kernel),
                    stride: (stride, stride), padding: stride == 2 ? (1, 1, 1, 1) : (1, 2, 0, 1), exact: exact)
                try Self.check(conv, seed: 5, set)
            }
        }
    }

    @Test(arguments: supportedSets)
    func `an empty sum gives zeros, an empty result nothing`(set: String) throws {
        for (images, channels) in [(0, (4, 5)), (3, (0, 5)), (3, (4, 0))] {
            for kind in Self.kinds {
                let conv = Convolution(
                    NJ_F32, kind, images: images, size: (6, 5), channels: channels, kernel: (3, 3),
                    padding: (1, 1, 1, 1))
                try Self.check(conv, seed: 1, set)
            }
        }
        for kind in Self.kinds {
            // No output at all: the gradients are zero.
            let conv = Convolution(
                NJ_F32, kind, images: 2, size: (2, 5), channels: (3, 4), kernel: (4, 3), padding: (0, 1, 0, 1))
            #expect(conv.description.out_h == 0)
            try Self.check(conv, seed: 2, set)
        }
    }

    @Test func `descriptions with a mistake are refused`() {
        func isAccepted(_ change: (inout Convolution) -> Void) -> Bool {
            var conv = Convolution(
                NJ_F32, NJ_CONV_FORWARD, images: 2, size: (6, 5), channels: (4, 6), kernel: (3, 3),
                padding: (1, 1, 1, 1))
            let value = conv.loadResult()
            conv.region.store(value, conv.region.dense(NJ_FULL, NJ_F32, buffer: 2))
            change(&conv)
            return conv.withPlan { $0 != nil }
        }
        #expect(isAccepted { _ in })
        #expect(!isAccepted { $0.description.dtype = UInt8(NJ_I32.rawValue) })
        #expect(!isAccepted { $0.description.kind = 3 })
        #expect(!isAccepted { $0.description.groups = 3 })
        #expect(!isAccepted { $0.description.stride_h = 0 })
        #expect(!isAccepted { $0.description.pad_top = -1 })
        #expect(!isAccepted { $0.description.n = 3 })
        #expect(!isAccepted { $0.description.n = 1 << 60 })
        #expect(!isAccepted { $0.region.operands[0].dtype = UInt8(NJ_F64.rawValue) })
        #expect(!isAccepted { $0.region.operands[1].buffer = 0xFFFE })
        // A loader stores once to what is loaded. For a gradient of weights it does nothing else.
        #expect(!isAccepted { $0.aLoader = Region(rows: 60, cols: 4) })
        #expect(
            isAccepted { conv in
                conv.aLoader = conv.loader { $0.load($0.dense(NJ_FULL, NJ_F32, buffer: 0), as: NJ_F32) }
            })
        #expect(
            !isAccepted { conv in
                conv.bLoader = conv.loader(ofB: true) { $0.load($0.dense(NJ_FULL, NJ_F32, buffer: 0), as: NJ_F32) }
            })
        #expect(
            !isAccepted { conv in
                conv = Convolution(
                    NJ_F32, NJ_CONV_WEIGHT_GRAD, images: 2, size: (6, 5), channels: (4, 6), kernel: (3, 3),
                    padding: (1, 1, 1, 1))
                let value = conv.loadResult()
                conv.region.store(value, conv.region.dense(NJ_FULL, NJ_F32, buffer: 2))
                conv.aLoader = conv.loader { $0.load($0.dense(NJ_FULL, NJ_F32, buffer: 0), as: NJ_F32) }
                conv.aLoader?.accumulate(NJ_OP_ALL_SUM, 0, NJ_F32, buffer: 1)
            })
        #expect(
            !isAccepted { conv in
                conv.aLoader = conv.loader { $0.load($0.dense(NJ_FULL, NJ_F32, buffer: 0xFFFE), as: NJ_F32) }
            })
    }
}
