import Foundation

/// Somebody who is not root, for what root may do in spite of a limit or of permissions.
enum Another {
    /// Whether there is such a one: the tests' own user, or one that root becomes.
    static let isThere = geteuid() != 0 || FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")

    /// Runs a command as somebody else where the tests are root's. The folder is open to all.
    static func run(_ command: [String], in place: Workplace) throws -> Workplace.Ending {
        chmod(place.url.path, 0o777)
        let becoming = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        return try place.run((geteuid() == 0 ? becoming : []) + command, program: URL(fileURLWithPath: "/usr/bin/env"))
    }
}
