import Foundation
import NightjarProcess
import NightjarRuns
import NightjarServe
import Testing

/// Over loopback, with a client of a few lines.
@Suite struct LiveServerTests {
    /// A server that listens, with the address of its page.
    private final class Served: Sendable {
        let server: LiveServer
        let page: String
        private let running: Task<Void, any Error>

        init(_ runs: URL, port: Int = 0) async throws {
            let server = try LiveServer(runs: runs, at: try LiveAddress(port: port), token: .random())
            self.server = server
            let (stream, continuation) = AsyncStream<String>.makeStream()
            running = Task {
                defer { continuation.finish() }
                try await server.run { continuation.yield($0) }
            }
            var first: String?
            for await page in stream {
                first = page
                break
            }
            guard let first else {
                try await running.value
                throw RunError("the server has ended")
            }
            page = first
        }

        func end() async throws {
            await server.stop()
            try await running.value
        }

        var port: Int { Int(page.split(separator: ":")[2].split(separator: "/")[0]) ?? 0 }
        var path: String { "/" + page.split(separator: "/")[2] + "/" }
    }

    @Test func aPageIsServedWithItsTokenAndNotWithout() async throws {
        let place = try RunsPlace()
        try place.run()
        let served = try await Served(place.url)
        let good = try await LoopbackClient.get(served.path + "runs", port: served.port)
        #expect(good.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(good.contains("memorization"))
        #expect(good.contains("Content-Security-Policy: default-src 'none';"))
        let bad = try await LoopbackClient.get("/0123456789abcdef0123456789abcdef/", port: served.port)
        #expect(bad.hasPrefix("HTTP/1.1 403 Forbidden\r\n"))
        #expect(!bad.contains("memorization"))
        let elsewhere = try await LoopbackClient.get(served.path, port: served.port, host: "evil.example")
        #expect(elsewhere.hasPrefix("HTTP/1.1 421 Misdirected Request\r\n"))
        let post = try await LoopbackClient.get(served.path, port: served.port, method: "POST")
        #expect(post.hasPrefix("HTTP/1.1 405 Method Not Allowed\r\n"))
        try await served.end()
    }

    @Test func aPortThatIsTakenIsSaid() async throws {
        let place = try RunsPlace()
        let first = try await Served(place.url)
        let port = first.port
        await #expect(throws: RunError.self) { _ = try await Served(place.url, port: port) }
        do {
            _ = try await Served(place.url, port: port)
        } catch {
            #expect(
                "\(error)"
                    == "port \(port) of 127.0.0.1 is taken: another program listens there\n"
                    + "  --port names another one; --port 0 takes one that is free")
        }
        try await first.end()
    }

    @Test func itEndsWhileAPageIsFollowed() async throws {
        let place = try RunsPlace()
        try place.run()
        let served = try await Served(place.url)
        let (path, port) = (served.path, served.port)
        let follower = Task { try await LoopbackClient.get(path + "events?page=", port: port) }
        while served.server.openStreams == 0 { try await Task.sleep(for: .milliseconds(20)) }
        let start = ContinuousClock.now
        try await served.end()
        #expect(start.duration(to: .now) < .seconds(10))
        let text = try await follower.value
        #expect(text.contains("text/event-stream"))
        #expect(text.contains("event: end"))
    }
}

/// One request, and all that comes back until the other side closes.
enum LoopbackClient {
    /// Away from the threads of tasks, which the server needs.
    static func get(_ path: String, port: Int, host: String = "127.0.0.1", method: String = "GET") async throws
        -> String
    {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(with: Result { try got(path, port: port, host: host, method: method) })
            }
        }
    }

    private static func got(_ path: String, port: Int, host: String, method: String) throws -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0, let number = UInt16(exactly: port) else { throw RunError("no socket") }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = number.bigEndian
        inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw RunError("not connected") }
        OutputStream.write(
            "\(method) \(path) HTTP/1.1\r\nHost: \(host):\(port)\r\nConnection: close\r\n\r\n", to: descriptor)
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            all += buffer[..<count]
        }
        return String(decoding: all, as: UTF8.self)
    }
}
