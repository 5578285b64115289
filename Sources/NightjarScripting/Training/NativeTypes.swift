import NightjarData
import NightjarNN
import NightjarRuns
import NightjarTraining

/// The kinds of native objects that scripts hold.
package enum NativeTypes {
    static let module = NativeType("layer", short: "layer", annotation: "nightjar.Layer", index: 0)
    static let dataset = NativeType("data set", short: "data", annotation: "nightjar.Dataset", index: 1)
    static let trainer = NativeType("trainer", short: "trainer", annotation: "nightjar.Trainer", index: 2)
    package static let all = [module, dataset, trainer]
}

/// A layer or a model in a script.
final class ModuleObject: NativeObject {
    let module: any Module
    /// What the plugin that built it is called, for messages and files.
    var name: String?
    /// What the files of a run say of it; nil for a model that no definition built.
    var record: JSONValue?
    /// The tree with its paths, made when it is first asked for and then shared by all who use the module.
    private var known: Model?

    init(_ module: any Module) { self.module = module }

    var nativeType: NativeType { NativeTypes.module }

    func model() throws -> Model {
        if let known { return known }
        let made = try Model(module)
        known = made
        return made
    }
}

/// Samples with given labels in a script.
final class DatasetObject: NativeObject {
    let data: LabelledDataset
    /// The name of the data set it was taken from: `digits`.
    let source: String
    /// The model of noise that made the given labels: name, parameters, seed; nil where none did.
    let noise: JSONValue?
    /// The same of the label sets, by name.
    let setNoise: [String: JSONValue]
    /// What people should know of the files it was read from, such as one that is missing.
    let notes: [String]

    init(
        _ data: LabelledDataset, source: String, notes: [String] = [], noise: JSONValue? = nil,
        setNoise: [String: JSONValue] = [:]
    ) {
        self.setNoise = setNoise
        self.data = data
        self.source = source
        self.notes = notes
        self.noise = noise
    }

    var nativeType: NativeType { NativeTypes.dataset }

    /// As people are shown it: `data set 'digits': 360 samples of shape (8, 8, 1) in 10 classes, 40 % of the labels wrong`.
    var summary: String {
        let (form, set) = (data.form, data.dataset)
        var text =
            "data set '\(source)': \(data.count) \(data.count == 1 ? "sample" : "samples") of shape \(set.inputShape) "
        text += form.isPlain ? "in \(form.classes) classes" : "with \(form.words)"
        if let rate = data.noiseRate, rate > 0 {
            text += ", \(ScriptText.number((rate * 1000).rounded() / 10)) % of the labels wrong"
        }
        if data.given.leavesOut { text += ", \(data.given.classes.count - data.given.kept) labels left out" }
        for set in data.labelSets { text += "; \(set.name): \(set.targets.form.words)" }
        return text
    }
}

/// A trainer in a script.
final class TrainerObject: NativeObject {
    let trainer: Trainer
    let description: TrainerDescription
    let course: ScriptCourse
    var isTraining = false

    init(_ trainer: Trainer, _ description: TrainerDescription, _ course: ScriptCourse) {
        self.course = course
        self.trainer = trainer
        self.description = description
    }

    var nativeType: NativeType { NativeTypes.trainer }
}

/// What the parts of a trainer are called and how they are set, for the files of a run.
public struct TrainerDescription {
    public let model: String
    public let loss: String
    public let optimizer: String
    public let schedule: String
    /// What the files of a run say of the parts: loss, optimizer, schedule, metrics, callbacks, augmentation, update.
    public let components: [String: JSONValue]
    /// The same of the model; nil where no definition built it.
    public let modelRecord: JSONValue?
    /// Whether a row for each sample and epoch is kept; nil: where it is small.
    public let keepsLedger: Bool?
    /// The metric whose best epoch is told; nil: the validation accuracy, else the test accuracy.
    public let best: String?
}
