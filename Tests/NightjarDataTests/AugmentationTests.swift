import NightjarData
import NightjarTensor
import Testing

/// Shifts and mirror images, against images whose numbers say where they came from.
struct AugmentationTests {
    /// Bytes 1 to 255, so that raw zeros are told apart; two channels with their own means.
    private func images(_ count: Int, height: Int = 5, width: Int = 4, isFloat: Bool = false) throws -> LabelledDataset
    {
        let shape = try Shape([count, height, width, 2])
        let bytes = (0..<shape.count).map { UInt8($0 % 255 + 1) }
        let inputs = try isFloat ? Tensor(bytes.map(Float.init), shape: shape) : Tensor(bytes, shape: shape)
        return LabelledDataset(
            try Dataset(
                name: "images", inputs: inputs, labels: [Int32](repeating: 0, count: count), classes: 2,
                normalization: Normalization(scale: 255, mean: [0.25, 0.5], deviation: [0.5, 2])))
    }

    private func batch(
        _ data: LabelledDataset, _ change: Augmentation, seed: UInt64 = 3, epoch: Int = 1, dtype: DType = .float32
    ) throws -> [Double] {
        let loader = try BatchLoader(
            data, batchSize: data.count, shuffleSeed: nil, dtype: dtype, augmentation: (change, seed))
        return try loader.batch(0, of: loader.order(epoch: epoch), epoch: epoch).inputs.values
    }

    /// Every way in which one image can come out.
    private func variants(_ plain: ArraySlice<Double>, _ change: Augmentation, height: Int, width: Int) -> [[Double]] {
        let zero = [(0 - 0.25) / 0.5, (0 - 0.5) / 2].map { Double(Float($0)) }
        let moves = -change.crop...change.crop
        return moves.flatMap { top in
            moves.flatMap { left in
                (change.flips ? [false, true] : [false]).map { isMirrored in
                    (0..<height * width * 2).map { place in
                        let (row, column, channel) = (place / (2 * width), place / 2 % width, place % 2)
                        let (y, x) = (row + top, (isMirrored ? width - 1 - column : column) + left)
                        guard y >= 0, y < height, x >= 0, x < width else { return zero[channel] }
                        return plain[plain.startIndex + (y * width + x) * 2 + channel]
                    }
                }
            }
        }
    }

    @Test(arguments: [(1, false), (2, true), (0, true), (7, true)], [false, true])
    func everyImageIsAPartOfThePaddedOneAndEveryPartComesUp(change: (crop: Int, flips: Bool), isFloat: Bool) throws {
        let data = try images(400, isFloat: isFloat)
        let augmentation = try Augmentation(crop: change.crop, flips: change.flips)
        let plain = try BatchLoader(data, batchSize: 400, shuffleSeed: nil).batch(
            at: (0..<400)[...].map(Int32.init)[...]
        )
        .inputs.values
        let changed = try batch(data, augmentation)
        var found: Set<Int> = []
        for image in 0..<400 {
            let range = image * 40..<(image + 1) * 40
            let known = variants(plain[range], augmentation, height: 5, width: 4)
            let match = known.firstIndex(of: Array(changed[range]))
            #expect(match != nil, "image \(image)")
            if let match { found.insert(match) }
        }
        let ways = (2 * change.crop + 1) * (2 * change.crop + 1) * (change.flips ? 2 : 1)
        if ways <= 50 { #expect(found.count == ways) }
    }

    @Test func whatHappensDependsOnSeedEpochAndSampleAlone() throws {
        let data = try images(60)
        let change = try Augmentation(crop: 2, flips: true)
        let first = try batch(data, change)
        #expect(try batch(data, change) == first)
        #expect(try batch(data, change, epoch: 2) != first)
        #expect(try batch(data, change, seed: 4) != first)
        let loader = try BatchLoader(data, batchSize: 7, shuffleSeed: 1, augmentation: (change, 3))
        let order = loader.order(epoch: 1)
        for number in 0..<loader.batchesPerEpoch {
            let batch = try loader.batch(number, of: order, epoch: 1)
            let values = batch.inputs.values
            for (position, sample) in try batch.indices.elements(of: Int32.self).enumerated() {
                let range = Int(sample) * 40..<(Int(sample) + 1) * 40
                #expect(Array(values[position * 40..<(position + 1) * 40]) == Array(first[range]))
            }
        }
    }

    @Test func piecesMayBeFilledInAnyOrder() throws {
        let data = try images(50, height: 32, width: 32)
        let loader = try BatchLoader(
            data, batchSize: 50, shuffleSeed: 1, augmentation: (try Augmentation(crop: 4, flips: true), 3))
        let order = loader.order(epoch: 1)
        let pending = try loader.pending(0, of: order)
        #expect(pending.pieceCount > 3)
        for piece in (0..<pending.pieceCount).reversed() { pending.fill(piece) }
        #expect(try pending.batch.inputs.values == loader.batch(0, of: order).inputs.values)
    }

    @Test func whatIsNoImageIsRefused() throws {
        let data = try Dataset(
            name: "rows", inputs: Tensor([1, 2, 3, 4] as [Float], shape: Shape([2, 2])), labels: [0, 1], classes: 2,
            normalization: .identity)
        let change = try Augmentation(crop: 1)
        let error = #expect(throws: DataError.self) {
            try BatchLoader(LabelledDataset(data), batchSize: 1, shuffleSeed: nil, augmentation: (change, 1))
        }
        #expect(
            error.map { "\($0)" }
                == "only images (height, width, channels) can be cropped and flipped: a sample of data set 'rows' has "
                + "shape (2)")
        #expect(throws: DataError.self) { try Augmentation(crop: -1) }
    }
}
