/// For tests: what fails at the boundary. Each number counts what still goes well before the fault; nil: no fault.
package struct ScriptFaults: Sendable {
    /// Allocations of the Lua state; all after the fault fail as well.
    package var allocation: Int?
    /// Calls of the Lua API that can raise an error: the next one does.
    package var call: Int?
    /// Calls from Lua into the host: the next one answers with an error.
    package var callback: Int?

    package init(allocation: Int? = nil, call: Int? = nil, callback: Int? = nil) {
        self.allocation = allocation
        self.call = call
        self.callback = callback
    }
}

extension ScriptHost {
    /// Counts a call from Lua; throws where a test asked for a fault.
    @inline(__always)
    func checkFault() throws {
        if callbacksUntilFault >= 0 { try countCallback() }
    }

    private func countCallback() throws {
        callbacksUntilFault -= 1
        guard callbacksUntilFault < 0 else { return }
        hasMetCallbackFault = true
        throw ArgumentError("injected fault")
    }
}
