/// A file of a data set at its public home: where it is, and how one knows that it came whole.
public struct PublishedFile: Hashable, Sendable {
    /// What a file is when it is right.
    public struct Proof: Hashable, Sendable {
        /// Bytes.
        public let size: Int
        /// 64 lower-case hexadecimal digits.
        public let sha256: String

        public init(size: Int, sha256: String) {
            self.size = size
            self.sha256 = sha256
        }
    }

    /// A file inside of an archive, and what it is called in the folder of the data set.
    public struct Member: Hashable, Sendable {
        public let path: String
        public let name: String
        public let proof: Proof

        public init(path: String, name: String, proof: Proof) {
            self.path = path
            self.name = name
            self.proof = proof
        }
    }

    /// What it is called there and here.
    public let name: String
    public let address: String
    public let proof: Proof
    /// Where it is a .tar.gz archive, the files of it that are kept; the archive itself is not.
    public let members: [Member]

    public init(name: String, address: String, proof: Proof, members: [Member] = []) {
        self.name = name
        self.address = address
        self.proof = proof
        self.members = members
    }

    /// What there is in the folder afterwards.
    public var results: [(name: String, proof: Proof)] {
        members.isEmpty ? [(name, proof)] : members.map { ($0.name, $0.proof) }
    }

    /// The same file in a folder of another server, or of this machine.
    public func mirrored(at base: String) -> PublishedFile {
        PublishedFile(
            name: name, address: base.hasSuffix("/") ? base + name : "\(base)/\(name)", proof: proof, members: members)
    }
}
