import Foundation
import Testing

/// `nightjar serve` over loopback, with a client of a few lines: the server in a process of its own, whose threads no test
/// holds.
@Suite(.serialized) struct ServeCommandTests {
    /// A server that listens, with the address of its page.
    private final class Served {
        /// Stays as long as the server.
        private let place: Workplace
        let process: Process
        let port: Int
        let path: String

        init(_ place: Workplace, _ arguments: [String] = ["--port", "0"]) throws {
            self.place = place
            let said = try place.write("", to: "served-\(UUID().uuidString)")
            process = try place.start(["serve"] + arguments, output: FileHandle(forWritingTo: said))
            let limit = Date().addingTimeInterval(60)
            while try !place.read(said.lastPathComponent).contains("Ctrl-C"), Date() < limit, process.isRunning {
                usleep(10_000)
            }
            let page = try place.read(said.lastPathComponent).prefix { $0 != "\n" }
            guard let address = page.wholeMatch(of: #/http:\/\/127\.0\.0\.1:([0-9]+)(\/[0-9a-f]+\/)/#),
                let number = Int(address.1)
            else {
                process.terminate()
                throw NotServed("no address: \(page)")
            }
            (port, path) = (number, String(address.2))
        }

        /// Ctrl-C, and how it ended.
        func end() -> Int32 {
            process.interrupt()
            process.waitUntilExit()
            return process.terminationStatus
        }

        deinit { if process.isRunning { process.terminate() } }
    }

    private func runs() throws -> Workplace {
        let place = try Workplace()
        try place.write(tinyExperiment, to: "tiny.lua")
        let cell = ["--set", "rate=0.4", "--set", "loss=rll", "--seeds", "1", "--epochs", "1", "--quiet"]
        #expect(try place.run(["run", "tiny.lua"] + cell).status == 0)
        return place
    }

    @Test func aPageIsServedWithItsTokenAndNotWithout() throws {
        let served = try Served(runs())
        let good = try LoopbackClient.get(served.path + "runs", port: served.port)
        #expect(good.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(good)")
        #expect(good.contains("tiny"))
        #expect(good.contains("Content-Security-Policy: default-src 'none';"))
        let bad = try LoopbackClient.get("/0123456789abcdef0123456789abcdef/", port: served.port)
        #expect(bad.hasPrefix("HTTP/1.1 403 Forbidden\r\n"), "\(bad)")
        #expect(!bad.contains("tiny"))
        let elsewhere = try LoopbackClient.get(served.path, port: served.port, host: "evil.example")
        #expect(elsewhere.hasPrefix("HTTP/1.1 421 Misdirected Request\r\n"), "\(elsewhere)")
        let post = try LoopbackClient.get(served.path, port: served.port, method: "POST")
        #expect(post.hasPrefix("HTTP/1.1 405 Method Not Allowed\r\n"), "\(post)")
        #expect(served.end() == 0)
    }

    @Test func aPortThatIsTakenIsSaid() throws {
        let place = try runs()
        let first = try Served(place)
        let second = try place.run(["serve", "--port", "\(first.port)"])
        #expect(second.status == 1)
        #expect(
            second.errors
                == "error: port \(first.port) of 127.0.0.1 is taken: another program listens there\n"
                + "  --port names another one; --port 0 takes one that is free\n")
        #expect(first.end() == 0)
    }

    /// The page is a program of its own.
    @Test func aCopyOfTheProgramAloneSaysWhatItMisses() throws {
        let place = try Workplace()
        let copy = place.url.appendingPathComponent("bin/nightjar")
        try FileManager.default.createDirectory(
            at: copy.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: Workplace.program, to: copy)
        let ending = try place.run(["serve"], program: copy)
        #expect(
            ending.errors
                == "error: nightjar-serve is not installed: it was looked for in \(place.url.path)/bin/nightjar-serve and "
                + "\(place.url.path)/libexec/nightjar/nightjar-serve\n  'make build' makes it and 'make install' puts it there; "
                + "a copy of nightjar needs it beside itself\n")
        #expect(ending.status == 1)
    }

    @Test func nobodyCallsItByHand() throws {
        let program = Workplace.program.deletingLastPathComponent().appendingPathComponent("nightjar-serve")
        for arguments in [[], ["runs"], ["--help"]] {
            let ending = try Workplace().run(arguments, program: program)
            #expect(
                ending.errors
                    == "error: nightjar-serve is started by 'nightjar serve', which has options and help\n")
            #expect(ending.status == 1)
        }
    }

    /// What the network brings with it is loaded by the page alone.
    @Test func noOtherCommandLoadsLibrariesOfTheNetwork() throws {
        let needed = try Workplace().run(
            [Workplace.program.path], program: URL(fileURLWithPath: "/usr/bin/ldd")
        ).output
        #expect(needed.contains("libc.so"))
        for library in ["curl", "FoundationNetworking"] { #expect(!needed.contains(library), "\(needed)") }
    }

    /// Who never sends an end of a line, and many who send half of one, hold up neither the others nor the end.
    @Test func whoSendsWithoutEndHoldsNobodyUp() throws {
        let served = try Served(runs())
        let long = try LoopbackClient.send(Array(repeating: UInt8(ascii: "G"), count: 1 << 20), port: served.port)
        #expect(long.hasPrefix("HTTP/1.1 431 Request Header Fields Too Large\r\n"), "\(long)")
        let many = try LoopbackClient.send(
            Array(("GET / HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 20_000)).utf8), port: served.port)
        #expect(many.hasPrefix("HTTP/1.1 431 Request Header Fields Too Large\r\n"), "\(many)")
        let none = try LoopbackClient.send([0x16, 3, 1, 0, 13, 10, 13, 10], port: served.port)
        #expect(none.hasPrefix("HTTP/1.1 400 Bad Request\r\n"), "\(none)")
        let idle = (0..<200).compactMap { _ in try? LoopbackClient.connected(served.port) }
        defer { idle.forEach { close($0) } }
        #expect(idle.count == 200)
        for descriptor in idle { _ = write(descriptor, "GET / HT", 8) }
        let good = try LoopbackClient.get(served.path + "runs", port: served.port)
        #expect(good.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(good)")
        #expect(served.end() == 0)
    }

    @Test func itEndsWhileAPageIsFollowed() throws {
        let served = try Served(runs())
        let (path, port) = (served.path, served.port)
        let text = Collected()
        Thread.detachNewThread { text.end(with: (try? LoopbackClient.get(path + "events?page=", port: port)) ?? "") }
        // The request is on its way before the stop is asked for.
        usleep(1_000_000)
        #expect(served.end() == 0)
        let all = text.wait()
        #expect(all.contains("text/event-stream"), "\(all)")
        #expect(all.contains("event: end"), "\(all)")
    }
}

/// What a thread brings.
private final class Collected: @unchecked Sendable {
    private let condition = NSCondition()
    private var text: String?

    func end(with text: String) {
        condition.lock()
        self.text = text
        condition.broadcast()
        condition.unlock()
    }

    /// Waits for half a minute at most.
    func wait() -> String {
        condition.lock()
        defer { condition.unlock() }
        let limit = Date().addingTimeInterval(30)
        while text == nil, condition.wait(until: limit) {}
        return text ?? ""
    }
}

private struct NotServed: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}

/// One request, and all that comes back until the other side closes.
private enum LoopbackClient {
    static func get(_ path: String, port: Int, host: String = "127.0.0.1", method: String = "GET") throws -> String {
        let request = "\(method) \(path) HTTP/1.1\r\nHost: \(host):\(port)\r\nConnection: close\r\n\r\n"
        return try send(Array(request.utf8), port: port)
    }

    static func connected(_ port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0, let number = UInt16(exactly: port) else { throw NotServed("no socket") }
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
        guard connected == 0 else {
            close(descriptor)
            throw NotServed("not connected")
        }
        return descriptor
    }

    /// Sends these bytes, as far as they are taken.
    static func send(_ bytes: [UInt8], port: Int) throws -> String {
        let descriptor = try connected(port)
        defer { close(descriptor) }
        _ = Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
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
