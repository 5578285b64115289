import NightjarScripting

/// The version of this program, as it stands in run folders and in `nightjar version`.
public enum NightjarVersion {
    public static let text = "0.1.0"
}
