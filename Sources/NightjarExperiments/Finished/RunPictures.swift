import NightjarData
import NightjarScripting
import NightjarTensor

/// Samples of a run's training set as pictures.
public struct RunPictures {
    /// PNG files in the order of the positions; nil where the samples are no images.
    public let files: [[UInt8]]?

    /// - Parameters:
    ///   - run: the folder of a run, or its name.
    ///   - positions: places in the training set, from 0.
    /// - Throws: ``ScriptError`` where the data set of the run cannot be had again, or has no such samples.
    public init(run: String, positions: [Int], host: ScriptHost) throws {
        guard !positions.isEmpty else {
            files = []
            return
        }
        let fields: [(String, ScriptValue)] = [
            ("run", .string(run)),
            ("positions", .table(ScriptTable(array: positions.map { .integer($0 + 1) }))),
        ]
        let answer = try host.library?.call([
            .string("finished"), .string("samples"), .table(ScriptTable(fields: fields)),
        ])
        guard let value = answer?.first?.asTensor else {
            files = nil
            return
        }
        files = try RunPictures.drawn(host.session.evaluate([value])[0])
    }

    /// Numbers from the least to the greatest of a sample become dark to light.
    private static func drawn(_ tensor: Tensor) throws -> [[UInt8]]? {
        let extents = tensor.shape.dimensions
        guard extents.count == 4, extents[3] == 1 || extents[3] == 3 else { return nil }
        let size = extents[1] * extents[2] * extents[3]
        return try (0..<extents[0]).map { sample in
            let values = (0..<size).map { tensor.value(at: sample * size + $0) }
            let known = values.filter(\.isFinite)
            let (low, high) = (known.min() ?? 0, known.max() ?? 1)
            let span = high > low ? high - low : 1
            let pixels = values.map { value -> UInt8 in
                guard !value.isNaN else { return 0 }
                return UInt8((min(1, max(0, (value - low) / span)) * 255).rounded())
            }
            let image = PNGImage(width: extents[2], height: extents[1], channels: extents[3], pixels: pixels)
            guard let file = image?.encoded else {
                throw ScriptError(
                    "sample \(sample + 1) of \(extents[0]) cannot be drawn: it has \(extents[1]) x \(extents[2]) pixels"
                )
            }
            return file
        }
    }
}
