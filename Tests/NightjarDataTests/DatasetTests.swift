import NightjarData
import NightjarTensor
import Testing

/// Three 1x2 images of two channels: values 0 to 11.
func smallData(_ normalization: Normalization = .unit) throws -> Dataset {
    try Dataset(
        name: "small", inputs: Tensor((0..<12).map { UInt8($0) }, shape: Shape([3, 1, 2, 2])), labels: [1, 0, 2],
        classes: 3, classNames: ["a", "b", "c"], normalization: normalization)
}

struct DatasetTests {
    @Test func aDatasetKnowsItsFacts() throws {
        let data = try smallData()
        #expect(data.count == 3)
        #expect(data.inputShape == (try Shape([1, 2, 2])))
        #expect(data.featureCount == 4)
        #expect(data.classCounts == [1, 1, 1])
        #expect(data.classNames == ["a", "b", "c"])
    }

    @Test func classesAreNumberedWhereNamesAreNotGiven() throws {
        let data = try Dataset(
            name: "x", inputs: Tensor([0, 0] as [Float], shape: Shape([2, 1])), labels: [0, 0], classes: 2,
            normalization: .identity)
        #expect(data.classNames == ["0", "1"])
        #expect(data.classCounts == [2, 0])
    }

    @Test func bytesBecomeNormalisedFloats() throws {
        let data = try smallData(Normalization(scale: 2, mean: [1, 2], deviation: [4, 0.5]))
        let expected: [Double] = (0..<12).map { index in
            let scaled = Double(index) / 2
            return index % 2 == 0 ? (scaled - 1) / 4 : (scaled - 2) / 0.5
        }
        #expect(try data.normalizedInputs(.float64).values == expected)
        #expect(try data.normalizedInputs().elements(of: Float.self) == expected.map(Float.init))
        #expect(try data.normalizedInputs().shape == data.inputs.shape)
        #expect(try data.normalizedInputs() === data.normalizedInputs(.float32))
    }

    @Test func floatsBecomeNormalisedFloats() throws {
        let raw: [Float] = [0.5, -1, 3, 0.1]
        let inputs = try Tensor(raw, shape: Shape([2, 2]))
        let data = try Dataset(
            name: "x", inputs: inputs, labels: [0, 1], classes: 2,
            normalization: Normalization(scale: 1, mean: [1, 2], deviation: [2, 4]))
        let expected: [Double] = [(0.5 - 1) / 2, (-1 - 2) / 4, (3 - 1) / 2, (Double(raw[3]) - 2) / 4]
        #expect(try data.normalizedInputs(.float64).values == expected)
        #expect(try data.normalizedInputs().elements(of: Float.self) == expected.map(Float.init))
    }

    @Test func floatsThatStayAsTheyAreAreNotCopied() throws {
        let inputs = try Tensor([0.5, 1] as [Float], shape: Shape([2, 1]))
        let data = try Dataset(name: "x", inputs: inputs, labels: [0, 1], classes: 2, normalization: .identity)
        #expect(try data.normalizedInputs() === inputs)
    }

    @Test(arguments: [DType.float32, .float64]) func rowsAreTheSameFromALargeSetAndASmallOne(dtype: DType) throws {
        // Above 64 MiB as floats, rows are converted one by one instead of copied from a kept whole.
        let width = 3 * 4096
        let count = dtype == .float32 ? 1500 : 750
        let inputs = try Tensor(uninitialized: Shape([count, 64, 64, 3]), dtype: .uint8)
        try inputs.withElements(of: UInt8.self) { bytes in
            for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: index &* 31 &+ index / 997) }
        }
        let large = try Dataset(
            name: "large", inputs: inputs, labels: [Int32](repeating: 0, count: count), classes: 2,
            normalization: Normalization(mean: [0.1, 0.2, 0.3], deviation: [0.5, 0.6, 0.7]))
        #expect(count * width * dtype.byteWidth > 64 << 20)
        let rows = [count - 1, 0, 77, 77]
        let small = try large.subset(rows)
        let fromLarge = try large.inputs(at: rows.map(Int32.init)[...], dtype)
        #expect(fromLarge.values == (try small.inputs(at: [0, 1, 2, 3], dtype).values))
        #expect(try small.normalizedInputs(dtype).values == fromLarge.values)
    }

    @Test func inputsAreMadeForAnyIndices() throws {
        let data = try smallData()
        let inputs = try data.inputs(at: [2, 0, 2], .float64)
        #expect(inputs.shape == (try Shape([3, 1, 2, 2])))
        #expect(inputs.values == [8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11].map { $0 / 255 })
    }

    @Test func impossibleRequestsAreErrors() throws {
        let data = try smallData()
        #expect(throws: DataError("a batch of data set 'small' needs at least one sample")) {
            try data.inputs(at: [])
        }
        #expect(throws: DataError("sample 3 is not in data set 'small': it has 0 to 2")) {
            try data.inputs(at: [0, 3])
        }
        #expect(throws: DataError("sample -1 is not in data set 'small': it has 0 to 2")) {
            try data.inputs(at: [-1])
        }
        #expect(throws: DataError("inputs of data set 'small' are made as float32 or float64, not as uint8")) {
            try data.inputs(at: [0], .uint8)
        }
        #expect(throws: DataError("inputs of data set 'small' are made as float32 or float64, not as bool")) {
            try data.normalizedInputs(.bool)
        }
        #expect(throws: DataError("a subset of data set 'small' needs at least one sample")) { try data.subset([]) }
        #expect(throws: DataError("sample 7 is not in data set 'small': it has 0 to 2")) { try data.subset([1, 7]) }
        #expect(throws: DataError("a subset of data set 'small' needs at least one sample")) {
            try data.limited(to: 0)
        }
        #expect(throws: DataError("a subset of data set 'small' needs at least one sample")) {
            try data.limited(to: .min)
        }
    }

    @Test func aSubsetHasItsOwnRows() throws {
        let data = try smallData()
        let subset = try data.subset([2, 1, 2], name: "part")
        #expect(subset.name == "part")
        #expect(subset.labels == [2, 0, 2])
        #expect(subset.inputs.values == [8, 9, 10, 11, 4, 5, 6, 7, 8, 9, 10, 11])
        #expect(subset.classNames == data.classNames)
        #expect(subset.normalization == data.normalization)
        #expect(data.labels == [1, 0, 2])
    }

    @Test func aLimitTakesTheFirst() throws {
        let data = try smallData()
        #expect(try data.limited(to: 2).labels == [1, 0])
        #expect(try data.limited(to: 3) === data)
        #expect(try data.limited(to: .max) === data)
    }

    @Test func partsThatDoNotFitAreErrors() throws {
        let inputs = try Tensor([0, 1, 2, 3] as [UInt8], shape: Shape([2, 2]))
        func build(
            _ inputs: Tensor, _ labels: [Int32], classes: Int = 2, names: [String]? = nil,
            _ normalization: Normalization = .unit
        ) throws {
            _ = try Dataset(
                name: "x", inputs: inputs, labels: labels, classes: classes, classNames: names,
                normalization: normalization)
        }
        #expect(throws: DataError("data set 'x' has 2 inputs but 3 labels")) { try build(inputs, [0, 1, 0]) }
        #expect(
            throws: DataError(
                "data set 'x': label 2 at position 1 (counted from 0) is not a class: labels are 0 to 1")
        ) { try build(inputs, [0, 2]) }
        #expect(
            throws: DataError(
                "data set 'x': label -1 at position 0 (counted from 0) is not a class: labels are 0 to 1")
        ) { try build(inputs, [-1, 2]) }
        #expect(throws: DataError("data set 'x' needs at least 2 classes, got 1")) {
            try build(inputs, [0, 0], classes: 1)
        }
        #expect(throws: DataError("data set 'x' needs at least 2 classes, got -4")) {
            try build(inputs, [0, 0], classes: -4)
        }
        #expect(throws: DataError("data set 'x' has 2 classes but 1 class names")) {
            try build(inputs, [0, 0], names: ["a"])
        }
        #expect(throws: DataError("data set 'x' has 2 channels but 3 means")) {
            try build(inputs, [0, 0], Normalization(mean: [0, 0, 0], deviation: [1, 1, 1]))
        }
        #expect(throws: DataError("data set 'x' has inputs of int32, expected uint8 or float32")) {
            try build(Tensor([1, 2] as [Int32], shape: Shape([2, 1])), [0, 0])
        }
        #expect(throws: DataError("data set 'x' has inputs of shape (2), expected one row a sample: (count, ...)")) {
            try build(Tensor([1, 2] as [UInt8]), [0, 0])
        }
        #expect(throws: DataError("data set 'x' has inputs of shape (0, 2), expected one row a sample: (count, ...)")) {
            try build(Tensor([UInt8](), shape: Shape([0, 2])), [])
        }
    }
}
