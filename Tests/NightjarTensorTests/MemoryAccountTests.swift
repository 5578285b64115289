import Dispatch
import NightjarTensor
import Testing

@Suite struct MemoryAccountTests {
    private func counted<Result>(_ account: MemoryAccount?, _ body: () throws -> Result) rethrows -> Result {
        let work = MemoryAccount.begin(account)
        defer { work.end() }
        return try body()
    }

    @Test func storagesCountFromTheirMakingToTheirEnd() throws {
        let account = MemoryAccount()
        let before = try Storage(byteCount: 5000)
        var storages = try counted(account) { try [64, 5000, 1 << 20].map { try Storage(byteCount: $0) } }
        let after = try Storage(byteCount: 5000)
        #expect(account.live == 64 + 5120 + 1 << 20)
        storages.removeLast()
        #expect(account.live == 64 + 5120)
        // Whoever lets go of it.
        counted(MemoryAccount()) { storages = [] }
        #expect(account.live == 0)
        withExtendedLifetime((before, after)) {}
    }

    @Test func whatWouldGoPastTheBoundIsRefused() throws {
        let account = MemoryAccount()
        account.setBound(1 << 20) { 1000 }
        try counted(account) {
            let first = try Storage(byteCount: 1 << 19)
            #expect(!account.isMet)
            let error = #expect(throws: TensorError.self) { try Storage(byteCount: 1 << 19) }
            #expect(error?.message.hasPrefix("out of memory: no room for 524288 bytes (") == true)
            #expect(account.isMet)
            // What was refused does not count.
            #expect(account.live == 1 << 19)
            _ = try Storage(byteCount: 1 << 18)
            #expect(throws: TensorError.self) { try Room.check(1 << 19) }
            try Room.check(1 << 18)
            withExtendedLifetime(first) {}
        }
        // A block that the pool has is not given either.
        #expect(throws: TensorError.self) { try counted(account) { try Storage(byteCount: 1 << 20) } }
        _ = try Storage(byteCount: 1 << 20)
        try counted(MemoryAccount()) { _ = try Storage(byteCount: 1 << 20) }
        account.liftBound()
        try counted(account) { _ = try Storage(byteCount: 1 << 21) }
    }

    @Test func workNestsAndEndsWhereItBegan() throws {
        let (outer, inner) = (MemoryAccount(), MemoryAccount())
        var kept: [Storage] = []
        try counted(outer) {
            try counted(inner) {
                try counted(nil) { kept.append(try Storage(byteCount: 64)) }
                kept.append(try Storage(byteCount: 128))
            }
            kept.append(try Storage(byteCount: 256))
        }
        kept.append(try Storage(byteCount: 512))
        #expect(outer.live == 256 && inner.live == 128)
        #expect(MemoryAccount.current == nil)
    }

    @Test func anotherThreadHasNone() throws {
        let account = MemoryAccount()
        counted(account) {
            #expect(MemoryAccount.current === account)
            let done = DispatchSemaphore(value: 0)
            DispatchQueue.global().async {
                #expect(MemoryAccount.current == nil)
                done.signal()
            }
            done.wait()
        }
    }

    /// Many threads at one bound: never more than that, and nothing stays counted.
    @Test func threadsTogetherStayWithinTheBound() {
        let account = MemoryAccount()
        account.setBound(64 << 10) { 0 }
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            counted(account) {
                var kept: [Storage] = []
                for round in 0..<400 {
                    if let storage = try? Storage(byteCount: 4096) { kept.append(storage) }
                    if round % 20 == 19 { kept = [] }
                    #expect(kept.count <= 16)
                }
            }
        }
        #expect(account.live == 0 && account.isMet)
    }
}
