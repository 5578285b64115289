// The live page over HTTP.

import FlyingFox
import FlyingSocks
import Foundation
import NightjarRuns

/// Serves a ``LiveSite`` at one address until it is stopped.
public final class LiveServer: Sendable {
    private let site: LiveSite
    private let address: LiveAddress
    private let token: LiveToken
    private let server: HTTPServer

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
        let handler = LiveHandler(site: site, token: token, address: address)
        // A page of many runs may take its time on a machine that trains.
        if address.isSix {
            server = HTTPServer(
                address: try sockaddr_in6.inet6(ip6: address.host, port: address.port), timeout: 120,
                logger: .disabled, handler: handler)
        } else {
            server = HTTPServer(
                address: try sockaddr_in.inet(ip4: address.host, port: address.port), timeout: 120,
                logger: .disabled, handler: handler)
        }
    }

    /// Listens until ``stop()``.
    /// - Parameter isListening: called once, with the address of the first page.
    /// - Throws: `RunError` where the port is taken or may not be listened at.
    public func run(isListening: @escaping @Sendable (String) -> Void) async throws {
        let watcher = Task {
            do { try await server.waitUntilListening(timeout: 60) } catch { return }
            isListening(await page)
        }
        defer { watcher.cancel() }
        do {
            try await server.run()
        } catch {
            if site.isEnding { return }
            guard case SocketError.failed(_, let code, let message) = error else {
                throw RunError("the page cannot be served any more (\(error))")
            }
            throw LiveServer.failure(address, code, message)
        }
    }

    /// Ends the streams of events, what is being sent, and ``run(isListening:)``.
    public func stop() async {
        site.end()
        // Each looks several times a second; who does not read is cut off.
        for _ in 0..<30 where site.openStreams > 0 { try? await Task.sleep(for: .milliseconds(50)) }
        await server.stop(timeout: 0)
    }

    /// The address of the first page.
    private var page: String {
        get async {
            var port = address.port
            switch await server.listeningAddress {
            case .ip4(_, port: let found)?: port = found
            case .ip6(_, port: let found)?: port = found
            default: break
            }
            return "http://\(address.inAddress):\(port)/\(token.text)/"
        }
    }

    private static func failure(_ address: LiveAddress, _ code: Int32, _ message: String) -> RunError {
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
        default: return RunError("\(place) cannot be listened at (\(message.lowercased()))")
        }
    }
}
