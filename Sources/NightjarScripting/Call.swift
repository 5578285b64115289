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
    private(set) var namedArguments: Int = -1

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
                    || tokens[0].length == 0 && !needsTable(count - 1)
                        && (tokens[0].index > 0 || isOptional(count - 1) && !takesDimensions(count - 1))
            {
                namedArguments = count - 1
                count -= 1
                try checkNames(tokens)
            }
        }
        if count > binding.parameters.count && !binding.isVariadic {
            throw ArgumentError(
                "'\(binding.name)' takes at most \(plural(shownParameterCount, "argument")), got \(count - hidden)\n"
                    + "  usage: \(binding.usage)"
                    + (binding.options.isEmpty
                        ? "" : "\n  what stands in braces is given by name, in a table at the end"))
        }
    }

    private var hidden: Int { binding.isMethodOfTensors || binding.owner != nil ? 1 : 0 }
    private var shownParameterCount: Int { binding.parameters.count - hidden }

    private func plural(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    private func isOptional(_ position: Int) -> Bool {
        position < binding.parameters.count && binding.parameters[position].isOptional
    }

    /// Whether an empty table may be meant as a list of dimensions, which a script worked out.
    private func takesDimensions(_ position: Int) -> Bool {
        position < binding.parameters.count && binding.parameters[position].kind == .dimensions
    }

    /// Whether a table is what a positional argument asks for: it is no table of options then.
    private func needsTable(_ position: Int) -> Bool {
        guard position < binding.parameters.count, !binding.parameters[position].isOptional else { return false }
        return [.any, .table, .tensorsByName].contains(binding.parameters[position].kind)
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
    func token(named name: String) -> njl_value? {
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

    func wrong(option name: String, _ value: njl_value) -> ArgumentError {
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
        case NJL_TABLE:
            guard let tokens = value.pointer?.assumingMemoryBound(to: njl_value.self), tokens[0].index > 0 else {
                return "a table"
            }
            var position = 1
            for _ in 0..<tokens[0].length { position = skip(tokens, position) }
            guard tokens[position].kind == Int32(NJL_STRING.rawValue) else { return "a table" }
            return "a table with the field \(ScriptText.quoted(TokenReader.text(tokens[position])))"
        case NJL_RAW_TABLE, NJL_BEGIN: return "a table"
        case NJL_FUNCTION: return "a function"
        case NJL_OBJECT: return "an object"
        default: return "a value of another kind"
        }
    }
}
