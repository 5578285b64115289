import CFetch
import Foundation
import NightjarProcess
import NightjarTensor

/// Gets published files through libcurl: whole and right, or not at all under their names.
///
/// What has come lies beside, as `NAME.part`, and is continued the next time. A file is right by its size and its SHA-256.
public struct Fetcher: Sendable {
    /// Seconds without a byte after which a connection is given up.
    public var patience = 30
    /// How often in a row nothing new may come before it is given up.
    public var attempts = 5
    public var mostRedirections = 10
    /// Seconds before the second attempt; twice as many before each further one.
    public var pause = 1.0
    /// Told what has come of a file: name, bytes so far, all bytes.
    public var progress: @Sendable (String, Int, Int) -> Void = { _, _, _ in }
    /// Asked now and then; false ends it.
    public var goesOn: @Sendable () -> Bool = { true }

    public init() {}

    /// What became of a file.
    public enum Outcome: Sendable, Equatable {
        /// It was there, and is right.
        case present
        case fetched
    }

    /// Gets a file into a folder, and unpacks it where it is an archive.
    /// - Throws: ``DataError`` that says what came instead, and whether what is there is continued.
    public func fetch(_ file: PublishedFile, into folder: URL) throws -> Outcome {
        if try isComplete(file, in: folder) { return .present }
        let target = folder.appendingPathComponent(file.name)
        if file.members.isEmpty {
            try get(file, to: target)
            return .fetched
        }
        if FileKind.of(target) == nil { try get(file, to: target) }
        try unpack(file, target, into: folder)
        return .fetched
    }

    /// Whether all that a file gives is in a folder, and right.
    /// - Throws: ``DataError`` where something of that name is not what it should be.
    private func isComplete(_ file: PublishedFile, in folder: URL) throws -> Bool {
        var isThere = true
        for result in file.results {
            let url = folder.appendingPathComponent(result.name)
            guard FileKind.of(url) != nil else {
                isThere = false
                continue
            }
            try check(url, result.proof)
        }
        return isThere
    }

    private func check(_ url: URL, _ proof: PublishedFile.Proof) throws {
        var hash = SHA256()
        var count = 0
        let descriptor = RegularFile.open(url.path, O_RDONLY)
        guard descriptor >= 0 else {
            throw DataError(file: url.path, "is not a file that can be read", remedy: "Move it away")
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        while let piece = try handle.read(upToCount: 1 << 20), !piece.isEmpty {
            piece.withUnsafeBytes { hash.update($0) }
            count += piece.count
        }
        guard count == proof.size, hash.hexadecimal == proof.sha256 else {
            throw DataError(
                file: url.path,
                "is not the published file: it has \(count) bytes and SHA-256 \(hash.hexadecimal), expected "
                    + "\(proof.size) and \(proof.sha256)", remedy: "Move it away to have it fetched")
        }
    }

    private func get(_ file: PublishedFile, to target: URL) throws {
        guard njf_open() else {
            throw DataError(
                "libcurl is not installed, by which files are fetched",
                remedy: "Install it (Debian: libcurl4), or put \(file.address) by hand to \(target.path)")
        }
        let part = try PartialFile(for: target, limit: file.proof.size)
        var (failures, hasBegunAnew) = (0, false)
        while true {
            let before = part.count
            if before < file.proof.size {
                let transfer = Transfer(part, file, self)
                let answer = transfer.run()
                if let error = transfer.error { throw error }
                if let fault = try fault(answer, transfer, file, part) {
                    failures = part.count > before ? 1 : failures + 1
                    guard fault.isPassing, failures < attempts else {
                        throw DataError(file: file.address, fault.text, remedy: keptRemedy(part, target))
                    }
                    rest(failures)
                }
            }
            guard part.count == file.proof.size else { continue }
            let found = part.sha256
            if found == file.proof.sha256 { return try part.finish(as: target) }
            try part.restart()
            // What was there from an earlier time may be at fault: once all of it is fetched anew.
            guard before > 0, !hasBegunAnew else {
                part.remove()
                throw DataError(
                    file: file.address,
                    "is not the file that was published: SHA-256 \(found), expected \(file.proof.sha256)",
                    remedy: "Nothing was kept. Try another place with --from")
            }
            hasBegunAnew = true
        }
    }

    private func rest(_ failures: Int) {
        let end = pause * Double(1 << min(failures - 1, 6))
        var waited = 0.0
        while waited < end, goesOn() {
            let step = min(0.1, end - waited)
            Thread.sleep(forTimeInterval: step)
            waited += step
        }
    }

    private struct Fault {
        let text: String
        /// Whether another attempt may do better.
        let isPassing: Bool
    }

    /// What was wrong with an answer; nil where all came.
    private func fault(
        _ answer: njf_answer, _ transfer: Transfer, _ file: PublishedFile, _ part: PartialFile
    ) throws -> Fault? {
        if let refusal = transfer.refusal { return Fault(text: refusal.text, isPassing: refusal.isPassing) }
        let message = withUnsafeBytes(of: answer.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        switch answer.outcome {
        case NJF_DONE where part.count == file.proof.size: return nil
        case NJF_DONE:
            return Fault(
                text: "ended after \(part.count) of \(file.proof.size) bytes", isPassing: true)
        case NJF_STOPPED:
            if part.count == 0 { part.remove() }
            throw DataError(file: file.address, "was interrupted", remedy: "The same command goes on")
        case NJF_CIRCLE:
            return Fault(
                text: "leads from one address to another more than \(mostRedirections) times", isPassing: false)
        case NJF_STALLED: return Fault(text: "sent nothing for \(patience) seconds", isPassing: true)
        case NJF_REFUSED: return Fault(text: "cannot be fetched: \(message)", isPassing: false)
        default: return Fault(text: "broke off: \(message)", isPassing: true)
        }
    }

    private func keptRemedy(_ part: PartialFile, _ target: URL) -> String {
        let kept = part.count > 0
        if !kept { part.remove() }
        let byHand = "or put the file there by hand: \(target.path)"
        return kept
            ? "\(part.count) bytes are kept in \(part.url.path): the same command goes on from there. Try another place with "
                + "--from, \(byHand)"
            : "Try another place with --from, \(byHand)"
    }

    /// Takes the files that are wanted out of an archive, which goes afterwards.
    private func unpack(_ file: PublishedFile, _ archive: URL, into folder: URL) throws {
        var wanted = Dictionary(file.members.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        let reader = try TarReader(archive)
        while let entry = try reader.next() {
            guard let member = wanted[entry.name] else { continue }
            let target = folder.appendingPathComponent(member.name)
            guard entry.size == member.proof.size else {
                throw DataError(
                    file: archive.path,
                    "has '\(entry.name)' of \(entry.size) bytes, expected \(member.proof.size)",
                    remedy: "Move it away to have it fetched")
            }
            let part = try PartialFile(for: target, limit: 0)
            try part.restart()
            try reader.contents { piece in
                try part.append(piece)
                guard goesOn() else {
                    throw DataError(file: archive.path, "was interrupted", remedy: "The same command goes on")
                }
            }
            guard part.sha256 == member.proof.sha256 else {
                part.remove()
                throw DataError(
                    file: archive.path,
                    "has '\(entry.name)' with SHA-256 \(part.sha256), expected \(member.proof.sha256)",
                    remedy: "Move it away to have it fetched")
            }
            try part.finish(as: target)
            wanted[entry.name] = nil
        }
        if let missing = wanted.keys.min() {
            throw DataError(
                file: archive.path, "has no '\(missing)' inside", remedy: "Move it away to have it fetched")
        }
        unlink(archive.path)
    }
}
