// What `nightjar serve` asks of the program that shows the page.

import Foundation

/// A request for a page, encoded once by `nightjar serve` and decoded once by `nightjar-serve`.
///
/// The page is a program of its own: the server brings libraries for the network that take memory and time to load, and
/// no other command needs them.
public struct ServeOrder: Sendable, Codable, Equatable {
    /// The port that is listened at where none is named.
    public static let usualPort = 8420
    public static let usualHost = "127.0.0.1"

    /// The folder of runs.
    public let runs: String
    public let host: String
    public let port: Int
    /// The file with the token; nil: a new one.
    public let tokenFile: String?
    /// The `nightjar` that is asked for pictures of samples.
    public let program: String

    public init(
        runs: String, host: String = usualHost, port: Int = usualPort, tokenFile: String? = nil, program: String
    ) {
        self.runs = runs
        self.host = host
        self.port = port
        self.tokenFile = tokenFile
        self.program = program
    }

    /// As it stands on the command line.
    public var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// - Throws: ``RunError`` for what `nightjar serve` has not written.
    public init(arguments: [String]) throws {
        guard arguments.count == 1,
            let order = try? JSONDecoder().decode(ServeOrder.self, from: Data(arguments[0].utf8))
        else {
            throw RunError("nightjar-serve is started by 'nightjar serve', which has options and help")
        }
        self = order
    }
}
