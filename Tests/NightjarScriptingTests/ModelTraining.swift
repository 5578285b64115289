import NightjarData
import NightjarEngine
import NightjarScripting
import NightjarTensor
import NightjarTraining

/// A model of plugins/models in training with the robust log loss and SGD with momentum of the plugins, on weights and
/// samples that a formula gives; Tests/Golden/parity.py has the same formula.
final class ModelTraining {
    let trainer: Trainer
    private let host: ScriptHost
    private let step: TrainingStep
    private let loader: BatchLoader
    private var number = 0

    /// - Parameters:
    ///   - batches: they follow each other in turn.
    ///   - update: how weights change, as the fields of `nj.trainer` say it.
    init(
        _ name: String, batch: Int, batches: Int = 3, dtype: DType = .float32, threads: Int = 2, isExact: Bool = false,
        update: String = "optimizer = nj.optim.sgd { momentum = 0.9 }"
    ) throws {
        let session = Session(threads: threads)
        session.isConvolutionExact = isExact
        host = try ScriptHost(session: session)
        let catcher = TrainerCatcher()
        host.fitListener = catcher
        let shape = try ModelTraining.shape(name)
        let extents = shape.dimensions.map { ScriptValue.integer($0) }
        _ = try host.run(ModelTraining.script(update), arguments: [.string(name), .string(dtype.name)] + extents)
        guard let trainer = catcher.trainer else { throw ScriptError("the script made no trainer") }
        self.trainer = trainer
        let model = trainer.model
        let numbers = Dictionary(uniqueKeysWithValues: model.parameters.enumerated().map { ($1.path, $0) })
        try model.load(
            model.state.map { path, tensor in
                guard let number = numbers[path] else { return (path, tensor) }
                let isScale = tensor.shape.rank == 1 && path.hasSuffix(".weight")
                return (path, try ModelTraining.value(number, tensor.shape, isScale: isScale, dtype))
            })
        let perBatch = batch * shape.count
        let inputs = (0..<batches).flatMap { uniform(stream: 1000 + $0, count: perBatch).map(Float.init) }
        let labels = (0..<batches).flatMap { uniform(stream: 2000 + $0, count: batch).map { Int32(($0 + 1) * 5) } }
        let data = try Dataset(
            name: "formula", inputs: Tensor(inputs).reshaped(Shape([batches * batch] + shape.dimensions)),
            labels: labels, classes: 10, normalization: .identity)
        loader = try BatchLoader(LabelledDataset(data), batchSize: batch, shuffleSeed: nil, dtype: dtype)
        step = TrainingStep(
            session: session, model: model, loss: trainer.loss, optimizer: trainer.optimizer, classes: 10,
            trainSeed: 1)
    }

    /// Runs the next step and returns its loss.
    func run(learningRate: Double = 0.01) throws -> Double {
        let batch = try loader.batch(number % loader.batchesPerEpoch, of: loader.order(epoch: 1))
        number += 1
        return try step.run(batch, epoch: 1, step: number, learningRate: learningRate).loss
    }

    /// The gradients of the first step, by the order of the parameters: the momentum after it.
    var firstGradients: [(path: String, values: [Double])] {
        trainer.optimizer.state.filter { $0.path.hasSuffix("/velocity") }.map { ($0.path, $0.tensor.values) }
    }

    /// Of one sample.
    private static func shape(_ name: String) throws -> Shape {
        if name == "inception_lite" { return try Shape([28, 28, 3]) }
        return try Shape(["mlp", "lenet", "resnet18"].contains(name) ? [28, 28, 1] : [32, 32, 3])
    }

    private static func value(_ number: Int, _ shape: Shape, isScale: Bool, _ dtype: DType) throws -> Tensor {
        let raw = uniform(stream: number + 1, count: shape.count)
        let extents = shape.dimensions
        let inputs = extents.dropLast().reduce(1, *)
        let bound = (Double(shape.rank == 4 ? 6 : 3) / Double(inputs)).squareRoot()
        let values = raw.map { Double(Float(shape.rank == 1 ? 0.1 * $0 + (isScale ? 1 : 0) : $0 * bound)) }
        return try Tensor.from(values, shape: shape, dtype: dtype)
    }

    private static func script(_ update: String) -> String {
        """
        local name, dtype, height, width, channels = ...
        local nj = require "nightjar"
        local definition = nj.models[name]
        local data = nj.data.from_tensors {
          name = "formula", inputs = nj.zeros { 2, height, width, channels }, labels = nj.tensor({ 1, 2 }):int(), classes = 10,
        }
        nj.trainer {
          model = definition {
            dtype = dtype, classes = 10, inputs = definition.specs.inputs and height * width * channels,
          },
          loss = nj.losses.rll {}, learning_rate = 0.01, seed = 1, \(update),
        }:fit(data, { epochs = 1 })
        """
    }
}

/// Keeps hold of the trainer and stops it before its first step.
private final class TrainerCatcher: FitListener {
    var trainer: Trainer?
    func fitBegins(_ fit: ScriptFit) {
        trainer = fit.trainer
        fit.trainer.interruption.request()
    }
    func fitEnded(_ fit: ScriptFit, _ result: FitResult) { fit.trainer.interruption.clear() }
    func fitFailed(_ fit: ScriptFit, _ error: any Error) -> any Error { error }
}

/// Numbers of -1 to 1, exact in float32: SplitMix64 of (stream << 40) + index, its upper 24 bits.
func uniform(stream: Int, count: Int) -> [Double] {
    (0..<count).map { index in
        var z = (UInt64(stream) << 40) &+ UInt64(index)
        z = (z &+ 1) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        z ^= z >> 31
        return Double(z >> 40) / 8_388_608 - 1
    }
}
