import Foundation
import FuzzTargets
import Testing

/// Every target with inputs that ``InputMutator`` changed; `NIGHTJAR_FUZZ_INPUTS` is how many.
///
/// A target that ends the process is found again by its name: inputs are the same in each run.
@Suite struct FuzzTargetTests {
    private static let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fuzz/Corpus")
    private static let inputs =
        ProcessInfo.processInfo.environment["NIGHTJAR_FUZZ_INPUTS"].flatMap(Int.init) ?? 20_000

    private func first(_ target: FuzzTarget) throws -> [[UInt8]] {
        let folder = FuzzTargetTests.corpus.appendingPathComponent(target.name)
        return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
            [UInt8](try Data(contentsOf: folder.appendingPathComponent($0)))
        }
    }

    @Test(arguments: FuzzTarget.all.map(\.name)) func changedInputsAreTakenOrRefused(_ name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        var mutator = InputMutator(try first(target), seed: 18)
        let driver = try target.driver()
        let before = try first(target).map { input in input.withUnsafeBytes { driver($0) } }
        var (taken, refused) = (0, 0)
        let count = max(200, Int(Double(FuzzTargetTests.inputs) * target.share))
        for index in 0..<count {
            let input = mutator.next()
            switch input.withUnsafeBytes({ driver($0) }) {
            case .taken: taken += 1
            case .refused: refused += 1
            case .fault(let what):
                Issue.record("input \(index): \(what)\n\(Data(input).base64EncodedString())")
                return
            }
        }
        // What came before changes nothing.
        let after = try first(target).map { input in input.withUnsafeBytes { driver($0) } }
        #expect(after == before)
        // Both happen, or the inputs reach nothing.
        #expect(taken > 0)
        #expect(refused > 0 || ["lua", "planner"].contains(name))
    }

    @Test(arguments: FuzzTarget.all.map(\.name)) func firstInputsOfEachTargetAreFewAndSmall(_ name: String) throws {
        let target = try #require(FuzzTarget.all.first { $0.name == name })
        let inputs = try first(target)
        #expect(!inputs.isEmpty)
        #expect(inputs.allSatisfy { $0.count <= 8 << 10 })
        let driver = try target.driver()
        let answers = inputs.map { input in input.withUnsafeBytes { driver($0) } }
        #expect(answers.contains(.taken))
        #expect(!answers.contains { if case .fault = $0 { true } else { false } })
    }

    @Test func foldersOfFirstInputsAreThoseOfTargets() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: FuzzTargetTests.corpus.path)
        #expect(folders.sorted() == FuzzTarget.all.map(\.name).sorted())
    }
}
