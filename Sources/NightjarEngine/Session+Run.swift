import NightjarGraph

extension Session {
    func run(_ tape: Tape, outputs: [NodeID], effects: [Effect]) throws {
        throw EngineError("no engine yet")
    }
}
