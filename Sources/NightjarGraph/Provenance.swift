/// Where a node came from: a line of a script or the path of a layer.
///
/// Places are interned: a node carries a number, and the text is made once. Id 0 is "unknown".
public final class ProvenanceTable {
    public struct Place: Hashable, Sendable {
        /// `my_loss.lua` or `model.layers.2`.
        public let source: String
        /// 1-based, or 0 where there are no lines.
        public let line: Int
        /// The function that was called there, where it is worth more than the operation of the node: `softmax`.
        public let operation: String?

        public init(source: String, line: Int, operation: String? = nil) {
            self.source = source
            self.line = line
            self.operation = operation
        }

        public var description: String { line > 0 ? "\(source):\(line)" : source }
    }

    private var places: [Place] = [Place(source: "", line: 0)]
    private var ids: [Place: Int32] = [:]

    public init() {}

    /// The number of a place, the same for the same place.
    public func intern(_ place: Place) -> Int32 {
        if let id = ids[place] { return id }
        let id = Int32(truncatingIfNeeded: places.count)
        places.append(place)
        ids[place] = id
        return id
    }

    /// The place with that number; nil for 0 and for numbers never given out.
    public func place(_ id: Int32) -> Place? {
        id > 0 && Int(id) < places.count ? places[Int(id)] : nil
    }
}
