// From HTTP to the questions of the page, and back.

import Foundation

/// Lets through what is asked with the token and by the right name of the host, and nothing else.
package struct LiveGate: Sendable {
    let token: LiveToken
    let address: LiveAddress

    package init(token: LiveToken, address: LiveAddress) {
        self.token = token
        self.address = address
    }

    package enum Entry: Equatable {
        case asked(LiveRequest)
        case refused(LiveAnswer)
    }

    /// No request goes anywhere but here; nothing of a run can become a script or a style of the page.
    static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
        "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    package func entry(_ head: HTTPHead) -> Entry {
        guard head.method == "GET" || head.method == "HEAD" else {
            return .refused(.init(405, .text, "only GET and HEAD are answered here\n"))
        }
        // A page elsewhere can give this address a name of its own; it does not get it past the browser this way.
        guard isKnown(head.host) else {
            return .refused(.init(421, .text, "this page does not go by that name\n"))
        }
        guard let asked = asked(head.target) else {
            return .refused(
                .init(
                    403, .text, "the address lacks its token: open the one that 'nightjar serve' has printed, whole\n"))
        }
        return .asked(asked)
    }

    /// What is asked below the token; nil without it.
    private func asked(_ target: String) -> LiveRequest? {
        let sides = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let parts = sides[0].dropFirst().split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, token.matches(first), parts.count == 2 else { return nil }
        let query = sides.count > 1 ? sides[1] : ""
        let fields = query.split(separator: "&").map { field in
            let sides = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (name: LiveGate.plain(sides[0]), value: sides.count > 1 ? LiveGate.plain(sides[1]) : "")
        }
        return LiveRequest(parts[1].removingPercentEncoding ?? String(parts[1]), fields)
    }

    /// `+` is how forms write a space.
    private static func plain(_ text: Substring) -> String {
        let spaced = text.replacing("+", with: " ")
        return spaced.removingPercentEncoding ?? String(spaced)
    }

    private func isKnown(_ host: String?) -> Bool {
        // One that listens everywhere has names that it cannot know.
        guard address.isLoopback else { return true }
        guard let host = host?.lowercased() else { return false }
        return ["127.0.0.1", "localhost", "[::1]", address.inAddress].contains { name in
            guard host.hasPrefix(name) else { return false }
            let rest = host.dropFirst(name.count)
            return rest.isEmpty || rest.first == ":" && rest.dropFirst().allSatisfy { $0.isASCII && $0.isNumber }
        }
    }

    // MARK: Answers

    private static let phrases = [
        200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
        408: "Request Timeout", 421: "Misdirected Request", 431: "Request Header Fields Too Large",
        503: "Service Unavailable",
    ]

    /// The head of an answer; after it the connection is closed.
    /// - Parameter length: bytes that follow; nil: as long as it lasts.
    static func head(_ status: Int, _ kind: String, length: Int?) -> String {
        let lines = [
            "HTTP/1.1 \(status) \(phrases[status] ?? "Internal Server Error")", "Cache-Control: no-store",
            "Connection: close", length.map { "Content-Length: \($0)" }, "Content-Security-Policy: \(policy)",
            "Content-Type: \(kind)", "Cross-Origin-Opener-Policy: same-origin",
            "Cross-Origin-Resource-Policy: same-origin", "Referrer-Policy: no-referrer",
            "X-Content-Type-Options: nosniff",
        ]
        return lines.compactMap { $0 }.joined(separator: "\r\n") + "\r\n\r\n"
    }
}
