import Foundation
import NightjarData
import NightjarTensor

/// The files that `Fixtures/make_arrays.py` made with NumPy.
enum ArrayFixtures {
    /// What NumPy says that an array holds.
    struct Facts: Decodable {
        let shape: [Int]
        /// Texts, since JSON has no infinity.
        let values: [String]
    }

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Fixtures")

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
    }

    static func facts() throws -> [String: Facts] {
        try JSONDecoder().decode([String: Facts].self, from: Data(bytes("arrays.json")))
    }

    static func npy(_ bytes: [UInt8], what: String = "a.npy") throws -> Tensor {
        try bytes.withUnsafeBytes { try NPYFile.read($0, what: what) }
    }

    static func npz(_ bytes: [UInt8], what: String = "a.npz") throws -> [(name: String, tensor: Tensor)] {
        let contents = try bytes.withUnsafeBytes { try NPZFile.read($0, what: what) }
        if let bad = contents.unreadable.first { throw DataError(file: what, bad.reason) }
        return contents.arrays
    }
}

/// The message of a data error; what else came, otherwise.
func dataFault(_ body: () throws -> some Any) -> String {
    do {
        return "no error: \(try body())"
    } catch let error as DataError {
        return error.description
    } catch {
        return "another error: \(error)"
    }
}
