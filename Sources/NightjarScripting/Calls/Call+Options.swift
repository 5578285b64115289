import CLuaShim
import NightjarGraph
import NightjarTensor

/// Named arguments: `{ keep = true }`.
extension Call {
    func option(_ name: String, default standard: Bool) throws -> Bool {
        guard let value = token(named: name) else { return standard }
        guard case .boolean(let flag) = value.operand else { throw wrong(option: name, value) }
        return flag
    }

    func option(_ name: String) throws -> Double? {
        guard let value = token(named: name) else { return nil }
        guard let number = plainNumber(value) else { throw wrong(option: name, value) }
        return number
    }

    func option(integer name: String) throws -> Int? {
        guard let value = token(named: name) else { return nil }
        guard let number = plainInteger(value) else { throw wrong(option: name, value) }
        return number
    }

    /// Rows and columns: one number for both, or a list of two.
    func option(pair name: String) throws -> (Int, Int)? {
        guard let value = token(named: name) else { return nil }
        guard let pair = pair(value) else { throw wrong(option: name, value) }
        return pair
    }

    func option(string name: String) throws -> String? {
        guard let value = token(named: name) else { return nil }
        guard value.isKind(NJL_STRING) else { throw wrong(option: name, value) }
        return TokenReader.text(value)
    }

    /// A tensor, as a row of the current tape.
    func tensorOption(_ name: String) throws -> NodeID? {
        guard let value = token(named: name) else { return nil }
        guard let handle = TensorHandle(value) else { throw wrong(option: name, value) }
        return try host.node(handle, on: tape)
    }

    /// `dtype`, float32 unless given.
    func dtypeOption(default standard: DType = .float32) throws -> DType {
        guard let name = try option(string: "dtype") else { return standard }
        return try dtype(named: name)
    }
}
