import NightjarData
import NightjarTensor
import Testing

struct BatchLoaderTests {
    /// `count` samples of one number each, its own position; labels are positions mod 3, given ones one more.
    private func noisy(_ count: Int) throws -> LabelledDataset {
        let data = try Dataset(
            name: "numbers", inputs: Tensor((0..<count).map { Float($0) }, shape: Shape([count, 1])),
            labels: (0..<count).map { Int32($0 % 3) }, classes: 3, normalization: .identity)
        return try data.given(labels: data.labels.map { ($0 + 1) % 3 })
    }

    @Test func anEpochMeetsEverySampleOnce() throws {
        for (count, size) in [(1, 1), (1, 5), (10, 3), (12, 3), (13, 13), (100, 7)] {
            let loader = try BatchLoader(noisy(count), batchSize: size, shuffleSeed: 4)
            let order = loader.order(epoch: 2)
            let batches = try (0..<loader.batchesPerEpoch).map { try loader.batch($0, of: order) }
            #expect(batches.dropLast().allSatisfy { $0.count == size })
            #expect(batches.map(\.count).reduce(0, +) == count)
            let indices = try batches.flatMap { try $0.indices.elements(of: Int32.self) }
            #expect(indices == order)
            #expect(indices.sorted() == [Int32](0..<Int32(count)))
        }
    }

    @Test func theRestIsKeptAsASmallerBatch() throws {
        let loader = try BatchLoader(noisy(10), batchSize: 4, shuffleSeed: 0)
        #expect(loader.batchesPerEpoch == 3)
        #expect(try loader.batch(2, of: loader.order(epoch: 1)).count == 2)
    }

    @Test func inputsAndGivenLabelsBelongToTheirIndices() throws {
        let loader = try BatchLoader(noisy(50), batchSize: 8, shuffleSeed: 9)
        let order = loader.order(epoch: 1)
        for number in 0..<loader.batchesPerEpoch {
            let batch = try loader.batch(number, of: order)
            let indices = try batch.indices.elements(of: Int32.self)
            #expect(batch.inputs.values == indices.map(Double.init))
            #expect(try batch.labels.elements(of: Int32.self) == indices.map { ($0 % 3 + 1) % 3 })
            #expect(batch.inputs.shape == (try Shape([batch.count, 1])))
            #expect(batch.inputs.dtype == .float32)
        }
    }

    @Test func orderDependsOnSeedAndEpochAlone() throws {
        let loader = try BatchLoader(noisy(40), batchSize: 8, shuffleSeed: 9)
        let other = try BatchLoader(noisy(40), batchSize: 3, shuffleSeed: 9, dtype: .float64)
        #expect(loader.order(epoch: 7) == other.order(epoch: 7))
        #expect(loader.order(epoch: 7) != loader.order(epoch: 8))
        #expect(try BatchLoader(noisy(40), batchSize: 8, shuffleSeed: 10).order(epoch: 7) != loader.order(epoch: 7))
        #expect(loader.order(epoch: 7) == RandomStream(seed: 9, purpose: "shuffle", index: 7).permutation(40))
    }

    @Test func withoutASeedTheOrderIsThatOfTheData() throws {
        let loader = try BatchLoader(noisy(5), batchSize: 2, shuffleSeed: nil)
        #expect(loader.order(epoch: 3) == [0, 1, 2, 3, 4])
    }

    @Test func doublesAreMadeWhereAskedFor() throws {
        let loader = try BatchLoader(LabelledDataset(smallData()), batchSize: 2, shuffleSeed: nil, dtype: .float64)
        let batch = try loader.batch(0, of: loader.order(epoch: 0))
        #expect(batch.inputs.dtype == .float64)
        #expect(batch.inputs.values == (0..<8).map { Double($0) / 255 })
    }

    @Test func impossibleRequestsAreErrors() throws {
        let data = try noisy(5)
        for size in [0, -1, Int.min] {
            #expect(throws: DataError("batch size must be at least 1, got \(size)")) {
                try BatchLoader(data, batchSize: size, shuffleSeed: 0)
            }
        }
        #expect(throws: DataError("batches hold float32 or float64 inputs, not int32")) {
            try BatchLoader(data, batchSize: 1, shuffleSeed: 0, dtype: .int32)
        }
        let loader = try BatchLoader(data, batchSize: 2, shuffleSeed: 0)
        for number in [-1, 3, .max] {
            #expect(throws: DataError("batch \(number) does not exist: 5 samples make 3 batches")) {
                try loader.batch(number, of: loader.order(epoch: 0))
            }
        }
        #expect(throws: DataError("batch 0 does not exist: 0 samples make 0 batches")) {
            try loader.batch(0, of: [])
        }
        #expect(throws: DataError("sample 5 is not in data set 'numbers': it has 0 to 4")) {
            try loader.batch(at: [0, 5])
        }
        #expect(throws: DataError("a batch of data set 'numbers' needs at least one sample")) {
            try loader.batch(at: [])
        }
    }

    @Test func aBatchSizeBeyondAllReasonIsOneBatch() throws {
        let loader = try BatchLoader(noisy(5), batchSize: .max, shuffleSeed: 0)
        #expect(loader.batchesPerEpoch == 1)
        #expect(try loader.batch(0, of: loader.order(epoch: 0)).count == 5)
    }
}
