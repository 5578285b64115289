import CProcess
import Foundation

/// The one way to open a file by its path.
///
/// A path leads to what somebody else has put there: a pipe would hold the program until someone writes to it, a device may
/// act when it is opened, and a link in a folder of a stranger leads what is written into a file elsewhere. So only regular
/// files are opened, nothing is waited for, and no program that is started inherits the descriptor.
public enum RegularFile {
    /// Opens a file.
    /// - Parameters:
    ///   - flags: as of open(2); with `O_CREAT`, what is made may be read by everybody.
    ///   - follows: whether a link is followed. Not where a file of a run or of a data folder is written.
    /// - Returns: a descriptor, or -1 with `errno`; ``reason(_:)`` has the words for it.
    public static func open(_ path: String, _ flags: Int32, follows: Bool = true) -> Int32 {
        nj_open_regular(path, flags, 0o644, follows)
    }

    /// Why a file could not be opened, in lower case.
    public static func reason(_ code: Int32) -> String {
        code == NJ_NOT_REGULAR ? "it is no regular file" : String(cString: strerror(code)).lowercased()
    }
}
