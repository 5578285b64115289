import NightjarRuns

/// Errors as files and people get them.
package enum ScriptMessage {
    package static func text(_ error: any Error) -> String {
        (error as? ScriptError)?.description ?? FileReason.message(error)
    }
}
