import CLuaShim

/// What a function of the program gets and gives.
public typealias HostFunction = ([ScriptValue]) throws -> [ScriptValue]

/// An object of the program that scripts hold and hand back, with methods that scripts call on it.
public protocol HostObject: AnyObject {
    /// The type's name, as it was given to ``ScriptHost/register(type:methods:)``.
    var hostTypeName: String { get }
}

/// The functions and objects that the program gave to scripts.
final class HostTable {
    var functions: [HostFunction] = []
    var types: Set<String> = []
    /// Objects that scripts hold, by number.
    private var objects: [Int: any HostObject] = [:]
    private var nextNumber = 1

    func add(_ object: any HostObject) -> Int {
        defer { nextNumber += 1 }
        objects[nextNumber] = object
        return nextNumber
    }
    func object(_ number: Int) -> (any HostObject)? { objects[number] }
    func drop(_ number: Int) { objects[number] = nil }
    var count: Int { objects.count }
}

extension ScriptHost {
    /// Gives scripts a function: `nj.host.name(...)`.
    ///
    /// Arguments and results are numbers, texts, booleans, tensors, tables of these, and objects of registered types.
    /// What it throws is an error at the script's line.
    /// - Throws: ``ScriptError`` for a name that is no name in Lua.
    public func register(_ name: String, _ body: @escaping HostFunction) throws {
        try checkHostName(name)
        host.functions.append(body)
        _ = try library?.call([.string("host_function"), .string(name), .integer(host.functions.count)])
    }

    /// Makes a type of the program's known: scripts call its methods with the object in front, as in `counter:add(2)`.
    /// - Throws: ``ScriptError`` for a name that is no name in Lua, or a type that is known already.
    public func register(type name: String, methods: [String: HostFunction]) throws {
        try checkHostName(name)
        guard host.types.insert(name).inserted else { throw ScriptError("the type '\(name)' is registered already") }
        var numbers: [(key: String, value: ScriptValue)] = []
        for (method, body) in methods.sorted(by: { $0.key < $1.key }) {
            try checkHostName(method)
            host.functions.append(body)
            numbers.append((method, .integer(host.functions.count)))
        }
        _ = try library?.call([.string("host_type"), .string(name), .table(ScriptTable(fields: numbers))])
    }

    /// Objects of the program that scripts hold at the moment.
    public func hostObjectCount() throws -> Int {
        drop(try library?.call([.string("host_dropped")]).first ?? .nil)
        return host.count
    }

    private func drop(_ numbers: ScriptValue) {
        for number in numbers.asTable?.array.compactMap(\.asNumber) ?? [] {
            if let whole = Int(exactly: number) { host.drop(whole) }
        }
    }

    private func checkHostName(_ name: String) throws {
        let bytes = Array(name.utf8)
        let isName =
            !bytes.isEmpty && bytes.count <= 64 && !(48...57).contains(bytes[0])
            && bytes.allSatisfy {
                (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0) || $0 == 95
            }
        guard isName else { throw ScriptError("'\(name)' is no name in Lua: use letters, digits and _") }
    }

    /// What `native.call_host` does: the number of the function, the positions of objects among the arguments, the numbers of
    /// objects that no script holds any more, and the arguments.
    func callHost(_ call: Call) throws -> [ScriptValue] {
        let number = try call.integer(0)
        guard host.functions.indices.contains(number - 1) else {
            throw ArgumentError("the program has no such function")
        }
        let positions = try call.value(1).asTable?.array.compactMap(\.asNumber) ?? []
        drop(try call.value(2))
        var arguments = try (3..<max(call.count, 3)).map { try call.value($0) }
        for position in positions {
            guard let index = Int(exactly: position), arguments.indices.contains(index - 1),
                case .integer(let number) = arguments[index - 1], let object = host.object(number)
            else { throw ArgumentError("an object of the program is gone") }
            arguments[index - 1] = .object(object)
        }
        let answer: [ScriptValue]
        do {
            answer = try host.functions[number - 1](arguments)
        } catch let error as ScriptError {
            throw error
        } catch {
            throw ArgumentError("\(error)")
        }
        var kinds: [ScriptValue] = []
        let values = try answer.map { value -> ScriptValue in
            guard case .object(let object) = value, let object = object as? any HostObject else {
                kinds.append(.string(""))
                return value
            }
            guard host.types.contains(object.hostTypeName) else {
                throw ArgumentError(
                    "the program gave an object of type '\(object.hostTypeName)', which it did not register")
            }
            kinds.append(.string(object.hostTypeName))
            return .integer(host.add(object))
        }
        return [.table(ScriptTable(array: kinds))] + values
    }
}

/// How scripts reach the program that runs them.
let hostBindings: [Binding] = [
    Binding(
        "call_host", .library,
        [Parameter("number", .integer), Parameter("objects", .table), Parameter("dropped", .table)], variadic: true,
        returns: "table", "Calls a function of the program that runs the script."
    ) { call in
        call.answer(values: try call.host.callHost(call))
    }
]

extension ScriptHost {
    /// Lets scripts run again after an interruption that ended what ran.
    package func revive() { goOn() }
}
