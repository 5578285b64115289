import Foundation
import NightjarServe
import Testing

/// What is let through to the page, of whatever is sent to its port.
@Suite struct LiveGateTests {
    private static let token = LiveToken.random()

    private func head(_ text: String) throws -> HTTPHead { try HTTPHead(Array(text.utf8)) }

    /// The status that is answered; 200: it is let through.
    private func status(_ text: String, host address: String = "127.0.0.1") throws -> Int {
        let gate = LiveGate(token: LiveGateTests.token, address: try LiveAddress(host: address))
        let known = text.replacing("TOKEN", with: LiveGateTests.token.text)
        switch gate.entry(try head(known)) {
        case .asked: return 200
        case .refused(let answer): return answer.status
        }
    }

    @Test func aHeadIsRead() throws {
        let read = try head("GET /a%20b?c=d HTTP/1.1\r\nAccept: */*\r\nhOST:  localhost:1 \r\n\r\n")
        #expect(read.method == "GET" && read.target == "/a%20b?c=d" && read.host == "localhost:1")
        #expect(try head("HEAD / HTTP/1.0\r\n\r\n").host == nil)
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "a request names one host"),
        ("GET / HTTP/1.1\r\nHost: a\r\n more\r\n\r\n", "a header is a name, a colon and its value, on one line"),
        ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", "a header is a name, a colon and its value, on one line"),
        ("GET / HTTP/1.1\r\nHost\r\n\r\n", "a header is a name, a colon and its value, on one line"),
        ("GET / HTTP/1.1\r\n: a\r\n\r\n", "a header is a name, a colon and its value, on one line"),
        ("GET / HTTP/1.1\nHost: a\n\n", "a line ends in CR LF"),
        ("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", "a line ends in CR LF"),
        ("GET / HTTP/1.1\r\nHost: a\0\r\n\r\n", "a head is text in ASCII"),
        ("GET /\u{E9} HTTP/1.1\r\n\r\n", "a head is text in ASCII"),
        ("GET /\u{1B}[31m HTTP/1.1\r\n\r\n", "a head is text in ASCII"),
        ("GET  / HTTP/1.1\r\n\r\n", "a request begins as GET /path HTTP/1.1"),
        ("GET / HTTP/2.0\r\n\r\n", "a request begins as GET /path HTTP/1.1"),
        ("GET http://evil.example/ HTTP/1.1\r\n\r\n", "a request begins as GET /path HTTP/1.1"),
        ("G(T / HTTP/1.1\r\n\r\n", "a request begins as GET /path HTTP/1.1"),
        ("\r\n\r\n", "a request begins as GET /path HTTP/1.1"),
        ("GET / HTTP/1.1\r\n", "a head ends in an empty line"), ("", "a head ends in an empty line"),
    ])
    func whatHasTwoReadingsHasNone(_ text: String, _ reason: String) {
        #expect(throws: HTTPHead.Fault(reason: reason)) { _ = try head(text) }
    }

    @Test func theEndOfAHeadIsFoundWhereverItIsCut() {
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\nbody\r\n\r\n".utf8)
        for cut in 0...bytes.count {
            let before = HTTPHead.length(Array(bytes[..<cut]))
            let found = before ?? HTTPHead.length(bytes, from: cut)
            #expect(found == 27)
        }
        #expect(HTTPHead.length([]) == nil)
    }

    @Test(arguments: [
        ("127.0.0.1", 200), ("127.0.0.1:8420", 200), ("LOCALHOST:1", 200), ("[::1]:8420", 200), ("evil.example", 421),
        ("evil.example:8420", 421), ("127.0.0.1.evil.example", 421), ("127.0.0.1:8420.evil.example", 421),
        ("evil.example@127.0.0.1", 421), ("[::1]:evil.example", 421), ("[::1]evil", 421), ("localhost:", 200),
        ("", 421),
    ])
    func theHostIsThisMachine(_ host: String, _ expected: Int) throws {
        #expect(try status("GET /TOKEN/ HTTP/1.1\r\nHost: \(host)\r\n\r\n") == expected)
    }

    @Test func whoListensEverywhereHasNamesThatItDoesNotKnow() throws {
        #expect(try status("GET /TOKEN/ HTTP/1.1\r\nHost: lab.example\r\n\r\n", host: "0.0.0.0") == 200)
        #expect(try status("GET /TOKEN/ HTTP/1.1\r\n\r\n") == 421)
    }

    @Test(arguments: [
        ("GET /TOKEN/", 200), ("HEAD /TOKEN/runs?where=a%3D1", 200), ("GET /TOKEN", 403), ("GET /", 403),
        ("GET /TOKE/", 403),
        ("GET /TOKENN/", 403), ("GET //TOKEN/", 403), ("GET /x/../TOKEN/", 403), ("GET /?/TOKEN/", 403),
        ("POST /TOKEN/", 405), ("OPTIONS /", 405), ("CONNECT /", 405), ("TRACE /TOKEN/", 405),
    ])
    func nothingIsToldWithoutTheToken(_ line: String, _ expected: Int) throws {
        #expect(try status("\(line) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n") == expected)
    }
}
