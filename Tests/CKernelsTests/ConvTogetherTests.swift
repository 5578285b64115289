import CKernels
import Testing

/// Both gradients of a convolution from one gradient of its result.
@Suite struct ConvTogetherTests {
    /// The two gradients of one convolution over one memory: operands, results and loaders.
    private struct Pair {
        var input: Convolution
        var weights: Convolution
        var memory: Memory
        let results: (input: Int, weights: Int)

        init(
            images: Int, size: (Int, Int), channels: (Int, Int), kernel: Int, stride: Int = 1, pad: Int, computed: Bool,
            _ seed: UInt64
        ) {
            func convolution(_ kind: nj_conv_kind) -> Convolution {
                Convolution(
                    NJ_F32, kind, images: images, size: size, channels: channels, kernel: (kernel, kernel),
                    stride: (stride, stride), padding: (pad, pad, pad, pad))
            }
            var dice = Dice(seed)
            var memory = Memory()
            var (input, weights) = (convolution(NJ_CONV_INPUT_GRAD), convolution(NJ_CONV_WEIGHT_GRAD))
            input.fill(&memory, &dice)
            weights.description.a_buffer = UInt16(memory.add(GemmTests.fill(weights.aCount, &dice), as: NJ_F32))
            weights.description.b_buffer = input.description.a_buffer
            func result(_ conv: inout Convolution) -> Int {
                let out = memory.add([Double](repeating: 77, count: conv.rows * conv.cols), as: NJ_F32)
                let value = conv.loadResult()
                conv.region.store(value, conv.region.dense(NJ_FULL, NJ_F32, buffer: out))
                return out
            }
            results = (result(&input), result(&weights))
            if computed {
                // As the gradient of a batch norm would be, dy is worked out on the way: here it is doubled.
                let dy = Int(input.description.a_buffer)
                func doubled(_ loader: inout Region) -> UInt16 {
                    let value = loader.load(loader.dense(NJ_FULL, NJ_F32, buffer: dy), as: NJ_F32)
                    return loader.emit(NJ_OP_ADD, NJ_F32, NJ_FULL, value, value)
                }
                input.aLoader = input.loader(doubled)
                weights.bLoader = weights.loader(ofB: true, doubled)
            }
            (self.input, self.weights, self.memory) = (input, weights, memory)
        }

        /// Runs both as one, tiles in the given order; false where they do not go together.
        mutating func run(order: (Int) -> [Int] = { Array(0..<$0) }) throws -> Bool {
            try weights.withPlan { plan in
                let weights = try #require(plan)
                input.description.tile_images = nj_conv_images_at_a_time(weights)
                return try input.withPlan { plan in
                    let input = try #require(plan)
                    guard nj_conv_goes_with(input, weights) else { return false }
                    let size = Int(nj_conv_scratch_bytes_together(input, weights))
                    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: size + 64, alignment: 64)
                    scratch.initializeMemory(as: UInt8.self, repeating: 0xFF)
                    defer { scratch.deallocate() }
                    let partial = (Int(nj_conv_partial_bytes(input)) + 63) / 64 * 64
                    memory.withBindings(
                        partialBytes: partial + Int(nj_conv_partial_bytes(weights)),
                        tiles: Int(nj_conv_tile_count(weights, 1))
                    ) { bindings, _ in
                        var own = bindings.pointee
                        own.partials = own.partials.map { $0 + partial }
                        for tile in order(Int(nj_conv_tile_count(input, 0))) {
                            nj_conv_run(input, 0, Int64(tile), bindings, scratch.baseAddress)
                        }
                        for tile in order(Int(nj_conv_tile_count(weights, 0))) {
                            nj_conv_run_together(input, weights, Int64(tile), bindings, &own, scratch.baseAddress)
                        }
                        for tile in order(Int(nj_conv_tile_count(weights, 1))) {
                            nj_conv_run(weights, 1, Int64(tile), &own, scratch.baseAddress)
                        }
                        nj_conv_finish(input, bindings)
                        nj_conv_finish(weights, &own)
                    }
                    #expect(scratch[size...].allSatisfy { $0 == 0xFF })
                    return true
                }
            }
        }

        /// Runs each by itself, cut alike.
        mutating func runAlone() throws {
            try input.run(on: &memory)
            try weights.run(on: &memory)
        }
    }

    private static func check(_ made: Pair, _ name: String, _ dice: inout Dice) throws -> Bool {
        var together = made
        guard try together.run() else { return false }
        var shuffled = made
        _ = try shuffled.run { (0..<$0).shuffled(using: &dice) }
        var alone = together
        alone.memory = made.memory
        try alone.runAlone()
        #expect(together.memory.isIntact)
        #expect(together.memory == shuffled.memory, "\(name): the order of tiles")
        #expect(together.memory == alone.memory, "\(name): bits of each alone")
        let factor = made.input.aLoader == nil ? 1.0 : 2.0
        for (conv, out) in [(made.input, made.results.input), (made.weights, made.results.weights)] {
            let expected = conv.reference(made.memory).map { $0 * factor }
            let largest = expected.reduce(0) { max($0, abs($1)) }
            let worst = zip(together.memory.values(out, NJ_F32), expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
            #expect(worst <= 1e-4 * largest, "\(name): \(worst) of \(largest)")
        }
        return true
    }

    @Test(arguments: supportedSets)
    func `layers of networks share it and give the bits of each gradient alone`(set: String) throws {
        let layers: [(channels: (Int, Int), size: Int, kernel: Int, stride: Int, images: Int)] = [
            ((16, 16), 32, 3, 1, 8), ((32, 32), 16, 3, 1, 16), ((64, 64), 8, 3, 1, 16), ((64, 48), 7, 3, 1, 32),
            ((40, 30), 6, 3, 1, 8), ((32, 40), 10, 5, 1, 16), ((16, 32), 32, 3, 2, 8), ((24, 30), 14, 3, 2, 16),
        ]
        try withInstructionSet(set) {
            var dice = Dice(3)
            for (index, layer) in layers.enumerated() {
                for computed in [false, true] {
                    let pair = Pair(
                        images: layer.images, size: (layer.size, layer.size), channels: layer.channels,
                        kernel: layer.kernel, stride: layer.stride, pad: layer.kernel / 2, computed: computed,
                        UInt64(index))
                    let name = "\(set), \(layer)"
                    let isShared = try Self.check(pair, name, &dice)
                    #expect(isShared, "\(name) goes together")
                }
            }
        }
    }

    @Test(arguments: supportedSets)
    func `random geometries share it where they can`(set: String) throws {
        var shared = 0
        try withInstructionSet(set) {
            for seed in 0..<90 as Range<UInt64> {
                var dice = Dice(seed &+ 100)
                let kernel = [3, 3, 3, 5].randomElement(using: &dice) ?? 3
                let pair = Pair(
                    images: Int.random(in: 1...12, using: &dice),
                    size: (Int.random(in: kernel...15, using: &dice), Int.random(in: kernel...15, using: &dice)),
                    channels: (Int.random(in: 8...40, using: &dice), Int.random(in: 8...40, using: &dice)),
                    kernel: kernel, stride: kernel == 3 ? Int.random(in: 1...2, using: &dice) : 1,
                    pad: Int.random(in: 0..<kernel, using: &dice), computed: Bool.random(using: &dice), seed)
                if try Self.check(pair, "\(set), seed \(seed), \(pair.input.description)", &dice) { shared += 1 }
            }
        }
        #expect(shared > 20)
    }

    @Test func `weights that fill the cache are left to themselves, and so are exact sums`() throws {
        func goTogether(_ channels: (Int, Int), exact: Bool = false) throws -> Bool {
            var pair = Pair(images: 16, size: (14, 14), channels: channels, kernel: 3, pad: 1, computed: false, 1)
            pair.input.description.exact = exact ? 1 : 0
            return try pair.run()
        }
        #expect(try goTogether((16, 16)))
        #expect(try !goTogether((16, 16), exact: true))
        #expect(try !goTogether((160, 96)))
    }
}
