/// A function that scripts can call, as the binding table declares it.
///
/// From the declaration come the checks of arguments, the messages about them, the editor definitions and the
/// reference page. The function itself gets a ``Call`` and reads its arguments through it.
public final class Binding: Sendable {
    /// Where scripts find a function.
    public struct Places: OptionSet, Sendable {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        /// `nj.name(...)`
        public static let module = Places(rawValue: 1)
        /// `t:name(...)`
        public static let method = Places(rawValue: 2)
        /// Only the library's own Lua files.
        public static let library = Places(rawValue: 4)
        /// A test for tensors, which the shim answers without a call.
        package static let tensorTest = Places(rawValue: 8)
    }

    public let name: String
    public let places: Places
    /// The native type whose method this is, or nil.
    public let owner: NativeType?
    public let parameters: [Parameter]
    /// Named arguments in a table that comes last, for example `{ keep = true }`.
    public let options: [Parameter]
    /// Takes any number of further arguments like the last parameter.
    public let isVariadic: Bool
    /// What comes back, in words: "tensor", "number, number".
    public let returns: String
    /// One line.
    public let doc: String
    /// A few lines of a script for the reference page, nil for none. `expression --> value` says what comes out.
    public let example: String?
    /// Tables given for these parameters reach the function unread.
    let rawTables: UInt32
    let function: @Sendable (inout Call) throws -> Void

    init(
        _ name: String, _ places: Places, owner: NativeType? = nil, _ parameters: [Parameter] = [],
        options: [Parameter] = [], variadic: Bool = false, returns: String = "tensor", _ doc: String,
        example: String? = nil, rawTables: UInt32 = 0, _ function: @escaping @Sendable (inout Call) throws -> Void
    ) {
        self.name = name
        self.places = places
        self.owner = owner
        self.parameters = parameters
        self.options = options
        isVariadic = variadic
        self.returns = returns
        self.doc = doc
        self.example = example
        self.rawTables = rawTables
        self.function = function
    }

    package var isMethodOfTensors: Bool { places.contains(.method) }

    /// How a script writes a call, for messages: `t:sum([dimensions], [{ keep }])`.
    public var usage: String {
        var shown = parameters[...]
        var start = "nj.\(name)"
        if isMethodOfTensors || owner != nil {
            start = "\(owner?.short ?? "t"):\(name)"
            shown = shown.dropFirst()
        }
        var list = shown.map { $0.isOptional ? "[\($0.name)]" : $0.name }
        if isVariadic { list.append("...") }
        if !options.isEmpty { list.append("[{ " + options.map(\.name).joined(separator: ", ") + " }]") }
        return "\(start)(\(list.joined(separator: ", ")))"
    }
}

/// A kind of native object that scripts hold and whose methods they call.
public final class NativeType: Sendable {
    /// In messages: "dataset".
    public let name: String
    /// What usage lines call one: "data".
    public let short: String
    /// In editor definitions: "nightjar.Dataset".
    public let annotation: String
    let index: Int32

    /// - Parameter index: from 0 to 63, its own for each type; see ``NativeTypes``.
    init(_ name: String, short: String, annotation: String, index: Int32) {
        self.name = name
        self.short = short
        self.annotation = annotation
        self.index = index
    }
}
