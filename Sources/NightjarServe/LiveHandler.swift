// From HTTP to the questions of the page, and back.

import FlyingFox
import FlyingSocks
import Foundation

/// Answers what is asked with the token and by the right name of the host, and nothing else.
struct LiveHandler: HTTPHandler {
    let site: LiveSite
    let token: LiveToken
    let address: LiveAddress

    /// No request goes anywhere but here; nothing of a run can become a script or a style of the page.
    static let policy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
        "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (method, known) = (request.method, isKnown(host: request.headers[.host]))
        guard method == .GET || method == .HEAD else {
            return LiveHandler.response(.init(405, .text, "only GET and HEAD are answered here\n"))
        }
        // A page elsewhere can give this address a name of its own; it does not get it past the browser this way.
        guard known else {
            return LiveHandler.response(.init(421, .text, "this page does not go by that name\n"))
        }
        guard let asked = asked(request) else {
            return LiveHandler.response(
                .init(
                    403, .text, "the address lacks its token: open the one that 'nightjar serve' has printed, whole\n"))
        }
        if asked.path == "events" {
            return HTTPResponse(
                statusCode: .ok, headers: LiveHandler.headers("text/event-stream; charset=utf-8"),
                body: HTTPBodySequence(from: LiveEvents(site: site, request: asked)))
        }
        return LiveHandler.response(await site.answer(asked), isHead: method == .HEAD)
    }

    /// What is asked below the token; nil without it.
    private func asked(_ request: HTTPRequest) -> LiveRequest? {
        let path = request.target.path(percentEncoded: true)
        guard path.hasPrefix("/") else { return nil }
        let parts = path.dropFirst().split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, token.matches(first), parts.count == 2 else { return nil }
        // `+` is how forms write a space; the query of the request has taken it for itself.
        let fields = request.target.query(percentEncoded: true).split(separator: "&").map { field in
            let sides = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (name: LiveHandler.plain(sides[0]), value: sides.count > 1 ? LiveHandler.plain(sides[1]) : "")
        }
        return LiveRequest(LiveHandler.plain(parts[1]), fields)
    }

    private static func plain(_ text: Substring) -> String {
        let spaced = text.replacing("+", with: " ")
        return spaced.removingPercentEncoding ?? String(spaced)
    }

    private func isKnown(host: String?) -> Bool {
        // One that listens everywhere has names that it cannot know.
        guard address.isLoopback else { return true }
        guard var name = host?.lowercased() else { return false }
        if let colon = name.lastIndex(of: ":"), !name.hasSuffix("]") { name = String(name[..<colon]) }
        return ["127.0.0.1", "localhost", "[::1]", address.inAddress].contains(name)
    }

    private static func headers(_ kind: String) -> HTTPHeaders {
        HTTPHeaders([
            .contentType: kind, .cacheControl: "no-store", HTTPHeader("Content-Security-Policy"): policy,
            HTTPHeader("Referrer-Policy"): "no-referrer", HTTPHeader("X-Content-Type-Options"): "nosniff",
            HTTPHeader("Cross-Origin-Resource-Policy"): "same-origin",
            HTTPHeader("Cross-Origin-Opener-Policy"): "same-origin",
        ])
    }

    private static func response(_ answer: LiveAnswer, isHead: Bool = false) -> HTTPResponse {
        let phrases = [403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 421: "Misdirected Request"]
        let status =
            answer.status == 200
            ? HTTPStatusCode.ok
            : HTTPStatusCode(answer.status, phrase: phrases[answer.status] ?? "Internal Server Error")
        var headers = headers(answer.kind.rawValue)
        guard isHead else {
            return HTTPResponse(
                statusCode: status, headers: headers,
                body: HTTPBodySequence(data: answer.body, suggestedBufferSize: 1 << 18))
        }
        headers[.contentLength] = "\(answer.body.count)"
        return HTTPResponse(statusCode: status, headers: headers, body: Data())
    }
}

/// The stream of events of one page that is open, as bytes. What it tells is made when it is asked for.
struct LiveEvents: AsyncBufferedSequence {
    typealias Element = UInt8

    let site: LiveSite
    let request: LiveRequest

    func makeAsyncIterator() -> Iterator { Iterator(stream: LiveStream(site: site, request: request)) }

    struct Iterator: AsyncBufferedIteratorProtocol {
        let stream: LiveStream
        private var bytes: [UInt8] = []

        init(stream: LiveStream) { self.stream = stream }

        mutating func next() async throws -> UInt8? {
            if bytes.isEmpty { bytes = try await stream.next()?.reversed() ?? [] }
            return bytes.popLast()
        }

        mutating func nextBuffer(suggested count: Int) async throws -> [UInt8]? { try await stream.next() }
    }
}
