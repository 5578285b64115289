import NightjarTensor
import TestLibraries
import Testing

@Suite struct RoomTests {
    private func fault(_ body: () throws -> some Any) -> String {
        do { return "no error: \(try body())" } catch { return "\(error)" }
    }

    @Test func whatHasNoRoomIsAnError() {
        #expect(
            fault { try [Int](room: Int.max) { $0 } } == "out of memory: no room for \(Int.max) elements of 8 bytes")
        #expect(
            fault { try [UInt8](room: 1 << 50, repeating: 0) }.hasPrefix("out of memory: no room for 1125899906842624"))
        var list = [1, 2, 3]
        #expect(fault { try list.makeRoom(Int.max) }.hasPrefix("out of memory: no room for "))
        #expect(fault { try list.makeRoom(1 << 60) }.hasPrefix("out of memory: no room for "))
        #expect(list == [1, 2, 3])
    }

    @Test func aFailingAllocationIsAnError() throws {
        Storage.failAllocation(after: 0)
        defer { Storage.failAllocation(after: nil) }
        #expect(fault { try [Int](room: 100_000) { $0 } }.hasPrefix("out of memory: no room for 800000 bytes ("))
        #expect(try [Int](room: 10) { $0 } == Array(0..<10))
    }

    /// The system promises what the machine does not have: it is the machine that is asked.
    @Test func whatTheMachineHasNotIsAnError() throws {
        Storage.trimPool()
        try onLittleMachine(left: 300) { () throws -> Void in
            #expect(
                fault { try Storage(byteCount: 1 << 30) }.hasPrefix("out of memory: no room for 1073741824 bytes ("))
            #expect(
                fault { try [Int](room: 1 << 27, repeating: 0).count }.hasPrefix(
                    "out of memory: no room for 1073741824 bytes ("))
            #expect(fault { try Room.check(1 << 30) }.hasPrefix("out of memory: no room for 1073741824 bytes ("))
            // What fits is given.
            try #expect(Storage(byteCount: 10 << 20).byteCount == 10 << 20)
            try #expect([Int](room: 100_000) { $0 }.count == 100_000)
        }
    }

    /// Little by little as well, since every mebibyte asks; what is small goes on.
    @Test func aFullMachineRefusesWhatGrows() throws {
        // Of a size that the pool has no block of, whatever other tests have given back to it.
        try onLittleMachine(left: -20) { () throws -> Void in
            #expect(
                fault { try Storage(byteCount: 83 << 20) }.hasPrefix("out of memory: no room for 87031808 bytes ("))
            #expect(
                fault { for _ in 0..<64 { try Room.grew(by: 1 << 16) } }.hasPrefix("out of memory: no room for 65536 "))
            try #expect([Int](room: 100) { $0 }.count == 100)
        }
        // The next that asks the true machine is served.
        #expect(fault { try Room.grew(by: 1 << 20) } == "no error: ()")
    }

    @Test func negativeCountsAreEmpty() throws {
        #expect(try [Int](room: -1) { $0 }.isEmpty)
        #expect(try [Int](room: Int.min, repeating: 1).isEmpty)
    }

    @Test func manySmallAppendsStayLinear() throws {
        var list: [Int] = []
        var moves = 0
        for number in 0..<100_000 {
            let before = list.capacity
            try list.makeRoom(1)
            list.append(number)
            if list.capacity != before { moves += 1 }
        }
        #expect(list == Array(0..<100_000))
        #expect(moves < 40)
    }

    @Test(arguments: [
        (1.5, "n must be a whole number, got 1.5"), (.nan, "n must be a whole number, got nan"),
        (.infinity, "n must be a whole number, got inf"), (1e19, "n must be at most 2147483647, got 1e+19"),
        (-1e19, "n must be at least 0, got -1e+19"), (-1, "n must be at least 0, got -1"),
        (2_147_483_648, "n must be at most 2147483647, got 2147483648"),
        (0x1p53, "n must be at most 2147483647, got 9007199254740992"),
        (0x1p62, "n must be at most 2147483647, got 4611686018427387904"),
        (0x1p63, "n must be at most 2147483647, got 9.223372036854776e+18"), (3, "no error: 3"),
    ]) func aCountIsWholeAndInBounds(_ value: Double, _ message: String) {
        #expect(fault { try Count(value, "n").value } == message)
    }

    @Test func arithmeticOnCountsIsChecked() throws {
        let large = try Count(Int.max, "n", in: 0...Int.max)
        #expect(fault { try (large + Count(1, "n")).value } == "\(Int.max) + 1 is too large for a count")
        #expect(fault { try (large * Count(2, "n")).value } == "\(Int.max) * 2 is too large for a count")
        #expect(try (Count(6, "n") * Count(7, "n") + Count(1, "n")).value == 43)
    }

    @Test(arguments: [
        ("w", nil), ("model/layers.1.weight", nil), ("\u{fc}", nil), ("", "is empty"),
        ("a\u{0}b", "holds a control character"), ("a\nb", "holds a control character"),
        ("\u{fffd}", "is not UTF-8 text"),
        (String(repeating: "x", count: 1001), "has 1001 bytes, names have at most 1000"),
    ]) func namesOfArraysCanBeReadBack(_ name: String, _ reason: String?) {
        var names: Set<String> = []
        #expect(ArrayName.refusal(of: name, among: &names) == reason)
    }

    @Test(arguments: ["/w", "w/", "a//b", "../w", "a/../b", ".", "..", "a\\b"])
    func membersOfArchivesStayInside(_ name: String) {
        var names: Set<String> = []
        #expect(ArrayName.refusal(ofMember: name, among: &names) != nil)
    }
}
