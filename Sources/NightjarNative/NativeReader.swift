import CNative
import NightjarTensor

/// A reader of a native library: it turns the bytes of a file into samples with classes.
public final class NativeReader: @unchecked Sendable {
    public let name: String
    public let documentation: String
    private let reader: UnsafePointer<nightjar_reader>
    var description: UnsafePointer<nightjar_reader> { reader }

    /// What a file holds.
    public struct Samples {
        /// uint8 or float32, the sample in front.
        public let inputs: Tensor
        /// From 0.
        public let labels: [Int32]
        public let classes: Int
    }

    init(_ reader: UnsafePointer<nightjar_reader>) {
        self.reader = reader
        name = String(cString: reader.pointee.name)
        documentation = reader.pointee.doc.map { String(cString: $0) } ?? ""
    }

    /// Reads a file's bytes.
    /// - Throws: ``NativeError`` for bytes that the reader refuses, and for what no data set is; `TensorError` where there
    ///   is not enough memory.
    public func read(_ bytes: UnsafeRawBufferPointer) throws -> Samples {
        // A file without a byte has an address as well.
        try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) { none in
            let base =
                bytes.baseAddress.map { $0.assumingMemoryBound(to: UInt8.self) } ?? UnsafePointer(none.baseAddress)
            var samples = nightjar_samples()
            if let fault = reader.pointee.measure(base, bytes.count, &samples) { throw refusal(fault) }
            let isFloat = samples.type == Int32(NIGHTJAR_FLOAT.rawValue)
            guard samples.count >= 1, samples.count <= Int64(Int32.max), samples.sample.rank >= 1,
                samples.sample.rank < Int32(NIGHTJAR_MAX_RANK), samples.classes >= 2,
                isFloat || samples.type == Int32(NIGHTJAR_UINT8.rawValue)
            else {
                throw NativeError(
                    "it says that the file has \(samples.count) samples of rank \(samples.sample.rank) and type "
                        + "\(samples.type) in \(samples.classes) classes, which is no data set")
            }
            let sample = try Shape(samples.sample)
            let inputs = try Tensor(
                uninitialized: Shape([Int(samples.count)] + sample.dimensions), dtype: isFloat ? .float32 : .uint8)
            let classes = try Tensor.zeros(Shape([Int(samples.count)]), dtype: .int32)
            let labels = classes.pointer.assumingMemoryBound(to: Int32.self)
            if let fault = reader.pointee.fill(base, bytes.count, &samples, inputs.pointer, labels) {
                throw refusal(fault)
            }
            return Samples(
                inputs: inputs, labels: Array(UnsafeBufferPointer(start: labels, count: classes.count)),
                classes: Int(samples.classes))
        }
    }

    private func refusal(_ text: UnsafePointer<CChar>) -> NativeError { NativeError(String(cString: text)) }
}
