import Foundation
import NightjarData
import NightjarTensor

extension FuzzTarget {
    /// The most bytes that a reader may unpack: tests and fuzzers have little memory.
    private static let mostBytes = 1 << 24

    /// Readers of whole files in memory.
    static let arrays = [
        FuzzTarget("npy") {
            { bytes in try looked(at: NPYFile.read(bytes, what: "input.npy")) }
        },
        FuzzTarget("npz") {
            { bytes in for array in try NPZFile.read(bytes, what: "input.npz").arrays { try looked(at: array.tensor) } }
        },
        FuzzTarget("png", share: 0.5) {
            { bytes in try looked(at: ImageFile.read(bytes, what: "input.png", limit: 1 << 20)) }
        },
        FuzzTarget("jpeg", share: 0.25) {
            { bytes in try looked(at: ImageFile.read(bytes, what: "input.jpg", limit: 1 << 18)) }
        },
        FuzzTarget("mat") {
            { bytes in
                for array in try MATFile.read(bytes, what: "input.mat", limit: mostBytes) {
                    try looked(at: array.tensor(what: "input.mat: array"))
                }
            }
        },
        FuzzTarget("pt") {
            { bytes in
                let contents = try TorchFile.read(bytes, what: "input.pt")
                if let single = contents.single { try looked(at: single) }
                for array in contents.arrays { try looked(at: array.tensor) }
            }
        },
    ]

    /// A tensor's first and last element lie in its memory.
    static func looked(at tensor: Tensor) throws {
        guard tensor.count > 0 else { return }
        _ = tensor.value(at: 0) + tensor.value(at: tensor.count - 1)
        guard tensor.byteCount == tensor.count * tensor.dtype.byteWidth else {
            throw Disagreement(description: "\(tensor.shape) of \(tensor.dtype) has \(tensor.byteCount) bytes")
        }
    }
}
