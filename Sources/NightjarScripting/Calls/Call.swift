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
    private let arguments: UnsafePointer<njl_value>
    /// Positional arguments; the table of named ones is not counted.
    private(set) var count: Int
    let place: Int32
    let results: UnsafeMutablePointer<njl_results>
    /// The table of named ones.
    private var options: TableTokens?
    /// Whether named arguments were given.
    var hasOptions: Bool { options != nil }

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
    /// The script that calls, as messages show it; nil where no line is known.
    var script: String? { host.session.provenance.place(place)?.source }

    // MARK: What was given

    /// Finds the table of named arguments and refuses arguments too many.
    mutating func checkCount() throws {
        if !binding.options.isEmpty, count > 0 {
            if case .table(let tokens) = operand(count - 1),
                count > binding.parameters.count
                    || tokens.listCount == 0 && !needsTable(count - 1)
                        && (tokens.fieldCount > 0 || isOptional(count - 1) && !takesDimensions(count - 1))
            {
                options = tokens
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

    private func checkNames(_ tokens: TableTokens) throws {
        var position = tokens.firstField
        for _ in 0..<tokens.fieldCount {
            guard binding.options.contains(where: { TokenReader.is(tokens[position], $0.name) }) else {
                let name = TokenReader.text(tokens[position])
                let known = binding.options.map(\.name)
                let near = nearestName(to: name, in: known).map { "did you mean '\($0)'?" }
                let hint = (host.advice(on: "option", name) ?? near).map { ": " + $0 } ?? ""
                throw ArgumentError(
                    "'\(binding.name)' has no option '\(name)'\(hint)\n  usage: \(binding.usage)")
            }
            position = tokens.position(after: position + 1)
        }
    }

    /// The token of an argument; nil where it was not given.
    @inline(__always)
    func argument(_ position: Int) -> njl_value { position < count ? arguments[position] : njl_value() }

    /// What was given for an argument.
    @inline(__always)
    func operand(_ position: Int) -> Operand { argument(position).operand }

    /// Whether an argument was given and is not nil.
    func has(_ position: Int) -> Bool { !argument(position).isKind(NJL_NIL) }

    func kind(_ position: Int) -> njl_kind { njl_kind(UInt32(bitPattern: argument(position).kind)) }

    /// The named argument, or nil.
    func token(named name: String) -> njl_value? {
        guard let options else { return nil }
        var position = options.firstField
        for _ in 0..<options.fieldCount {
            if TokenReader.is(options[position], name) { return options.value(at: position + 1) }
            position = options.position(after: position + 1)
        }
        return nil
    }

    // MARK: Complaints

    /// What is wrong with an argument: what was expected, what came, and how the function is called.
    func wrong(_ position: Int, expected: String? = nil) -> ArgumentError {
        let declared = position < binding.parameters.count ? binding.parameters[position] : binding.parameters.last
        let expected = expected ?? declared?.kind.phrase ?? "another value"
        let name = declared?.name ?? "argument"
        let came = position < count ? describe(argument(position)) : "nothing"
        if position == 0, binding.isMethodOfTensors {
            let colon = "  a method is called with a colon: \(binding.usage)"
            return ArgumentError("'\(binding.name)' expects \(expected) in front, got \(came)\n\(colon)")
        }
        return ArgumentError(
            "'\(binding.name)' expects \(expected) for '\(name)', got \(came)\(fieldAdvice(position))\n"
                + "  usage: \(binding.usage)")
    }

    /// What is written here instead of the first field of a table that came in place of something else, or instead of
    /// nothing.
    private func fieldAdvice(_ position: Int) -> String {
        if position >= count {
            return host.advice(on: "without arguments", binding.name).map { ": " + $0 } ?? ""
        }
        guard case .table(let tokens) = operand(position), tokens.fieldCount > 0,
            tokens[tokens.firstField].isKind(NJL_STRING)
        else { return "" }
        return host.advice(on: "option", TokenReader.text(tokens[tokens.firstField])).map { ": " + $0 } ?? ""
    }

    func wrong(option name: String, _ value: njl_value) -> ArgumentError {
        let expected = binding.options.first { $0.name == name }?.kind.phrase ?? "another value"
        return ArgumentError(
            "'\(binding.name)' expects \(expected) for the option '\(name)', got \(describe(value))\n"
                + "  usage: \(binding.usage)")
    }

    func describe(_ value: njl_value) -> String {
        switch value.operand {
        case .nil: return "nil"
        case .boolean(let flag): return flag ? "true" : "false"
        case .integer(let number): return "the number \(number)"
        case .number(let number): return "the number \(ScriptText.number(number))"
        case .string: return "the string \(ScriptText.quoted(TokenReader.text(value)))"
        case .tensor(let handle):
            if handle.isReleased { return "a released tensor" }
            guard let known = try? host.value(of: handle) else { return "a collected tensor" }
            return "\(known.dtype == .int32 ? "an" : "a") \(known.dtype) tensor of shape \(known.shape)"
        case .table(let tokens):
            guard tokens.fieldCount > 0, tokens[tokens.firstField].isKind(NJL_STRING) else { return "a table" }
            return "a table with the field \(ScriptText.quoted(TokenReader.text(tokens[tokens.firstField])))"
        case .unread: return "a table"
        case .function: return "a function"
        case .object: return "an object"
        case .other: return "a value of another kind"
        }
    }
}
