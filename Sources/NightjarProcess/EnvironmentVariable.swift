import Glibc

/// One variable of the environment. `ProcessInfo.environment` makes a dictionary of all of them each time.
public enum EnvironmentVariable {
    /// The value as it is now; nil where it is not set.
    public static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
