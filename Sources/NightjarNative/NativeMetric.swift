import CNative
import NightjarTensor

/// A metric of a native library: one number of what an evaluation saw of a set of samples.
public final class NativeMetric: @unchecked Sendable {
    public let name: String
    public let documentation: String
    private let metric: UnsafePointer<nightjar_metric>
    var description: UnsafePointer<nightjar_metric> { metric }

    init(_ metric: UnsafePointer<nightjar_metric>) {
        self.metric = metric
        name = String(cString: metric.pointee.name)
        documentation = metric.pointee.doc.map { String(cString: $0) } ?? ""
    }

    /// Computes it.
    /// - Parameters:
    ///   - logits: samples x classes, float32.
    ///   - labels, predictions: classes from 1, one a sample, int32.
    /// - Throws: ``NativeError`` for tensors of other kinds, and for what the metric refuses.
    public func compute(logits: Tensor, labels: Tensor, predictions: Tensor) throws -> Double {
        guard logits.dtype == .float32, logits.shape.rank == 2, labels.dtype == .int32, predictions.dtype == .int32,
            labels.shape.dimensions == [logits.shape[0]], predictions.shape == labels.shape
        else {
            throw NativeError(
                "a native metric takes float32 logits (samples, classes) with int32 labels and predictions, one a sample; got "
                    + "\(logits.dtype) \(logits.shape), \(labels.dtype) \(labels.shape) and \(predictions.dtype) "
                    + "\(predictions.shape)")
        }
        var evaluation = nightjar_evaluation(
            samples: Int64(logits.shape[0]), classes: Int64(logits.shape[1]),
            logits: UnsafePointer(logits.pointer.assumingMemoryBound(to: Float.self)),
            labels: UnsafePointer(labels.pointer.assumingMemoryBound(to: Int32.self)),
            predictions: UnsafePointer(predictions.pointer.assumingMemoryBound(to: Int32.self)))
        var result = 0.0
        if let fault = metric.pointee.compute(&evaluation, &result) { throw NativeError(String(cString: fault)) }
        return result
    }
}
