import CLuaShim
import NightjarGraph
import NightjarTensor

/// The words for names that are not there, and for operands that do not fit.
let missingBindings: [Binding] = [
    Binding(
        "missing", [.library], [Parameter("what", .string), Parameter("key", .any)], variadic: true, returns: "nothing",
        "Raises the message about a name that is not there."
    ) { call in
        let what = try call.string(0)
        if what == "unary" || what == "binary" { throw operandError(call, isBinary: what == "binary") }
        let key = try call.value(1)
        // A kind that a plugin declares gives nj fields when somebody asks for one.
        if what == "nj", let name = key.asString, !call.host.plugins.names("kinds").isEmpty,
            let late = try call.host.library?.callForReferences([.string("late_field"), .string(name)]).first,
            case .function = late
        {
            return call.answer(values: [late])
        }
        throw ArgumentError(try missingMessage(call, what, key))
    }
]

/// What stands behind the word for an object where a script sets a field of it.
private let assignment = " assignment"

private func missingMessage(_ call: Call, _ what: String, _ key: ScriptValue) throws -> String {
    guard case .string(let name) = key else {
        if what == "tensor", key.asNumber != nil {
            return
                "tensors are not indexed with []: use t:slice({ first, last }) for rows, t:narrow(dimension, first, count), "
                + "or t:totable() for Lua numbers"
        }
        if what == NativeTypes.module.name, key.asNumber != nil {
            return
                "a layer is not indexed with []: print(model) shows its layers by their paths, and model:parameters() has "
                + "copies of what is in them"
        }
        if what == "tensor assignment" {
            return
                "a tensor does not change: choose with nj.where(mask, a, b), or make a new one with nj.tensor or nj.cat"
        }
        if what.hasSuffix(assignment) {
            let shown = key.asNumber.map { "[\(ScriptText.number($0))]" } ?? key.phrase
            return "a \(what.dropLast(assignment.count)) does not change: \(shown) cannot be set on it"
        }
        if what == "readonly" {
            let shown = key.asNumber.map { "[\(ScriptText.number($0))]" } ?? "\(key.phrase)"
            return "this table belongs to Nightjar: \(shown) cannot be set in it"
        }
        let owner = what == "tensor" ? "tensors" : what
        // What is no plain value comes as a reference, so its kind is not known here.
        if case .function = key { return "there is no such field in \(owner): fields go by their names" }
        return "there is no field \(key.asNumber.map { "[\(ScriptText.number($0))]" } ?? key.phrase) in \(owner)"
    }
    switch what {
    case "tensor":
        return "tensors have no method '\(name)'" + hint(call, what, name, call.host.table.methodNames)
    case _ where what.hasSuffix(assignment):
        let owner = String(what.dropLast(assignment.count))
        let advice = call.host.advice(on: owner, name).map { ": " + $0 } ?? ""
        return "a \(owner) does not change: '\(name)' cannot be set on it" + advice
    case "nj":
        return "nj has no '\(name)'" + hint(call, what, name, call.host.moduleNames())
    case "global":
        return "there is no variable '\(name)'" + hint(call, what, name, call.host.globalNames())
    case "assign":
        return "'\(name)' is not declared: write 'local \(name) = ...' (scripts have no global variables)"
    case "readonly":
        return "this table belongs to Nightjar: '\(name)' cannot be set in it"
    default:
        if let type = call.host.table.types.first(where: { $0.name == what }) {
            return "a \(what) has no '\(name)'" + hint(call, what, name, call.host.table.names(of: type))
        }
        return "\(what) has no '\(name)'" + hint(call, what, name, call.host.globalNames(in: what))
    }
}

/// What is written here instead of a name that other tools have, or else the nearest name.
private func hint(_ call: Call, _ what: String, _ name: String, _ candidates: [String]) -> String {
    if let advice = call.host.advice(on: what, name) { return ": " + advice }
    return nearestName(to: name, in: candidates).map { ": did you mean '\($0)'?" } ?? ""
}

/// What Lua itself has for two numbers.
private let numbersOnly = [
    "maximum": "math.max", "minimum": "math.min", "pow": "a ^ b", "add": "a + b", "sub": "a - b", "mul": "a * b",
    "div": "a / b", "mod": "a % b", "eq": "a == b", "ne": "a ~= b", "lt": "a < b", "le": "a <= b", "gt": "a > b",
    "ge": "a >= b", "logical_and": "a and b", "logical_or": "a or b", "logical_xor": "a ~= b",
]

/// Arguments: "unary" or "binary", the operation's number, and the operands.
private func operandError(_ call: Call, isBinary: Bool) -> any Error {
    let op = Op(rawValue: UInt8(truncatingIfNeeded: (try? call.integer(1)) ?? 0)) ?? .add
    let known = Operator.all.first { $0.op == op }
    let name = known?.name ?? op.name
    let operands = (2..<max(2, call.count)).map { call.argument($0) }
    if isBinary {
        return operandError(
            name: name, sign: op.sign, numbersOnly: numbersOnly[name] ?? "Lua's own operators", operands: operands, call
        )
    }
    if operands.first?.isTensor == true {
        return ArgumentError("'\(name)' takes no arguments, got \(call.describe(operands[1]))\n  usage: t:\(name)()")
    }
    let front = operands.isEmpty ? "nothing" : call.describe(operands[0])
    return ArgumentError(
        "'\(name)' expects a tensor in front, got \(front)\n  a method is called with a colon: t:\(name)()")
}

/// What is wrong with the operands of arithmetic between two.
/// - Parameters:
///   - sign: as scripts write it; nil where there is none.
///   - numbersOnly: what Lua has for two numbers.
func operandError(
    name: String, sign: String?, numbersOnly: String, operands: [njl_value], _ call: Call
) -> any Error {
    let came = operands.map { call.describe($0) }.joined(separator: " and ")
    let title = sign.map { "'\($0)'" } ?? "'\(name)'"
    let usage = sign.map { "a \($0) b" } ?? "a:\(name)(b)"
    if operands.count < 2 {
        return ArgumentError("\(title) needs two operands: \(usage)")
    }
    if operands.contains(where: { $0.isKind(NJL_NIL) }) {
        return ArgumentError(
            "\(title) does not work on \(came): is a variable misspelt, or did a function forget to return?")
    }
    if !operands.contains(where: \.isTensor) {
        return ArgumentError(
            "\(title) expects at least one tensor, got \(came)\n  usage: \(usage); for numbers use \(numbersOnly)")
    }
    return ArgumentError("\(title) does not work on \(came): operands are tensors and numbers")
}

extension ScriptHost {
    public func nearest(_ name: String, _ candidates: [String]) -> String? { nearestName(to: name, in: candidates) }
}
