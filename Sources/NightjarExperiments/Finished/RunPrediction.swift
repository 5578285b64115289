import Foundation
import NightjarData
import NightjarEngine
import NightjarRuns
import NightjarScripting
import NightjarTensor

/// What a finished run's model says about files of inputs.
public struct RunPrediction {
    public let run: String
    public let classNames: [String]
    /// For each file the probabilities of its samples, `(samples, classes)`.
    public let parts: [(file: String, probabilities: Tensor)]

    /// - Parameters:
    ///   - run: the folder of a run, or its name.
    ///   - files: arrays (.npy, .npz, .safetensors) whose rows are samples, and images (.png, .pgm, .ppm). Bytes become
    ///     what the run's data set makes of bytes; floats are taken as a model sees them.
    ///   - weights: as `run:weights` names them; nil: the final ones.
    ///   - epoch: as `nj.load_run` names it; nil: the end.
    /// - Throws: ``ScriptError`` where something is not there, or does not fit.
    public init(
        run: String, files: [String], weights: String? = nil, epoch: String? = nil, batchSize: Int = 512,
        host: ScriptHost
    ) throws {
        var fields: [(String, ScriptValue)] = [
            ("run", .string(run)), ("files", .table(ScriptTable(array: files.map { .string($0) }))),
            ("batch_size", .integer(batchSize)),
        ]
        if let epoch { fields.append(("epoch", .string(epoch))) }
        if let weights { fields.append(("weights", .string(weights))) }
        let answer = try host.library?.call([
            .string("finished"), .string("predict"), .table(ScriptTable(fields: fields)),
        ])
        let facts = answer?.first?.asTable ?? ScriptTable()
        self.run = facts["run"]?.asString ?? run
        parts = try (facts["parts"]?.asTable?.array ?? []).compactMap(\.asTable).compactMap { part in
            guard let file = part["file"]?.asString, let value = part["probabilities"]?.asTensor else { return nil }
            let tensor = try host.session.evaluate([value])[0]
            return (file, try tensor.reshaped(Shape([tensor.shape[0], tensor.count / max(1, tensor.shape[0])])))
        }
        let columns = parts.first.map { $0.probabilities.shape[1] } ?? 0
        let names = facts["class_names"]?.asTable?.array.compactMap(\.asString) ?? []
        classNames = names.count == columns ? names : (0..<columns).map(String.init)
    }

    /// One sample: its file, its row from 1, and its probabilities by class.
    private var samples: [(file: String, row: Int, values: [Double])] {
        parts.flatMap { file, tensor in
            (0..<tensor.shape[0]).map { row in
                (file, row + 1, (0..<tensor.shape[1]).map { tensor.value(at: row * tensor.shape[1] + $0) })
            }
        }
    }

    /// Classes from the most probable on.
    private func ranked(_ values: [Double]) -> [Int] {
        values.indices.sorted { (values[$1], $0) < (values[$0], $1) }
    }

    /// For a terminal: a line a sample with its most probable classes.
    public func text(top: Int) -> String {
        let rows = samples.map { file, row, values in
            [file, String(row)]
                + ranked(values).prefix(top).flatMap { [classNames[$0], NumberText.fixed(values[$0], decimals: 4)] }
        }
        let count = min(top, classNames.count)
        let head =
            ["file", "row"]
            + (1...max(1, count)).flatMap { [$0 == 1 ? "class" : "class \($0)", "probability"] }.prefix(2 * count)
        return RunEvaluation.grid([head] + rows).joined(separator: "\n")
    }

    /// A line a sample: file, row, class, and the probability of each class in full precision.
    public var csv: String {
        let head = ["file", "row", "class"] + classNames.map { "p_\($0)" }
        let rows = samples.map { file, row, values in
            [file, String(row), ranked(values).first.map { classNames[$0] } ?? ""] + values.map(NumberText.shortest)
        }
        return ([head] + rows).map { $0.map(RunPrediction.field).joined(separator: ",") }.joined(separator: "\n") + "\n"
    }

    private static func field(_ text: String) -> String {
        guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    public var json: JSONValue {
        .array(
            samples.map { file, row, values in
                [
                    "file": .string(file), "row": .integer(row),
                    "class": ranked(values).first.map { .string(classNames[$0]) } ?? .null,
                    "probabilities": .object(
                        Dictionary(zip(classNames, values.map { JSONValue.number($0) })) { first, _ in first }),
                ]
            })
    }

    /// Writes `.csv`, `.json`, or the probabilities of all samples one below the other as `.npy`.
    /// - Throws: ``ScriptError`` for a name that ends otherwise; what cannot be written.
    public func write(to path: String) throws {
        let url = URL(fileURLWithPath: path)
        switch url.pathExtension.lowercased() {
        case "csv": try AtomicFile.write(csv, to: url)
        case "json": try AtomicFile.write(json.text(), to: url)
        case "npy":
            var file = TensorFile()
            let rows = parts.reduce(0) { $0 + $1.probabilities.shape[0] }
            let dtype = parts.first?.probabilities.dtype ?? .float32
            let values = parts.flatMap { $0.probabilities.values }
            file.single = try Tensor.from(values, shape: Shape([rows, classNames.count]), dtype: dtype)
            try file.write(to: url, .npy, compress: false)
        default: throw ScriptError("--out ends in .npy, .csv or .json, got \(ScriptText.quoted(path))")
        }
    }
}
