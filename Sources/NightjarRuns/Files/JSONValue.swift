// A JSON value with one written form, so that the same configuration always has the same bytes.

import Foundation

/// Any JSON value. Two values are equal when their written forms are.
public enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// Reads JSON text: see ``JSONParser`` for what is refused.
    /// - Throws: `RunError` naming `source` and the place where the text is not JSON, or has a key twice.
    public init(parsing data: Data, source: String) throws {
        self = try data.withUnsafeBytes { raw in
            let bytes = raw.bindMemory(to: UInt8.self)
            do {
                return try JSONParser.value(of: bytes)
            } catch let fault as JSONParser.Fault {
                let place = JSONParser.place(of: fault.offset, in: bytes)
                throw RunError(
                    "\(source): not valid JSON (line \(place.line), column \(place.column): \(fault.problem))")
            } catch {
                throw RunError("\(source): \(error)")
            }
        }
    }

    /// Reads a file that holds one value.
    /// - Throws: `RunError` that names the file.
    public init(contentsOf url: URL) throws {
        self = try JSONValue(parsing: FileReason.readJSON(url), source: url.path)
    }

    /// The canonical text: keys sorted by their UTF-8 bytes, numbers in `NumberText.shortest` form, no escape but
    /// those JSON demands. Numbers that JSON cannot hold are the strings `"nan"`, `"inf"`, `"-inf"`.
    /// - Parameter pretty: two-space indentation and a newline at the end, or everything on one line.
    public func text(pretty: Bool = true) -> String {
        var out = ""
        write(to: &out, indent: pretty ? 0 : nil)
        if pretty { out += "\n" }
        return out
    }

    /// The entry of an object; nil for other kinds of value and for missing keys.
    public subscript(key: String) -> JSONValue? {
        if case .object(let entries) = self { return entries[key] }
        return nil
    }

    /// The value as a number, where it is one (or one of the three words for numbers outside JSON).
    public var doubleValue: Double? {
        switch self {
        case .integer(let value): return Double(value)
        case .number(let value): return value
        case .string("nan"): return .nan
        case .string("inf"): return .infinity
        case .string("-inf"): return -.infinity
        default: return nil
        }
    }

    /// The value as a whole number, where it is one exactly.
    public var intValue: Int? {
        switch self {
        case .integer(let value): return value
        case .number(let value): return Int(exactly: value)
        default: return nil
        }
    }

    /// The value as a string, where it is one.
    public var stringValue: String? {
        if case .string(let value) = self { return value }
        return nil
    }

    /// A value as a person would type it on a command line: strings without quotes, numbers in shortest form, lists with
    /// commas (and quotes around strings that hold some), a component with its parameters as `rll{alpha=0.45}`.
    public var plainText: String {
        switch self {
        case .string(let value): return value
        case .array(let items): return items.map(\.itemText).joined(separator: ",")
        case .object(let entries):
            guard let name = entries["name"]?.stringValue else { break }
            guard case .object(let parameters)? = entries["parameters"], !parameters.isEmpty else { return name }
            let texts = parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.parameterText)" }
            return "\(name){\(texts.joined(separator: ","))}"
        default: break
        }
        return text(pretty: false)
    }

    /// An item of a list, which `a,b` would be two of.
    private var itemText: String {
        if case .string(let value) = self, value.isEmpty || value.contains(",") { return text(pretty: false) }
        return plainText
    }

    /// A parameter inside braces: lists have braces of their own.
    private var parameterText: String {
        if case .array = self { return "{\(plainText)}" }
        return plainText
    }

    private func write(to out: inout String, indent: Int?) {
        switch self {
        case .null: out += "null"
        case .bool(let value): out += value ? "true" : "false"
        case .integer(let value): out += String(value)
        case .number(let value):
            out += value.isFinite ? NumberText.shortest(value) : "\"\(NumberText.shortest(value))\""
        case .string(let value): JSONValue.quote(value, to: &out)
        case .array(let values):
            JSONValue.writeList(values, brackets: ("[", "]"), indent: indent, to: &out) { value, inner, out in
                value.write(to: &out, indent: inner)
            }
        case .object(let entries):
            let keys = entries.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            JSONValue.writeList(keys, brackets: ("{", "}"), indent: indent, to: &out) { key, inner, out in
                JSONValue.quote(key, to: &out)
                out += inner == nil ? ":" : ": "
                (entries[key] ?? .null).write(to: &out, indent: inner)
            }
        }
    }

    private static func writeList<Element>(
        _ elements: [Element], brackets: (String, String), indent: Int?, to out: inout String,
        each: (Element, Int?, inout String) -> Void
    ) {
        out += brackets.0
        let inner = indent.map { $0 + 1 }
        for (position, element) in elements.enumerated() {
            if position > 0 { out += "," }
            if let inner { out += "\n" + String(repeating: "  ", count: inner) }
            each(element, inner, &out)
        }
        if let indent, !elements.isEmpty { out += "\n" + String(repeating: "  ", count: indent) }
        out += brackets.1
    }

    private static func quote(_ text: String, to out: inout String) {
        out += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        out += "\""
    }
}

extension JSONValue: Hashable {
    public static func == (left: JSONValue, right: JSONValue) -> Bool {
        // The common cases, without writing anything.
        switch (left, right) {
        case (.string(let left), .string(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.bool(let left), .bool(let right)): left == right
        case (.number(let left), .number(let right)) where left.isFinite && right.isFinite:
            left.bitPattern == right.bitPattern
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: left.text(pretty: false) == right.text(pretty: false)
        }
    }

    public func hash(into hasher: inout Hasher) {
        switch self {
        case .string(let value): hasher.combine(value)
        // Whole numbers are written alike, whichever kind they are of.
        case .integer(let value): hasher.combine(Double(value))
        case .number(let value) where value.isFinite: hasher.combine(value)
        case .number(let value): hasher.combine(NumberText.shortest(value))
        case .bool(let value): hasher.combine(value)
        case .null: hasher.combine(0)
        case .array(let items): hasher.combine(items)
        case .object(let entries):
            hasher.combine(entries.count)
            hasher.combine(entries["name"])
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { _, last in last }))
    }
}
