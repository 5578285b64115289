import NightjarTensor
import Testing

struct DTypeTests {
    @Test func widthsAreThoseOfTheSwiftTypes() {
        #expect(DType.float32.byteWidth == MemoryLayout<Float>.size)
        #expect(DType.float64.byteWidth == MemoryLayout<Double>.size)
        #expect(DType.int32.byteWidth == MemoryLayout<Int32>.size)
        #expect(DType.uint8.byteWidth == MemoryLayout<UInt8>.size)
        #expect(DType.bool.byteWidth == 1)
    }

    @Test func onlyFloatsCarryGradients() {
        #expect(DType.allCases.filter(\.isFloating) == [.float32, .float64])
    }

    @Test func namesGoBothWays() {
        for dtype in DType.allCases {
            #expect(DType(name: dtype.name) == dtype)
            #expect("\(dtype)" == dtype.name)
        }
        #expect(DType(name: "Float32") == nil)
        #expect(DType(name: "") == nil)
    }

    @Test func rawValuesAreThoseOfTheKernels() {
        #expect(DType.allCases.map(\.rawValue) == [0, 1, 2, 3, 4])
        #expect(DType.allCases.map(\.name) == ["float32", "float64", "int32", "uint8", "bool"])
    }

    @Test func swiftTypesKnowTheirDType() {
        #expect(Float.dtype == .float32)
        #expect(Double.dtype == .float64)
        #expect(Int32.dtype == .int32)
        #expect(UInt8.dtype == .uint8)
    }
}
