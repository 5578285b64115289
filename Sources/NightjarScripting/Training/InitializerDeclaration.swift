import NightjarNN
import NightjarTensor

/// How a script says that first values are drawn: a name, a number, or a table such as
/// `{ "normal", deviation = 0.02 }`.
struct InitializerDeclaration {
    /// Name to the fields it takes, each with its usual value.
    private static let known: [(name: String, fields: [String])] = [
        ("default", []), ("zeros", []), ("ones", []), ("constant", ["value"]), ("uniform", ["low", "high"]),
        ("normal", ["mean", "deviation"]), ("kaiming_uniform", ["slope", "fan"]), ("kaiming_normal", ["slope", "fan"]),
        ("xavier_uniform", ["gain"]), ("xavier_normal", ["gain"]),
    ]
    static let names = known.map(\.name)
    /// Those that can be named without a field.
    static let simpleNames = names.filter { !["constant", "uniform", "normal"].contains($0) }

    private let value: ScriptValue
    /// Whose values they are, for messages: "parameter 'weight' of layer 'scale'".
    private let owner: String

    init(_ value: ScriptValue, owner: String) {
        self.value = value
        self.owner = owner
    }

    /// - Throws: ``ArgumentError`` that says what can be written.
    func initializer() throws -> Initializer {
        switch value {
        case .integer, .number: return .constant(value.asNumber ?? 0)
        case .string(let name): return try initializer(name, ScriptTable())
        case .table(let table):
            guard let name = table.array.first?.asString, table.array.count == 1 else { break }
            return try initializer(name, table)
        default: break
        }
        throw ArgumentError(
            "'init' of \(owner) is a name, a number, or a table such as { \"normal\", deviation = 0.02 }, "
                + "got \(value.phrase)")
    }

    private func initializer(_ name: String, _ table: ScriptTable) throws -> Initializer {
        guard let fields = Self.known.first(where: { $0.name == name })?.fields else {
            let hint = nearestName(to: name, in: Self.names).map { ": did you mean \"\($0)\"?" } ?? ""
            throw ArgumentError(
                "\(owner): there is no initialiser \"\(name)\"\(hint)\n  initialisers are "
                    + Self.names.map { "\"\($0)\"" }.joined(separator: ", "))
        }
        for (field, _) in table.fields where !fields.contains(field) {
            let hint = nearestName(to: field, in: fields).map { ": did you mean '\($0)'?" } ?? ""
            throw ArgumentError("\(owner): initialiser \"\(name)\" has no field '\(field)'\(hint)")
        }
        func number(_ field: String, _ standard: Double? = nil) throws -> Double {
            if let given = table[field] {
                guard let number = given.asNumber else {
                    throw ArgumentError(
                        "\(owner): '\(field)' of initialiser \"\(name)\" is a number, got \(given.phrase)")
                }
                return number
            }
            guard let standard else {
                throw ArgumentError(
                    "\(owner): initialiser \"\(name)\" needs '\(field)', as in { \"\(name)\", \(field) = 0.02 }")
            }
            return standard
        }
        func fan() throws -> Initializer.Fan {
            guard let given = table["fan"] else { return .fanIn }
            guard let fan = given.asString.flatMap({ Initializer.Fan(rawValue: $0) }) else {
                throw ArgumentError("\(owner): 'fan' of initialiser \"\(name)\" is \"fan_in\" or \"fan_out\"")
            }
            return fan
        }
        switch name {
        case "zeros": return .zeros
        case "ones": return .ones
        case "constant": return .constant(try number("value"))
        case "uniform": return .uniform(low: try number("low"), high: try number("high"))
        case "normal": return .normal(mean: try number("mean", 0), deviation: try number("deviation"))
        case "kaiming_uniform": return .kaimingUniform(slope: try number("slope", 0), fan: try fan())
        case "kaiming_normal": return .kaimingNormal(slope: try number("slope", 0), fan: try fan())
        case "xavier_uniform": return .xavierUniform(gain: try number("gain", 1))
        case "xavier_normal": return .xavierNormal(gain: try number("gain", 1))
        default: return .standard
        }
    }
}
