import Foundation

/// Where data sets too large for the repository may be found: `NIGHTJAR_TEST_DATA`, or `shared/data` in one of the
/// folders above the checkout. Tests that need them are skipped where they are not.
enum PublishedData {
    static let root: URL = {
        if let path = ProcessInfo.processInfo.environment["NIGHTJAR_TEST_DATA"] { return URL(fileURLWithPath: path) }
        return above("shared/data") ?? URL(fileURLWithPath: "/nonexistent")
    }()

    static let hasMNIST = exists(root.appendingPathComponent("mnist/train-images-idx3-ubyte.gz"))
    static let hasCIFAR10 = exists(root.appendingPathComponent("cifar10/test_batch.bin.gz"))
    static let hasFashion = exists(
        URL(fileURLWithPath: "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz"))

    /// The folder `plugins/digits` of this checkout.
    static let digits = above("plugins/digits") ?? URL(fileURLWithPath: "/nonexistent")

    private static func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }

    /// `path` in the nearest folder above this file that has it.
    private static func above(_ path: String) -> URL? {
        var folder = URL(fileURLWithPath: #filePath)
        while folder.path != "/" {
            folder.deleteLastPathComponent()
            let candidate = folder.appendingPathComponent(path)
            if exists(candidate) { return candidate }
        }
        return nil
    }
}
