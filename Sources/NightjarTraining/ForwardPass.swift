import NightjarData
import NightjarEngine
import NightjarGraph
import NightjarNN
import NightjarTensor

/// Records what training and evaluation have in common: a batch, the model, and the shape its logits must have.
struct ForwardPass {
    let model: Model
    let classes: Int

    struct Recorded {
        let logits: NodeID
        let batch: LossBatch
    }

    /// - Throws: ``TrainingError`` when the model does not give one row of logits a sample and one column a class.
    func record(_ context: ForwardContext, _ batch: Batch, epoch: Int, step: Int) throws -> Recorded {
        let tape = context.tape
        let inputs = tape.leaf(batch.inputs)
        let labels = tape.leaf(batch.labels)
        let indices = tape.leaf(batch.indices)
        let logits = try context.call(model, inputs)
        let shape = tape.shape(logits)
        guard shape.rank == 2, shape[0] == batch.count, shape[1] == classes else {
            throw TrainingError(
                "the model must give one row of logits a sample and one column a class, "
                    + "shape (\(batch.count), \(classes)), got \(shape) from inputs of shape \(batch.inputs.shape)",
                [logits])
        }
        return Recorded(
            logits: logits,
            batch: LossBatch(
                labels: labels, indices: indices, inputs: inputs, count: batch.count, epoch: epoch, step: step,
                mode: context.mode))
    }
}
