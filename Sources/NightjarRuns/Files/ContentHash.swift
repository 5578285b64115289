// The fingerprint of a file's bytes: SHA-256, so that `sha256sum config.json` gives the same answer.

import NightjarProcess

/// SHA-256 and what is made with it.
public enum ContentHash {
    /// The digest as 64 lower-case hexadecimal digits. Cost: that of `SHA256`.
    public static func sha256(_ bytes: some Sequence<UInt8>) -> String {
        var hash = SHA256()
        Array(bytes).withUnsafeBytes { hash.update($0) }
        return hash.hexadecimal
    }

    /// The keyed code of a message, HMAC-SHA256 (RFC 2104), as 64 lower-case hexadecimal digits.
    public static func hmacSHA256(_ bytes: some Sequence<UInt8>, key: [UInt8]) -> String {
        let short = key.count > 64 ? octets(digest(key)) : key
        let block = short + [UInt8](repeating: 0, count: 64 - short.count)
        let inner = octets(digest(block.map { $0 ^ 0x36 } + Array(bytes)))
        return sha256(block.map { $0 ^ 0x5C } + inner)
    }

    private static func octets(_ words: [UInt32]) -> [UInt8] {
        words.flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) } }
    }

    private static func digest(_ bytes: some Sequence<UInt8>) -> [UInt32] {
        var hash = SHA256()
        Array(bytes).withUnsafeBytes { hash.update($0) }
        return hash.digest
    }
}
