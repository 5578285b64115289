import CLuaShim
import NightjarGraph
import NightjarTensor

/// Named arguments: `{ keep = true }`.
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

    /// Rows and columns: one number for both, or a list of two.
    func option(pair name: String) throws -> (Int, Int)? {
        guard namedArguments >= 0, let value = token(named: name) else { return nil }
        guard let pair = pair(value) else { throw wrong(option: name, value) }
        return pair
    }

    func option(string name: String) throws -> String? {
        guard namedArguments >= 0, let value = token(named: name) else { return nil }
        guard value.kind == Int32(NJL_STRING.rawValue) else { throw wrong(option: name, value) }
        return TokenReader.text(value)
    }

    /// A tensor, as a row of the current tape.
    func tensorOption(_ name: String) throws -> NodeID? {
        guard namedArguments >= 0, let value = token(named: name) else { return nil }
        guard value.kind == Int32(NJL_TENSOR.rawValue), let box = value.pointer else {
            throw wrong(option: name, value)
        }
        return try host.node(box.assumingMemoryBound(to: njl_box.self), on: tape)
    }

    /// `dtype`, float32 unless given.
    func dtypeOption(default standard: DType = .float32) throws -> DType {
        guard let name = try option(string: "dtype") else { return standard }
        return try dtype(named: name)
    }
}
