// Where the live page listens, and the word without which it says nothing.

import Foundation
import NightjarProcess
import NightjarRuns
import NightjarTensor

/// An address of this machine and a port.
public struct LiveAddress: Sendable, Equatable {
    /// Digits: `127.0.0.1`, `::1`, `0.0.0.0`.
    public let host: String
    /// 0: any that is free.
    public let port: UInt16

    /// - Parameter host: an address in digits, or `localhost`.
    /// - Throws: `RunError` for what is none of these, and for a port outside 0 to 65535.
    public init(host: String = ServeOrder.usualHost, port: Int = ServeOrder.usualPort) throws {
        guard let port = UInt16(exactly: port) else {
            throw RunError("--port must be between 0 and 65535, got \(port)")
        }
        let digits = host == "localhost" ? "127.0.0.1" : host
        var four = in_addr()
        var six = in6_addr()
        guard inet_pton(AF_INET, digits, &four) == 1 || inet_pton(AF_INET6, digits, &six) == 1 else {
            throw RunError(
                "--host must be an address of this machine in digits, such as 127.0.0.1 or 0.0.0.0, got '\(host)'")
        }
        self.host = digits
        self.port = port
    }

    public var isSix: Bool { host.contains(":") }

    /// Whether only this machine can reach it.
    public var isLoopback: Bool { host.hasPrefix("127.") || host == "::1" }

    /// As it stands in addresses of pages.
    var inAddress: String { isSix ? "[\(host)]" : host }
}

/// The secret part of the address: who does not know it is told nothing, also on this machine, which others may use.
public struct LiveToken: Sendable, Equatable {
    public let text: String

    /// A new one: 128 random bits.
    public static func random() -> LiveToken {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        return LiveToken(text: bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
    }

    private init(text: String) { self.text = text }

    private static let characters = Set("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_")
    private static let lengths = 16...200

    /// The word that stands in a file; a file that is not there is made with a new one. With it the address stays the same
    /// from one start to the next.
    /// - Throws: `RunError` for a file that others may read, or that holds no such word.
    public init(file: URL) throws {
        let path = file.path
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            guard errno == ENOENT else { throw LiveToken.failure(path) }
            self = .random()
            // Nobody else can open it at any moment.
            let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { throw LiveToken.failure(path) }
            OutputStream.write(text + "\n", to: descriptor)
            close(descriptor)
            return
        }
        guard facts.st_mode & 0o077 == 0 else {
            throw RunError(
                "\(path): others on this machine may read or change this file, and with it the page\n  chmod 600 \(path)"
            )
        }
        let word = try WholeFile.text(path, most: WholeFile.headBytes)?.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let word, LiveToken.lengths.contains(word.count), word.allSatisfy(LiveToken.characters.contains) else {
            throw RunError(
                "\(path): expected one word of \(LiveToken.lengths.lowerBound) to \(LiveToken.lengths.upperBound) letters, "
                    + "digits, - and _\n  delete the file: it is made anew")
        }
        text = word
    }

    private static func failure(_ path: String) -> RunError {
        RunError("\(path): could not open the file of the token (\(String(cString: strerror(errno)).lowercased()))")
    }

    /// Takes the same time wherever the first difference is.
    package func matches(_ other: some StringProtocol) -> Bool {
        let (own, given) = (Array(text.utf8), Array(other.utf8))
        var difference: UInt8 = own.count == given.count ? 0 : 1
        for place in own.indices { difference |= own[place] ^ (place < given.count ? given[place] : 0) }
        return difference == 0
    }
}
