/// Paths as commands compare them.
public enum ScriptPath {
    /// The one path that a file has: absolute, without links.
    public static func resolved(_ path: String) -> String { ScriptFiles.resolved(path) }
}
