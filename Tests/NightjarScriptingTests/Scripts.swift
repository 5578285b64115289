// Helpers for tests that run scripts.
import NightjarEngine

import NightjarScripting

/// A host whose prints are kept, with the plugins of this repository.
func makeHost(_ options: ScriptOptions = ScriptOptions(), threads: Int = 1) throws -> ScriptHost {
    try ScriptHost(session: Session(threads: threads), options: options)
}

/// Runs a script that begins with `local nj = require "nightjar"` on its first line.
@discardableResult
func run(_ text: String, _ host: ScriptHost? = nil) throws -> [ScriptValue] {
    try (host ?? makeHost()).run("local nj = require \"nightjar\"\n" + text)
}

/// The message with which such a script fails, or what it returned instead.
func failure(_ text: String, _ host: ScriptHost? = nil) throws -> String {
    do {
        let values = try run(text, host)
        return "no error; returned \(values)"
    } catch let error as ScriptError {
        return error.message
    }
}

/// The numbers that a script returns.
func numbers(_ text: String, _ host: ScriptHost? = nil) throws -> [Double] {
    try run(text, host).flatMap(flat)
}

private func flat(_ value: ScriptValue) -> [Double] {
    if let number = value.asNumber { return [number] }
    if let flag = value.asBoolean { return [flag ? 1 : 0] }
    return value.asTable?.array.flatMap(flat) ?? []
}
