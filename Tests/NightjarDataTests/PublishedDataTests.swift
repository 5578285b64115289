import Foundation
import NightjarData
import NightjarTensor
import Testing

/// The published files themselves, where they are at hand. Expected numbers come from NumPy.
struct PublishedDataTests {
    @Test(.enabled(if: PublishedData.hasMNIST, "MNIST is not at hand"))
    func mnistIsReadWhole() throws {
        let bundle = try DataCatalog(environment: [:]).load("mnist", dataDirectory: PublishedData.root)
        #expect(bundle.train.count == 60_000)
        #expect(bundle.test.count == 10_000)
        #expect(bundle.inputShape == (try Shape([28, 28, 1])))
        #expect(bundle.train.classCounts == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
        #expect(bundle.train.labels.prefix(8) == [5, 0, 4, 1, 9, 2, 1, 3])
        try expectStandardised(bundle.train)
    }

    @Test(.enabled(if: PublishedData.hasFashion, "Fashion-MNIST is not installed"))
    func fashionIsReadWhole() throws {
        let bundle = try DataCatalog(environment: [:]).load("fashion-mnist")
        #expect(bundle.train.count == 60_000)
        #expect(bundle.test.count == 10_000)
        #expect(bundle.train.classCounts == [Int](repeating: 6000, count: 10))
        #expect(bundle.train.labels.prefix(8) == [9, 0, 0, 3, 0, 2, 7, 2])
        try expectStandardised(bundle.train)
    }

    @Test(.enabled(if: PublishedData.hasCIFAR10, "CIFAR-10 is not at hand"))
    func cifarIsReadWhole() throws {
        let bundle = try DataCatalog(environment: [:]).load("cifar10", dataDirectory: PublishedData.root)
        #expect(bundle.test.count == 10_000)
        #expect(bundle.train.count % 10_000 == 0)
        #expect(bundle.test.classCounts == [Int](repeating: 1000, count: 10))
        #expect(bundle.train.labels.prefix(4) == [6, 9, 9, 4])
        #expect(Array(bundle.train.inputs.values.prefix(6)) == [59, 62, 63, 43, 46, 45])
    }

    /// Mean 0 and deviation 1 to the digits that the constants have.
    private func expectStandardised(_ data: Dataset) throws {
        let indices = [Int32](0..<Int32(data.count))
        let values = try data.inputs(at: indices[...]).elements(of: Float.self)
        let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
        let square = values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(values.count)
        #expect(abs(mean) < 5e-4)
        #expect(abs(square - 1) < 5e-4)
    }
}
