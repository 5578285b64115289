import CLuaShim

/// Where the answer of one protected call lands.
final class Receiver {
    private let host: ScriptHost
    private var values: [ScriptValue] = []
    private var failure: (any Error)?

    init(host: ScriptHost) { self.host = host }

    /// Valid while the call runs; the caller holds the receiver.
    var pointer: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    func receive(_ tokens: UnsafePointer<njl_value>?, _ count: Int) {
        let reader = TokenReader(host: host)
        do {
            values = try (0..<count).map { index in
                guard let tokens else { return .nil }
                return try reader.value(tokens[index])
            }
        } catch {
            failure = error
        }
    }

    /// - Parameter isMadeUp: the error value was no text, and has no line of its own.
    func fail(_ message: String, isMadeUp: Bool = false) {
        let frames = host.pendingTraceback.isEmpty ? host.frames : host.pendingTraceback
        let own = LuaMessage.withoutInternalPlace(message)
        let lacksPlace = isMadeUp || own != message || !LuaMessage.hasPlace(message)
        let place = lacksPlace ? host.innermostPlace.map { $0 + ": " } ?? "" : ""
        let message = place + own
        host.frames = []
        host.innermostPlace = nil
        host.pendingTraceback = []
        failure = ScriptError(LuaMessage.explained(host.wholeNames(message)), traceback: frames, isPending: true)
    }

    func answer(_ status: Int32) throws -> [ScriptValue] {
        if let failure { throw failure }
        guard status == Int32(NJL_OK.rawValue) else { throw ScriptError("a script failed without a message") }
        return values
    }
}
