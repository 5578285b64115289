// The live page over HTTP.

import Foundation
import NightjarRuns
import Synchronization

/// Serves a ``LiveSite`` at one address until it is stopped.
///
/// It speaks as much HTTP as a browser needs to look at pages: GET and HEAD, one request a connection. Every connection has
/// a thread, a bound on what it may send and a time for it, so that nobody who can open the port, with the token or without,
/// holds up the others or the end.
public final class LiveServer: Sendable {
    private let site: LiveSite
    private let address: LiveAddress
    private let token: LiveToken
    private let connections = Mutex<[ObjectIdentifier: LiveConnection]>([:])

    /// Connections that are open at a time. Where more come, the oldest that has not shown the token goes.
    static let mostConnections = 128

    /// - Parameters:
    ///   - runs: the folder of runs.
    ///   - pictures: draws samples of a run; nil: samples are listed without pictures.
    /// - Throws: `RunError` where there is no such folder.
    public init(
        runs: URL, at address: LiveAddress, token: LiveToken, pictures: SamplePictures? = nil
    ) throws {
        self.address = address
        self.token = token
        site = try LiveSite(runs, pictures: pictures)
    }

    /// Listens until ``stop()``.
    /// - Parameter isListening: called once, with the address of the first page.
    /// - Throws: `RunError` where the port is taken or may not be listened at.
    public func run(isListening: @escaping @Sendable (String) -> Void) async throws {
        let descriptor = try listening()
        isListening("http://\(address.inAddress):\(LiveServer.port(of: descriptor))/\(token.text)/")
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [self] in
                accept(descriptor)
                close(descriptor)
                continuation.resume()
            }
        }
    }

    /// Ends the streams of events, what is being sent, and ``run(isListening:)``.
    public func stop() async {
        site.end()
        // Each looks several times a second; who does not read is cut off.
        for _ in 0..<30 where site.openStreams > 0 { try? await Task.sleep(for: .milliseconds(50)) }
        for connection in connections.withLock({ Array($0.values) }) { connection.cut() }
    }

    // MARK: Listening

    private func listening() throws -> Int32 {
        var wanted = addrinfo()
        wanted.ai_family = address.isSix ? AF_INET6 : AF_INET
        wanted.ai_socktype = Int32(SOCK_STREAM.rawValue)
        wanted.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(address.host, "\(address.port)", &wanted, &found) == 0, let place = found?.pointee else {
            throw failure(EADDRNOTAVAIL)
        }
        defer { freeaddrinfo(found) }
        let descriptor = socket(place.ai_family, place.ai_socktype, 0)
        guard descriptor >= 0 else { throw failure(errno) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, place.ai_addr, place.ai_addrlen) == 0, listen(descriptor, SOMAXCONN) == 0 else {
            let reason = errno
            close(descriptor)
            throw failure(reason)
        }
        return descriptor
    }

    /// The port that the system gave.
    private static func port(of descriptor: Int32) -> UInt16 {
        var place = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &place) { place in
            let isKnown = place.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &length) == 0
            }
            guard isKnown else { return 0 }
            // The port stands at the same place in both kinds of addresses.
            return place.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { UInt16(bigEndian: $0.pointee.sin_port) }
        }
    }

    private func failure(_ code: Int32) -> RunError {
        let place = "port \(address.port) of \(address.host)"
        switch code {
        case EADDRINUSE:
            return RunError(
                "\(place) is taken: another program listens there\n  --port names another one; --port 0 takes one that is free"
            )
        case EACCES:
            return RunError("\(place) is reserved for the administrator\n  --port names one above 1023")
        case EADDRNOTAVAIL:
            return RunError(
                "\(address.host) is no address of this machine\n  --host 127.0.0.1 is for this machine alone")
        default:
            return RunError("\(place) cannot be listened at (\(String(cString: strerror(code)).lowercased()))")
        }
    }

    // MARK: Connections

    private func accept(_ listening: Int32) {
        while !site.isEnding {
            var asked = pollfd(fd: listening, events: Int16(POLLIN), revents: 0)
            guard poll(&asked, 1, 100) > 0 else { continue }
            let descriptor = Glibc.accept(listening, nil, nil)
            guard descriptor >= 0 else {
                // No descriptor is left: one will be.
                if errno == EMFILE || errno == ENFILE || errno == ENOMEM { usleep(50_000) }
                continue
            }
            let connection = LiveConnection(descriptor)
            connections.withLock { open in
                if open.count >= LiveServer.mostConnections {
                    open.values.filter { !$0.hasEntered }.min { $0.start < $1.start }?.cut()
                }
                open[ObjectIdentifier(connection)] = connection
            }
            Thread.detachNewThread { [self] in
                connection.serve(site, LiveGate(token: token, address: address))
                connections.withLock { $0[ObjectIdentifier(connection)] = nil }
            }
        }
    }
}
