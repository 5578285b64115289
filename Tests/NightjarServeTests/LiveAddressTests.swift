import Foundation
import NightjarRuns
import NightjarServe
import Testing

@Suite struct LiveAddressTests {
    @Test func onlyThisMachineReachesTheUsualOne() throws {
        let usual = try LiveAddress()
        #expect(usual.host == "127.0.0.1" && usual.port == 8420 && usual.isLoopback)
        #expect(try LiveAddress(host: "localhost").isLoopback)
        #expect(try LiveAddress(host: "::1").isLoopback)
        #expect(try !LiveAddress(host: "0.0.0.0").isLoopback)
        #expect(try !LiveAddress(host: "::").isLoopback)
    }

    @Test func whatIsNoAddressIsSaid() {
        #expect(message { _ = try LiveAddress(port: 70000) } == "--port must be between 0 and 65535, got 70000")
        #expect(
            message { _ = try LiveAddress(host: "example.org") }
                == "--host must be an address of this machine in digits, such as 127.0.0.1 or 0.0.0.0, got 'example.org'"
        )
    }

    @Test func aTokenIsLongAndNeverTheSame() {
        let tokens = Set((0..<100).map { _ in LiveToken.random().text })
        #expect(tokens.count == 100)
        #expect(tokens.allSatisfy { $0.count == 32 })
    }

    @Test func aTokenMatchesItselfAlone() {
        let token = LiveToken.random()
        #expect(token.matches(token.text))
        #expect(!token.matches(token.text.dropLast()))
        #expect(!token.matches(token.text + "0"))
        #expect(!token.matches(""))
    }

    @Test func aFileKeepsTheTokenForOneself() throws {
        let place = try RunsPlace()
        let file = place.url.appendingPathComponent("token")
        let first = try LiveToken(file: file)
        #expect(try LiveToken(file: file) == first)
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        chmod(file.path, 0o644)
        #expect(
            message { _ = try LiveToken(file: file) }
                == "\(file.path): others on this machine may read or change this file, and with it the page\n"
                + "  chmod 600 \(file.path)")
        chmod(file.path, 0o600)
        try Data("short\n".utf8).write(to: file)
        #expect(
            message { _ = try LiveToken(file: file) }
                == "\(file.path): expected one word of 16 to 200 letters, digits, - and _\n"
                + "  delete the file: it is made anew")
    }
}
