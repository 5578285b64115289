import NightjarTensor
import Testing

struct TensorTests {
    @Test func elementsComeBackAsTheyWentIn() throws {
        let floats: [Float] = [1, -2.5, .infinity, 0, .leastNonzeroMagnitude, 3]
        let tensor = try Tensor(floats, shape: Shape([2, 3]))
        #expect(tensor.dtype == .float32)
        #expect(tensor.count == 6)
        #expect(tensor.byteCount == 24)
        #expect(try tensor.elements(of: Float.self) == floats)
        #expect(tensor.values == floats.map(Double.init))

        #expect(try Tensor([1, 2, 3] as [Int32]).elements(of: Int32.self) == [1, 2, 3])
        #expect(try Tensor([0, 255] as [UInt8]).values == [0, 255])
        #expect(try Tensor([0.1] as [Double]).value(at: 0) == 0.1)
    }

    @Test func anEmptyTensorWorks() throws {
        let tensor = try Tensor([Float](), shape: Shape([0, 4]))
        #expect(tensor.values.isEmpty)
        #expect(try tensor.copy().shape == tensor.shape)
    }

    @Test func aWrongNumberOfElementsIsAnError() throws {
        let shape = try Shape([2, 3])
        #expect(throws: TensorError("shape (2, 3) needs 6 elements, got 5")) {
            try Tensor([Float](repeating: 0, count: 5), shape: shape)
        }
        #expect(throws: TensorError("shape (2, 3) needs 6 elements, got 1")) {
            try Tensor.from([1], shape: shape, dtype: .float32)
        }
    }

    @Test func anotherElementTypeIsAnError() throws {
        let tensor = try Tensor([1, 2] as [Float])
        #expect(throws: TensorError("expected a tensor of int32, got float32")) {
            try tensor.elements(of: Int32.self)
        }
        #expect(throws: TensorError("expected a tensor of float64, got float32")) {
            try tensor.elements(of: Double.self)
        }
    }

    @Test func masksAreReadAsBytes() throws {
        let mask = try Tensor.from([0, 1, -3, .nan], shape: Shape([4]), dtype: .bool)
        #expect(try mask.elements(of: UInt8.self) == [0, 1, 1, 1])
    }

    @Test func wholeNumbersAreCutTowardZeroAndSaturate() throws {
        let values = [1.9, -1.9, 1e20, -1e20, .nan, .infinity, -.infinity]
        let shape = try Shape([values.count])
        #expect(
            try Tensor.from(values, shape: shape, dtype: .int32).elements(of: Int32.self)
                == [1, -1, .max, .min, 0, .max, .min])
        #expect(
            try Tensor.from(values, shape: shape, dtype: .uint8).elements(of: UInt8.self) == [1, 0, 255, 0, 0, 255, 0])
    }

    @Test(arguments: DType.allCases)
    func zerosAndFullAreWhatTheySay(dtype: DType) throws {
        let shape = try Shape([3, 5])
        #expect(try Tensor.zeros(shape, dtype: dtype).values == [Double](repeating: 0, count: 15))
        #expect(try Tensor.full(shape, 1, dtype: dtype).values == [Double](repeating: 1, count: 15))
        #expect(try Tensor.full(.scalar, 1, dtype: dtype).values == [1])
    }

    @Test(arguments: DType.allCases)
    func aCopyHasItsOwnMemory(dtype: DType) throws {
        let tensor = try Tensor.full(Shape([4]), 1, dtype: dtype)
        let copy = try tensor.copy()
        tensor.pointer.initializeMemory(as: UInt8.self, repeating: 0, count: tensor.byteCount)
        #expect(copy.values == [1, 1, 1, 1])
        #expect(tensor.values == [0, 0, 0, 0])
    }

    @Test func anotherShapeSharesTheMemory() throws {
        let tensor = try Tensor([1, 2, 3, 4, 5, 6] as [Int32], shape: Shape([2, 3]))
        let view = try tensor.reshaped(Shape([3, 2]))
        #expect(view.storage === tensor.storage)
        #expect(view.shape == (try Shape([3, 2])))
        #expect(throws: TensorError("cannot view (2, 3) (6 elements) as (4) (4 elements)")) {
            try tensor.reshaped(Shape([4]))
        }
    }

    @Test func tooSmallAStorageIsAnError() throws {
        let storage = try Storage(byteCount: 23)
        #expect(throws: TensorError("storage of 23 bytes is too small for (2, 3) of float32: 24 bytes")) {
            try Tensor(shape: Shape([2, 3]), dtype: .float32, storage: storage)
        }
    }

    @Test func aPositionOutsideIsNotANumber() throws {
        let tensor = try Tensor([1, 2] as [Float])
        #expect(tensor.value(at: -1).isNaN)
        #expect(tensor.value(at: 2).isNaN)
    }
}
