import Foundation
import Testing

/// `nightjar kernel`, as jupyter_client of PyPI talks to it.
@Suite(.serialized) struct KernelTests {
    /// A Python with jupyter_client; nil where none is there and none can be installed.
    private static let python: String? = {
        let script = Workplace.package.appendingPathComponent("scripts/jupyter.sh").path
        guard let ending = try? Workplace().run([script], program: URL(fileURLWithPath: "/bin/bash")),
            ending.status == 0
        else { return nil }
        return ending.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }()

    @Test(
        .enabled(
            if: KernelTests.python != nil,
            "there is no Python with jupyter_client, and pip could not install it: see .build/jupyter.log"))
    func jupyterTalksToIt() throws {
        let client = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("kernel_client.py").path
        let ending = try Workplace().run(
            ["-B", client, Workplace.program.path], program: URL(fileURLWithPath: try #require(KernelTests.python)))
        #expect(ending.errors == "")
        #expect(ending.status == 0)
        let expected = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("kernel_conversation.txt")
        #expect(ending.output == (try String(contentsOf: expected, encoding: .utf8)))
    }

    @Test func aConnectionFileIsChecked() throws {
        let place = try Workplace()
        func complaint(_ text: String?) throws -> String {
            if let text { try place.write(text, to: "connection.json") }
            let ending = try place.run(["kernel", "--connection-file", "connection.json"])
            #expect(ending.status == 1)
            return ending.errors
        }
        #expect(
            try complaint(nil)
                == "error: the connection file connection.json cannot be read: no such file or directory\n")
        #expect(
            try complaint("{}") == "error: connection.json: 'transport' is tcp or ipc, and 'ip' an address\n")
        #expect(
            try complaint(#"{ "transport": "tcp", "ip": "127.0.0.1", "shell_port": 99999 }"#)
                == "error: connection.json: 'shell_port' is the number of a port\n")
        #expect(
            try complaint(#"{ "signature_scheme": "hmac-md5" }"#)
                == "error: connection.json: the signature scheme 'hmac-md5' is not known: hmac-sha256 is\n")
        #expect(
            try complaint(#"{ "signature_scheme": 5 }"#)
                == "error: connection.json: the signature scheme '5' is not known: hmac-sha256 is\n")
        #expect(
            try complaint(#"{ "transport": "tcp", "ip": "127.0.0.1", "key": 5 }"#)
                == "error: connection.json: 'key' is a text; an empty one leaves messages unsigned\n")
        // ZeroMQ removes what lies where it is to listen.
        let letter = try place.write("dear", to: "letter-1")
        let ports = ["shell", "iopub", "stdin", "control", "hb"].map { "\"\($0)_port\": 1" }.joined(separator: ", ")
        #expect(
            try complaint("{ \"transport\": \"ipc\", \"ip\": \"\(place.url.path)/letter\", \(ports) }")
                == "error: connection.json: \(letter.path) is there and no socket: it would be replaced\n")
        #expect(try place.read("letter-1") == "dear")
    }

    @Test func itIsInstalledBelowAPrefix() throws {
        let place = try Workplace()
        let ending = try place.run(["kernel", "install", "--prefix", "env"])
        #expect(ending.errors == "" && ending.output.hasSuffix("env/share/jupyter/kernels/nightjar/kernel.json\n"))
        let text = try place.read("env/share/jupyter/kernels/nightjar/kernel.json")
        #expect(text.contains("\"interrupt_mode\": \"message\"") && text.contains("\"{connection_file}\""))
    }
}
