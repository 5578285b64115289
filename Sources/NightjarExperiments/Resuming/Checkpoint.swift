import Foundation
import NightjarNN
import NightjarRuns
import NightjarScripting
import NightjarTensor
import NightjarTraining

/// The state of a training between two epochs, as a safetensors file: weights as `model/PATH`, what the optimizer
/// remembers as `optimizer/PARAMETER/SLOT`, what the loss remembers as `loss/NAME`, and in the metadata where training
/// stands, how many numbers scripts have drawn, and what schedules, callbacks and the cell remember, with the tensors of that
/// as `state/NUMBER`. Weights that callbacks keep are `kept/NAME/PATH`.
package struct Checkpoint {
    /// Where training stands.
    let progress: TrainingProgress
    /// Of the run that it belongs to.
    let configurationHash: String?
    /// See ``DrawCounter/text``.
    let draws: String?
    /// See ``ScriptCourse/saved()``.
    let course: ScriptCourse.Memory
    /// What functions changed outside of any state, in words; nil where nothing. See ``ScriptCourse/elsewhere()``.
    let elsewhere: String?
    /// Whether a schedule has asked how many epochs there will be: then the run is not the beginning of a longer one.
    let asksLength: Bool
    /// The steps of an epoch that had begun; nil between epochs.
    let partial: PartialEpoch?
    /// Whether it stays when the run has finished.
    let isKept: Bool
    /// Which of the trainings of its script or cell it is of, from 0; nil where that is not on record.
    let training: Int?
    /// The rows that stood beside it.
    let rows: Rows
    private let file: SafetensorsFile

    private static let format = "nightjar checkpoint 2"

    /// Sums of the files that grow by a row an epoch, as they were when the state was written.
    struct Rows {
        /// See ``MetricsWriter/checksum``.
        var metrics = ""
        /// See ``RunArrays/checksums``.
        var arrays: [String: String] = [:]
    }

    // MARK: Writing

    /// Everything that is remembered, by its name in the file. The tensors are the trainer's own.
    private static func state(of trainer: Trainer) -> [(name: String, tensor: Tensor)] {
        trainer.model.state.map { ("model/" + $0.path, $0.tensor) }
            + trainer.optimizer.state.map { ("optimizer/" + $0.path, $0.tensor) }
            + trainer.loss.state.map { ("loss/" + $0.name, $0.tensor) }
            + trainer.kept.all.flatMap { name, state in state.map { ("kept/\(name)/" + $0.path, $0.tensor) } }
    }

    /// Where in a training its state is from.
    struct Position {
        /// Which of the trainings of its script or cell it is, from 0.
        let training: Int
        /// Epochs whose rows are written.
        let epochs: Int
        /// The steps behind them.
        let partial: PartialEpoch?
        /// By which metric it is the best epoch so far, ``BestMetric/text``; nil where nobody asks or it is not.
        var best: String?
    }

    /// Writes the state of a trainer; the file appears whole or not at all, and on the disk. The one that was there becomes
    /// the previous one, which stays for the case that the new one turns out to be damaged.
    /// - Returns: the name of a tensor that holds an infinity or NaN, where there is one; then nothing is written.
    static func write(
        _ trainer: Trainer, draws: String, course: ScriptCourse.Memory, elsewhere: String?, asksLength: Bool,
        rows: Rows, position: Position, isKept: Bool, to folder: RunFolder
    ) throws -> String? {
        var state = state(of: trainer)
        if let bad = state.first(where: { !$0.tensor.isFinite }) { return bad.name }
        state += entries(of: course)
        var metadata = [
            "format": format, "config_hash": folder.configuration.hash, "nightjar": NightjarVersion.text,
            "epochs": "\(position.epochs)", "training": "\(position.training)", "steps": "\(trainer.progress.steps)",
            "draws": draws,
            "course": course.text,
        ]
        metadata["partial"] = position.partial.flatMap { $0.steps > 0 ? $0.text : nil }
        if isKept { metadata["kept"] = "true" }
        metadata["rows"] = rows.metrics
        metadata[RunFolder.bestMark] = position.best
        for (name, sum) in rows.arrays { metadata["rows of \(name)"] = sum }
        metadata["elsewhere"] = elsewhere
        if asksLength { metadata["asks_length"] = "true" }
        try withExtendedLifetime(state) {
            try SafetensorsFile.write(
                state.map { SafetensorsFile.Entry($0.name, $0.tensor) }, metadata: metadata, summed: true,
                to: folder.nextCheckpointURL)
        }
        try folder.nextCheckpointIsWritten()
        return nil
    }

    /// The tensors that the script's side remembers, `state/1` and so on.
    static func entries(of course: ScriptCourse.Memory) -> [(name: String, tensor: Tensor)] {
        course.tensors.enumerated().map { ("state/\($0 + 1)", $1) }
    }

    // MARK: Reading

    /// What the script's side remembers, of a file that ``entries(of:)`` are in.
    static func memory(_ text: String, in file: SafetensorsFile) throws -> ScriptCourse.Memory {
        var tensors: [Tensor] = []
        while let array = file.array(named: "state/\(tensors.count + 1)") {
            tensors.append(try TensorFile.tensor(array, of: file, what: array.name))
        }
        return ScriptCourse.Memory(text: text, tensors: tensors)
    }

    /// - Throws: `RunError` for a file that is damaged or no checkpoint. A single bit that was flipped is found.
    package init(contentsOf url: URL) throws {
        let file = try SafetensorsFile(contentsOf: url)
        self.file = file
        let numbers = ["epochs", "steps"].compactMap { file.metadata[$0].flatMap(Int.init) }
        guard file.metadata["format"] == Checkpoint.format, numbers.count == 2,
            numbers.allSatisfy({ (0...(1 << 53)).contains($0) })
        else {
            throw RunError("\(url.path): this is no checkpoint that this version of Nightjar can read")
        }
        guard try file.checkSum() else {
            throw RunError("\(url.path): it has no checksum: the file was changed or is damaged")
        }
        var rows = Rows(metrics: file.metadata["rows"] ?? "")
        for (name, sum) in file.metadata where name.hasPrefix("rows of ") {
            rows.arrays[String(name.dropFirst("rows of ".count))] = sum
        }
        self.rows = rows
        isKept = file.metadata["kept"] != nil
        training = file.metadata["training"].flatMap(Int.init).flatMap { $0 >= 0 ? $0 : nil }
        partial = try file.metadata["partial"].map { text in
            guard let partial = PartialEpoch(text) else {
                throw RunError("\(url.path): where in its epoch training stood cannot be read: '\(text)'")
            }
            return partial
        }
        progress = TrainingProgress(epochs: numbers[0], steps: numbers[1])
        configurationHash = file.metadata["config_hash"]
        draws = file.metadata["draws"]
        course = try Checkpoint.memory(file.metadata["course"] ?? "", in: file)
        elsewhere = file.metadata["elsewhere"]
        asksLength = file.metadata["asks_length"] != nil
    }

    /// The last checkpoint of a run that is whole, and whose rows are beside it as they were.
    /// - Returns: what is wrong with later ones as well; nil where there is none at all.
    /// - Throws: `RunError` that says what is wrong, where none is good.
    static func lastGood(of folder: RunFolder) throws -> (checkpoint: Checkpoint, url: URL, damage: String?)? {
        var damage: String?
        for url in [folder.checkpointURL, folder.previousCheckpointURL]
        where FileManager.default.fileExists(atPath: url.path) {
            do {
                return (try good(url, of: folder), url, damage)
            } catch {
                damage = damage ?? "\(error)"
            }
        }
        guard let damage else { return nil }
        throw RunError("\(damage)\n  \(RunFolder.advice)")
    }

    /// The checkpoint of a run in a file, whole and with its rows beside it as they were.
    /// - Throws: `RunError` that says what is wrong.
    static func good(_ url: URL, of folder: RunFolder) throws -> Checkpoint {
        let checkpoint = try Checkpoint(contentsOf: url)
        try folder.checkRows(
            through: checkpoint.progress.epochs, metrics: checkpoint.rows.metrics, arrays: checkpoint.rows.arrays)
        return checkpoint
    }

    /// Where the states of a run between two epochs lie on its disk, in the order of their epochs. Those that are not all that
    /// its script remembers are left out.
    /// - Throws: `RunError` for a file that cannot be read.
    static func places(of folder: RunFolder) throws -> [(epoch: Int, url: URL)] {
        var known: [Int: URL] = [:]
        for url in [folder.previousCheckpointURL, folder.checkpointURL]
            + folder.keptEpochs.map(folder.keptCheckpointURL)
        where FileManager.default.fileExists(atPath: url.path) {
            let metadata = try SafetensorsFile(contentsOf: url).metadata
            guard metadata["partial"] == nil, metadata["elsewhere"] == nil,
                let epoch = metadata["epochs"].flatMap({ Int($0) })
            else { continue }
            known[epoch] = url
        }
        return known.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// What another state of the same training has otherwise: names of tensors, and words for the rest.
    func differences(from other: Checkpoint) throws -> [String] {
        var different: [String] = []
        for name in Set((file.arrays + other.file.arrays).map(\.name)).sorted() {
            guard let one = file.array(named: name), let two = other.file.array(named: name),
                one.dtype == two.dtype, one.shape == two.shape
            else {
                different.append(name)
                continue
            }
            let isSame = try file.withBytes(of: name) { bytes in
                try other.file.withBytes(of: name) { bytes.elementsEqual($0) }
            }
            if !isSame { different.append(name) }
        }
        if progress != other.progress || partial != other.partial { different.append("the number of steps") }
        if draws != other.draws { different.append("the numbers that scripts have drawn") }
        if course.text != other.course.text { different.append("what schedules, callbacks and the cell remember") }
        if rows.metrics != other.rows.metrics { different.append("metrics.csv") }
        let arrays = Set(rows.arrays.keys).union(other.rows.arrays.keys)
        return different + arrays.filter { rows.arrays[$0] != other.rows.arrays[$0] }.sorted()
    }

    /// Gives a trainer this state. The loss must have been prepared. Either all is taken over or nothing.
    /// - Throws: `RunError` that names the first tensor that is missing, unknown or of another shape or type.
    func restore(_ trainer: Trainer) throws {
        for array in file.arrays where array.name.hasPrefix("kept/") {
            let name = String(array.name.dropFirst("kept/".count).prefix { $0 != "/" })
            if trainer.kept[name] == nil { try trainer.kept.keep(name, of: trainer.model) }
        }
        try Checkpoint.copy(file, into: Checkpoint.state(of: trainer))
        trainer.progress = progress
        trainer.resumed = partial
    }

    /// Gives the trainer of another run the weights of this state, and what optimizer and loss remember where these are the
    /// same. What callbacks kept stays behind.
    func restore(_ trainer: Trainer, optimizer: Bool, loss: Bool) throws {
        let parts = ["model/"] + (optimizer ? ["optimizer/"] : []) + (loss ? ["loss/"] : [])
        func isMeant(_ name: String) -> Bool { parts.contains { name.hasPrefix($0) } }
        try Checkpoint.copy(file, into: Checkpoint.state(of: trainer).filter { isMeant($0.name) }, only: isMeant)
        trainer.progress = progress
    }

    /// Copies the arrays of a file into tensors of the same names, shapes and types, all or none.
    /// - Parameter only: the names that count.
    static func copy(
        _ file: SafetensorsFile, into state: [(name: String, tensor: Tensor)],
        only: (String) -> Bool = { !$0.hasPrefix("state/") }
    ) throws {
        let known = Set(state.map(\.name))
        if let unknown = file.arrays.first(where: { !known.contains($0.name) && only($0.name) }) {
            throw RunError("\(file.path): it holds '\(unknown.name)', which this training does not have")
        }
        for (name, tensor) in state {
            guard let array = file.array(named: name) else { throw RunError("\(file.path): it lacks '\(name)'") }
            guard array.dtype == SafetensorsDType(tensor.dtype), array.shape == tensor.shape.dimensions else {
                throw RunError(
                    "\(file.path): '\(name)' is \(array.shape) of \(array.dtype.rawValue), this training has "
                        + "\(tensor.shape) of \(tensor.dtype)")
            }
        }
        for (name, tensor) in state {
            try file.withBytes(of: name) { bytes in
                UnsafeMutableRawBufferPointer(start: tensor.pointer, count: tensor.byteCount).copyMemory(from: bytes)
            }
        }
    }
}

extension Tensor {
    /// Whether no element is an infinity or NaN. One pass over the bits, without branches.
    fileprivate var isFinite: Bool {
        switch dtype {
        case .float32:
            let bits = UnsafeRawBufferPointer(start: pointer, count: byteCount).bindMemory(to: UInt32.self)
            return bits.reduce(into: UInt32(0)) { $0 |= ($1 & 0x7F80_0000) &+ 0x0080_0000 } & 0x8000_0000 == 0
        case .float64:
            let bits = UnsafeRawBufferPointer(start: pointer, count: byteCount).bindMemory(to: UInt64.self)
            return bits.reduce(into: UInt64(0)) { $0 |= ($1 & 0x7FF0_0000_0000_0000) &+ 0x0010_0000_0000_0000 }
                & 0x8000_0000_0000_0000 == 0
        case .int32, .uint8, .bool: return true
        }
    }
}

extension RunFolder {
    /// Where a checkpoint lies until it takes the place of the last one.
    fileprivate var nextCheckpointURL: URL { url.appendingPathComponent(".checkpoint.safetensors.part") }

    func removeCheckpoints() {
        // A file that cannot be removed harms nobody.
        for file in [previousCheckpointURL, checkpointURL] { try? FileManager.default.removeItem(at: file) }
    }

    /// The checkpoint becomes the previous one, and the next one the checkpoint. A process that ends between the two leaves
    /// the previous one.
    fileprivate func nextCheckpointIsWritten() throws {
        let isThere = FileManager.default.fileExists(atPath: checkpointURL.path)
        guard !isThere || rename(checkpointURL.path, previousCheckpointURL.path) == 0,
            rename(nextCheckpointURL.path, checkpointURL.path) == 0
        else {
            throw RunError(
                "\(checkpointURL.path): could not move it into place (\(String(cString: strerror(errno)).lowercased()))"
            )
        }
        AtomicFile.flush(folder: url)
    }
}
