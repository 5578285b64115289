import Foundation

/// A program that is installed with this one and does one thing for it.
public struct CompanionProgram: Sendable {
    /// Where it is looked for, in order.
    public let places: [String]
    private let name: String

    /// - Parameters:
    ///   - name: of the file.
    ///   - program: the program it belongs to, with links resolved; nil: this one.
    public init(_ name: String, of program: String? = nil) {
        self.name = name
        let folder = URL(fileURLWithPath: program ?? CompanionProgram.thisProgram).deletingLastPathComponent()
        places = [
            folder.appendingPathComponent(name).path,
            folder.deletingLastPathComponent().appendingPathComponent("libexec/nightjar/\(name)").path,
        ]
    }

    /// This program's own path, with links resolved.
    public static var thisProgram: String { URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path }

    /// The first place that has it; nil where none has.
    public var path: String? { places.first { access($0, X_OK) == 0 } }

    /// It takes the place of this process.
    /// - Returns: only where that failed, with what to do.
    public func replace(with arguments: [String]) -> MissingProgram {
        guard let path else {
            return MissingProgram(
                description: "\(name) is not installed: it was looked for in \(places.joined(separator: " and "))\n"
                    + "  'make build' makes it and 'make install' puts it there; a copy of nightjar needs it beside itself"
            )
        }
        var pointers: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        pointers.append(nil)
        execv(path, pointers)
        let reason = String(cString: strerror(errno)).lowercased()
        return MissingProgram(description: "\(path) cannot be started (\(reason))")
    }
}

/// Why another program is not there.
public struct MissingProgram: Error, CustomStringConvertible {
    public let description: String
}
