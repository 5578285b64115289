import NightjarTensor

/// What labels are: the one description that data sets, losses, metrics and files read.
///
/// A sample has *places*, each with a label of its own: one place as a rule, every pixel of a picture for dense labels,
/// one for each of several labels of a sample.
public struct LabelForm: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// One of so many classes.
        case classes
        /// A probability for each of so many classes.
        case soft
        /// 0 or 1, or a probability between.
        case binary
    }

    public let kind: Kind
    /// Classes to choose from; of binary labels how many a sample has, where these are its only dimension, else 1.
    public let classes: Int
    /// The shape of the places of one sample: () for one label, (height, width) for dense ones, (labels) for several.
    public let places: Shape
    /// What stands for no label, as scripts write it; nil where every place has one. Soft labels are left out as rows of
    /// zeros.
    public let ignore: Int?

    public init(_ kind: Kind, classes: Int, places: Shape = .scalar, ignore: Int? = nil) {
        self.kind = kind
        self.classes = classes
        self.places = places
        self.ignore = ignore
    }

    /// One of so many classes for each sample, as most data sets have it.
    public static func classes(_ count: Int) -> LabelForm { LabelForm(.classes, classes: count) }

    /// Whether it is one class a sample.
    public var isPlain: Bool { kind == .classes && places.rank == 0 }

    /// Whether labels of both forms name the same things, so that one can be judged by the other: classes and soft labels
    /// do, by the most probable class.
    public func isComparable(to other: LabelForm) -> Bool {
        (kind == .binary) == (other.kind == .binary) && places == other.places
            && (kind == .binary || classes == other.classes)
    }

    /// The form of labels that are mixed with others: classes become rows of probabilities.
    public var mixed: LabelForm {
        kind == .classes ? LabelForm(.soft, classes: classes, places: places, ignore: ignore) : self
    }

    /// The shape of the labels of so many samples: one entry a place, of soft labels one a class besides.
    public func shape(samples: Int) throws -> Shape {
        try Shape([samples] + places.dimensions + (kind == .soft ? [classes] : []))
    }

    /// The shape of what there is one of a place, for so many samples.
    public func placeShape(samples: Int) throws -> Shape { try Shape([samples] + places.dimensions) }

    /// In words, for messages: `soft labels of 10 classes for every one of (8, 8) places`.
    public var words: String {
        let many = places.rank == 0 ? "" : " for each of \(places) places"
        switch kind {
        case .classes: return "one of \(classes) classes" + (places.rank == 0 ? " a sample" : many)
        case .soft: return "soft labels of \(classes) classes" + many
        case .binary: return "labels 0 and 1" + many
        }
    }
}
