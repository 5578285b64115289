// What stands in front of a request, read strictly: whoever can open the port may send anything.

import Foundation

/// The first line of a request and the one header of it that counts.
///
/// Where two readings are possible there is none: a line end or a space that is not where it belongs, a header that is
/// continued on the next line and a second `Host` are faults. Cost: one walk over at most ``mostBytes`` bytes.
package struct HTTPHead: Sendable, Equatable {
    package let method: String
    /// As it stands in the line: begins with `/`, and has visible characters of ASCII alone.
    package let target: String
    package let host: String?

    /// Bytes that a head has at most.
    package static let mostBytes = 16 << 10
    /// Bytes that end it.
    private static let end = Array("\r\n\r\n".utf8)

    package struct Fault: Error, Equatable {
        package let reason: String

        package init(reason: String) { self.reason = reason }
    }

    /// How many of these bytes are the head, with the empty line behind it; nil where its end has not come.
    /// - Parameter start: bytes from the beginning that were looked at before.
    package static func length(_ bytes: [UInt8], from start: Int = 0) -> Int? {
        var place = max(0, start - end.count)
        while place + end.count <= bytes.count {
            if bytes[place..<place + end.count].elementsEqual(end) { return place + end.count }
            place += 1
        }
        return nil
    }

    /// - Parameter bytes: the head with the empty line behind it.
    package init(_ bytes: some Collection<UInt8>) throws(Fault) {
        // Nothing beyond ASCII and no control character: what is left are lines.
        guard bytes.allSatisfy({ (0x20..<0x7F).contains($0) || $0 == 9 || $0 == 10 || $0 == 13 }) else {
            throw Fault(reason: "a head is text in ASCII")
        }
        let text = String(decoding: bytes, as: UTF8.self).unicodeScalars
        var lines: [String] = []
        var line = String.UnicodeScalarView()
        var isReturned = false
        for scalar in text {
            guard isReturned == (scalar == "\n") else { throw Fault(reason: "a line ends in CR LF") }
            isReturned = scalar == "\r"
            if scalar == "\n" {
                lines.append(String(line))
                line = .init()
            } else if !isReturned {
                line.append(scalar)
            }
        }
        guard lines.count >= 2, lines.removeLast().isEmpty else { throw Fault(reason: "a head ends in an empty line") }
        let words = lines.removeFirst().split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 3, HTTPHead.isToken(words[0]), words[1].hasPrefix("/"), !words[1].contains("\t"),
            words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0"
        else { throw Fault(reason: "a request begins as GET /path HTTP/1.1") }
        var hosts: [String] = []
        for line in lines {
            let sides = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, HTTPHead.isToken(String(sides[0])) else {
                throw Fault(reason: "a header is a name, a colon and its value, on one line")
            }
            if sides[0].lowercased() == "host" { hosts.append(sides[1].trimmingCharacters(in: .whitespaces)) }
        }
        guard hosts.count <= 1 else { throw Fault(reason: "a request names one host") }
        (method, target, host) = (words[0], words[1], hosts.first)
    }

    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.count <= 100
            && text.unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic || "0123456789-_".unicodeScalars.contains($0)
            }
    }
}
