import Foundation
import NightjarRuns
import NightjarTensor

/// A message of the Jupyter protocol (version 5.3): what ZeroMQ needs to find the way back, a signature, and four JSON
/// objects. https://jupyter-client.readthedocs.io/en/stable/messaging.html
struct WireMessage {
    /// Whom a reply goes to.
    var identities: [[UInt8]]
    let type: String
    /// As it came, or as it will go.
    let header: [UInt8]
    /// The header of the message that this one answers; `{}` for none.
    let parent: [UInt8]
    let content: JSONValue

    private static let delimiter = Array("<IDS|MSG>".utf8)
    static let version = "5.3"

    /// Reads a message; nil where it is none, or its signature is not that of the key.
    init?(_ parts: [[UInt8]], _ signer: MessageSigner) {
        guard let mark = parts.firstIndex(of: WireMessage.delimiter), parts.count >= mark + 6 else { return nil }
        let body = Array(parts[mark + 2..<mark + 6])
        guard signer.isRight(parts[mark + 1], of: body) else { return nil }
        guard let header = try? JSONValue(parsing: Data(body[0]), source: "a message"),
            let type = header["msg_type"]?.stringValue,
            let content = try? JSONValue(parsing: Data(body[3]), source: "a message")
        else { return nil }
        identities = Array(parts[..<mark])
        self.type = type
        self.header = body[0]
        parent = body[1]
        self.content = content
    }

    /// A message that the kernel sends.
    ///
    /// - Parameters:
    ///   - identities: of whom it goes to; the topic where it goes to everybody.
    ///   - parent: the header of the message that asked for it.
    init(_ type: String, _ content: JSONValue, session: String, parent: [UInt8]?, identities: [[UInt8]]) {
        let header: JSONValue = [
            "msg_id": .string(UUID().uuidString), "session": .string(session), "username": "kernel",
            "date": .string(Date.now.formatted(.iso8601)), "msg_type": .string(type),
            "version": .string(WireMessage.version),
        ]
        self.type = type
        self.header = Array(header.text(pretty: false).utf8)
        self.parent = parent ?? Array("{}".utf8)
        self.content = content
        self.identities = identities
    }

    func parts(_ signer: MessageSigner) -> [[UInt8]] {
        let body = [header, parent, Array("{}".utf8), Array(content.text(pretty: false).utf8)]
        return identities + [WireMessage.delimiter, signer.signature(of: body)] + body
    }
}

/// Signs messages with the key of the connection: HMAC-SHA256, in hexadecimal digits.
struct MessageSigner: Sendable {
    private let key: [UInt8]

    /// - Parameter key: empty: messages are not signed.
    init(key: String) { self.key = Array(key.utf8) }

    func signature(of parts: [[UInt8]]) -> [UInt8] {
        key.isEmpty ? [] : Array(ContentHash.hmacSHA256(parts.joined(), key: key).utf8)
    }

    /// Whether a signature is right; takes as long for a wrong one as for the right one.
    func isRight(_ given: [UInt8], of parts: [[UInt8]]) -> Bool {
        let right = signature(of: parts)
        guard given.count == right.count else { return false }
        return zip(given, right).reduce(UInt8(0)) { $0 | $1.0 ^ $1.1 } == 0
    }
}

/// Where a kernel listens: the file that Jupyter writes for it.
struct ConnectionFile {
    let signer: MessageSigner
    private let transport: String
    private let address: String
    private let ports: [String: Int]

    /// - Throws: `RunError` for a file that is no such file.
    init(_ path: String) throws {
        let data: Data
        do {
            data = try WholeFile.bytes(path, most: WholeFile.mostScript)
        } catch {
            throw RunError("the connection file \(path) cannot be read: \(FileReason.of(error))")
        }
        let json = try JSONValue(parsing: data, source: path)
        let scheme = json["signature_scheme"] ?? "hmac-sha256"
        guard scheme == "hmac-sha256" else {
            throw RunError("\(path): the signature scheme '\(scheme.plainText)' is not known: hmac-sha256 is")
        }
        // A key that is none would let everybody in who reaches the port.
        guard let key = (json["key"] ?? "").stringValue else {
            throw RunError("\(path): 'key' is a text; an empty one leaves messages unsigned")
        }
        guard let transport = json["transport"]?.stringValue, transport == "tcp" || transport == "ipc",
            let address = json["ip"]?.stringValue
        else { throw RunError("\(path): 'transport' is tcp or ipc, and 'ip' an address") }
        var ports: [String: Int] = [:]
        for name in ["shell", "iopub", "stdin", "control", "hb"] {
            guard let port = json["\(name)_port"]?.intValue, (0...65_535).contains(port) else {
                throw RunError("\(path): '\(name)_port' is the number of a port")
            }
            ports[name] = port
        }
        self.transport = transport
        self.address = address
        self.ports = ports
        signer = MessageSigner(key: key)
        for name in ports.keys.sorted() where transport == "ipc" { try ConnectionFile.checkPlace(path, endpoint(name)) }
    }

    /// A socket takes the place of what has its name, so nothing but a socket may have it.
    private static func checkPlace(_ path: String, _ endpoint: String) throws {
        let place = String(endpoint.dropFirst("ipc://".count))
        var facts = stat()
        guard lstat(place, &facts) == 0, facts.st_mode & S_IFMT != S_IFSOCK else { return }
        throw RunError("\(path): \(place) is there and no socket: it would be replaced")
    }

    /// The endpoint of a channel: `tcp://127.0.0.1:5555`.
    func endpoint(_ channel: String) -> String {
        "\(transport)://\(address)\(transport == "tcp" ? ":" : "-")\(ports[channel] ?? 0)"
    }
}
