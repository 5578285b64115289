import CLuaShim
import NightjarEngine
import NightjarGraph
import NightjarTensor

/// One call from a script: its arguments, read as the binding declares them, and its results.
///
/// Positions count from 0 and include the tensor before the colon. Reading an argument of the wrong type throws the
/// message that the script gets.
struct Call {
    let host: ScriptHost
    unowned(unsafe) let binding: Binding
    let index: Int32
    let arguments: UnsafePointer<njl_value>
    /// Positional arguments; the table of named ones is not counted.
    private(set) var count: Int
    let place: Int32
    let results: UnsafeMutablePointer<njl_results>
    private var namedArguments: Int = -1

    init(
        host: ScriptHost, binding: Binding, index: Int32, arguments: UnsafePointer<njl_value>, count: Int,
        place: Int32, results: UnsafeMutablePointer<njl_results>
    ) {
        self.host = host
        self.binding = binding
        self.index = index
        self.arguments = arguments
        self.count = count
        self.place = place
        self.results = results
    }

    var session: Session { host.session }
    var tape: Tape { host.session.tape }

    // MARK: What was given

    /// Finds the table of named arguments and refuses arguments too many.
    mutating func checkCount() throws {
        if !binding.options.isEmpty, count > 0 {
            let last = arguments[count - 1]
            if last.kind == Int32(NJL_TABLE.rawValue),
                let tokens = last.pointer?.assumingMemoryBound(to: njl_value.self),
                count > binding.parameters.count
                    || tokens[0].length == 0 && (tokens[0].index > 0 || isOptional(count - 1))
            {
                namedArguments = count - 1
                count -= 1
                try checkNames(tokens)
            }
        }
        if count > binding.parameters.count && !binding.isVariadic {
            throw ArgumentError(
                "'\(binding.name)' takes at most \(plural(shownParameterCount, "argument")), got \(count - hidden)\n"
                    + "  usage: \(binding.usage)")
        }
    }

    private var hidden: Int { binding.isMethodOfTensors || binding.owner != nil ? 1 : 0 }
    private var shownParameterCount: Int { binding.parameters.count - hidden }

    private func plural(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    private func isOptional(_ position: Int) -> Bool {
        position < binding.parameters.count && binding.parameters[position].isOptional
    }

    private func checkNames(_ tokens: UnsafePointer<njl_value>) throws {
        var position = 1
        for _ in 0..<Int(tokens[0].length) { position = skip(tokens, position) }
        for _ in 0..<Int(tokens[0].index) {
            guard binding.options.contains(where: { TokenReader.is(tokens[position], $0.name) }) else {
                let name = TokenReader.text(tokens[position])
                let known = binding.options.map(\.name)
                let hint = nearestName(to: name, in: known).map { ": did you mean '\($0)'?" } ?? ""
                throw ArgumentError(
                    "'\(binding.name)' has no option '\(name)'\(hint)\n  usage: \(binding.usage)")
            }
            position = skip(tokens, position + 1)
        }
    }

    private func skip(_ tokens: UnsafePointer<njl_value>, _ position: Int) -> Int {
        let token = tokens[position]
        guard token.kind == Int32(NJL_BEGIN.rawValue) else { return position + 1 }
        var next = position + 1
        for _ in 0..<(token.length + 2 * Int(token.index)) { next = skip(tokens, next) }
        return next
    }

    /// Whether an argument was given and is not nil.
    func has(_ position: Int) -> Bool { position < count && arguments[position].kind != Int32(NJL_NIL.rawValue) }

    func kind(_ position: Int) -> njl_kind {
        position < count ? njl_kind(UInt32(arguments[position].kind)) : NJL_NIL
    }

    /// The named argument, or nil.
    private func token(named name: String) -> njl_value? {
        guard namedArguments >= 0,
            let tokens = arguments[namedArguments].pointer?.assumingMemoryBound(to: njl_value.self)
        else { return nil }
        var position = 1
        for _ in 0..<tokens[0].length { position = skip(tokens, position) }
        for _ in 0..<Int(tokens[0].index) {
            if TokenReader.is(tokens[position], name) {
                var value = tokens[position + 1]
                if value.kind == Int32(NJL_BEGIN.rawValue) {
                    value.pointer = UnsafeRawPointer(tokens + position + 1)
                    value.kind = Int32(NJL_TABLE.rawValue)
                }
                return value
            }
            position = skip(tokens, position + 1)
        }
        return nil
    }

    // MARK: Complaints

    /// What is wrong with an argument: what was expected, what came, and how the function is called.
    func wrong(_ position: Int, expected: String? = nil) -> ArgumentError {
        let declared = position < binding.parameters.count ? binding.parameters[position] : binding.parameters.last
        let expected = expected ?? declared?.kind.phrase ?? "another value"
        let name = declared?.name ?? "argument"
        let came = position < count ? describe(arguments[position]) : "nothing"
        if position == 0, binding.isMethodOfTensors {
            let colon = "  a method is called with a colon: \(binding.usage)"
            return ArgumentError("'\(binding.name)' expects \(expected) in front, got \(came)\n\(colon)")
        }
        return ArgumentError(
            "'\(binding.name)' expects \(expected) for '\(name)', got \(came)\n  usage: \(binding.usage)")
    }

    private func wrong(option name: String, _ value: njl_value) -> ArgumentError {
        let expected = binding.options.first { $0.name == name }?.kind.phrase ?? "another value"
        return ArgumentError(
            "'\(binding.name)' expects \(expected) for the option '\(name)', got \(describe(value))\n"
                + "  usage: \(binding.usage)")
    }

    func describe(_ value: njl_value) -> String {
        switch njl_kind(UInt32(value.kind)) {
        case NJL_NIL: return "nil"
        case NJL_BOOLEAN: return value.integer != 0 ? "true" : "false"
        case NJL_INTEGER: return "the number \(value.integer)"
        case NJL_NUMBER: return "the number \(ScriptText.number(value.number))"
        case NJL_STRING: return "the string \(ScriptText.quoted(TokenReader.text(value)))"
        case NJL_TENSOR:
            guard let box = value.pointer?.assumingMemoryBound(to: njl_box.self), let known = try? host.value(of: box)
            else { return "a released tensor" }
            return "a \(known.dtype) tensor of shape \(known.shape)"
        case NJL_TABLE, NJL_RAW_TABLE, NJL_BEGIN: return "a table"
        case NJL_FUNCTION: return "a function"
        case NJL_OBJECT: return "an object"
        default: return "a value of another kind"
        }
    }
}

// MARK: - Arguments by type

extension Call {
    func box(_ position: Int) throws -> UnsafePointer<njl_box> {
        guard position < count, arguments[position].kind == Int32(NJL_TENSOR.rawValue),
            let box = arguments[position].pointer
        else { throw wrong(position) }
        return box.assumingMemoryBound(to: njl_box.self)
    }

    /// The row of the current tape that stands for a tensor argument.
    @inline(__always)
    func node(_ position: Int) throws -> NodeID { try host.node(box(position), on: host.session.tape) }

    /// The computed tensor behind an argument.
    func tensor(_ position: Int) throws -> Tensor { try host.tensor(of: box(position)) }

    /// A tensor, or a number with the element type of `other`.
    func operand(_ position: Int, like other: NodeID, _ op: Op) throws -> NodeID {
        switch kind(position) {
        case NJL_TENSOR: return try node(position)
        case NJL_INTEGER, NJL_NUMBER: return try host.number(try number(position), like: other, on: tape, op)
        default: throw wrong(position)
        }
    }

    func number(_ position: Int) throws -> Double {
        guard position < count, let value = plainNumber(arguments[position]) else { throw wrong(position) }
        return value
    }

    func integer(_ position: Int) throws -> Int {
        guard position < count, let value = plainInteger(arguments[position]) else { throw wrong(position) }
        return value
    }

    func string(_ position: Int) throws -> String {
        guard kind(position) == NJL_STRING else { throw wrong(position) }
        return TokenReader.text(arguments[position])
    }

    func boolean(_ position: Int) throws -> Bool {
        guard kind(position) == NJL_BOOLEAN else { throw wrong(position) }
        return arguments[position].integer != 0
    }

    /// Any value; tables are read, functions referred to.
    func value(_ position: Int) throws -> ScriptValue {
        position < count ? try TokenReader(host: host).value(arguments[position]) : .nil
    }

    /// A function or an unread table, kept for later.
    func function(_ position: Int) throws -> ScriptFunction {
        switch kind(position) {
        case NJL_FUNCTION, NJL_RAW_TABLE, NJL_TABLE: return try host.keep(slot: Int32(position + 1))
        default: throw wrong(position)
        }
    }

    /// A native object of one Swift type.
    func object<T: AnyObject>(_ position: Int, _ type: T.Type = T.self) throws -> T {
        if case .object(let object) = try value(position), let known = object as? T { return known }
        throw wrong(position, expected: binding.owner.map { "a \($0.name)" })
    }

    func dtype(_ position: Int) throws -> DType { try dtype(named: try string(position)) }

    private func dtype(named name: String) throws -> DType {
        let aliases = ["float": "float32", "double": "float64", "int": "int32", "byte": "uint8", "boolean": "bool"]
        if let dtype = DType(name: aliases[name] ?? name) { return dtype }
        let hint = nearestName(to: name, in: DType.allCases.map(\.name)).map { ": did you mean \"\($0)\"?" } ?? ""
        throw ArgumentError(
            "there is no dtype \(ScriptText.quoted(name))\(hint)\n  dtypes are "
                + DType.allCases.map { "\"\($0.name)\"" }.joined(separator: ", "))
    }

    /// A dimension as Swift counts it, from one that scripts count from 1, or from -1 at the end.
    func axis(_ position: Int, of node: NodeID) throws -> Int { try axis(counted: integer(position), of: node) }

    func axis(counted dimension: Int, of node: NodeID) throws -> Int {
        let rank = tape[node].rank
        if dimension >= 1 && dimension <= rank { return dimension - 1 }
        if dimension <= -1 && dimension >= -rank { return rank + dimension }
        if dimension == 0 {
            throw GraphError(
                "dimensions count from 1 (or from -1, the last, backwards): there is no dimension 0", [node])
        }
        throw GraphError(
            "there is no dimension \(dimension) in \(tape.shape(node)), which has \(rank)"
                + (rank == 0 ? ": it is a single number" : ""), [node])
    }

    /// A set of dimensions as bits; all of them where none is given.
    func axes(_ position: Int, of node: NodeID) throws -> UInt8 {
        guard has(position) else { return Reduction.all(rank: tape[node].rank) }
        if kind(position) != NJL_TABLE { return 1 << UInt8(try axis(position, of: node)) }
        var bits: UInt8 = 0
        for dimension in try integers(position) { bits |= 1 << UInt8(try axis(counted: dimension, of: node)) }
        return bits
    }

    /// A list of whole numbers, or several arguments of them from `position` on.
    func integers(_ position: Int) throws -> [Int] {
        guard position < count else { return [] }
        if arguments[position].kind == Int32(NJL_TABLE.rawValue) {
            guard let list = integers(in: arguments[position]) else { throw wrong(position) }
            return list
        }
        return try (position..<count).map(integer)
    }

    private func integers(in token: njl_value) -> [Int]? {
        guard let tokens = token.pointer?.assumingMemoryBound(to: njl_value.self), tokens[0].index == 0 else {
            return nil
        }
        var list: [Int] = []
        for position in 1..<(1 + tokens[0].length) {
            guard let number = plainInteger(tokens[position]) else { return nil }
            list.append(number)
        }
        return list
    }

    func shape(_ position: Int) throws -> Shape { try Shape(try integers(position)) }

    func tensors(_ position: Int) throws -> [NodeID] {
        guard kind(position) == NJL_TABLE,
            let tokens = arguments[position].pointer?.assumingMemoryBound(to: njl_value.self), tokens[0].index == 0
        else { throw wrong(position) }
        return try (1..<(1 + tokens[0].length)).map { entry in
            guard tokens[entry].kind == Int32(NJL_TENSOR.rawValue), let box = tokens[entry].pointer else {
                throw wrong(position)
            }
            return try host.node(box.assumingMemoryBound(to: njl_box.self), on: tape)
        }
    }

    func plainNumber(_ value: njl_value) -> Double? {
        switch njl_kind(UInt32(value.kind)) {
        case NJL_INTEGER: Double(value.integer)
        case NJL_NUMBER: value.number
        default: nil
        }
    }

    func plainInteger(_ value: njl_value) -> Int? {
        switch njl_kind(UInt32(value.kind)) {
        case NJL_INTEGER: Int(value.integer)
        case NJL_NUMBER: Int(exactly: value.number)
        default: nil
        }
    }
}

// MARK: - Named arguments

extension Call {
    func option(_ name: String, default standard: Bool) throws -> Bool {
        guard namedArguments >= 0, let value = token(named: name) else { return standard }
        guard value.kind == Int32(NJL_BOOLEAN.rawValue) else { throw wrong(option: name, value) }
        return value.integer != 0
    }

    func option(_ name: String) throws -> Double? {
        guard namedArguments >= 0, let value = token(named: name) else { return nil }
        guard let number = plainNumber(value) else { throw wrong(option: name, value) }
        return number
    }

    func option(integer name: String) throws -> Int? {
        guard namedArguments >= 0, let value = token(named: name) else { return nil }
        guard let number = plainInteger(value) else { throw wrong(option: name, value) }
        return number
    }

    func option(string name: String) throws -> String? {
        guard namedArguments >= 0, let value = token(named: name) else { return nil }
        guard value.kind == Int32(NJL_STRING.rawValue) else { throw wrong(option: name, value) }
        return TokenReader.text(value)
    }

    /// `dtype`, float32 unless given.
    func dtypeOption(default standard: DType = .float32) throws -> DType {
        guard let name = try option(string: "dtype") else { return standard }
        return try dtype(named: name)
    }
}

// MARK: - Results

extension Call {
    /// Answers with a row of the current tape.
    func answer(_ node: NodeID) throws {
        let tape = host.session.tape
        if session.isEager { try host.computeNow(tape, node) }
        results.pointee.count = 1
        results.pointee.stream = nil
        results.pointee.values.0.kind = Int32(NJL_NODE.rawValue)
        results.pointee.values.0.pointer = UnsafeRawPointer(Unmanaged.passUnretained(tape).toOpaque())
        results.pointee.values.0.index = node.index
        results.pointee.values.0.length = Int(place)
    }

    func answer(_ number: Double) {
        answer {
            $0.number = number; $0.kind = Int32(NJL_NUMBER.rawValue)
        }
    }
    func answer(_ number: Int) {
        answer {
            $0.integer = Int64(number); $0.kind = Int32(NJL_INTEGER.rawValue)
        }
    }
    func answer(_ flag: Bool) {
        answer {
            $0.integer = flag ? 1 : 0; $0.kind = Int32(NJL_BOOLEAN.rawValue)
        }
    }

    private func answer(_ fill: (inout njl_value) -> Void) {
        results.pointee.count = 1
        results.pointee.stream = nil
        results.pointee.values.0 = njl_value()
        fill(&results.pointee.values.0)
    }

    func answer(_ text: String) { answer(values: [.string(text)]) }

    /// Answers with a tensor that holds its own memory.
    func answer(owned tensor: Tensor) {
        host.note(tensor.byteCount)
        answer { $0.write(tensor, place: host.operationPlace(place, index, binding.name)) }
    }

    func answer(values: [ScriptValue]) {
        answer(count: values.count) { writer in
            for value in values { writer.write(value, place: place) }
        }
    }

    /// Answers with what `fill` writes: `count` values on top level.
    func answer(count: Int = 1, _ fill: (TokenWriter) -> Void) {
        let writer = TokenWriter()
        fill(writer)
        host.writer = writer
        results.pointee.count = Int32(count)
        results.pointee.stream = writer.stream()
    }

    /// From here on, recorded rows are said to come from this function and not from the operations it is made of.
    func namesOperation() {
        tape.place = host.operationPlace(place, index, binding.name)
    }
}
