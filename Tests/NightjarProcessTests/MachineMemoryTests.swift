import CProcess
import Foundation
import Testing

/// What a machine and its control groups can still give, read from files as the system writes them.
@Suite struct MachineMemoryTests {
    static let mebibyte: Int64 = 1 << 20

    /// A folder that stands for /.
    private func machine(_ files: [String: String]) throws -> nj_memory {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("machine-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        for (path, text) in files {
            let file = root.appendingPathComponent(path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return nj_memory_of(root.path)
    }

    private static func facts(total: Int64, available: Int64, swap: Int64 = 0) -> String {
        """
        MemTotal:       \(total << 10) kB
        MemFree:            1024 kB
        MemAvailable:   \(available << 10) kB
        SwapTotal:      \(2 * swap << 10) kB
        SwapFree:       \(swap << 10) kB

        """
    }

    private static func mebibytes(_ memory: nj_memory) -> [Int64] {
        [memory.left / mebibyte, memory.margin / mebibyte]
    }

    @Test func aMachineGivesWhatIsAvailableAndItsSwap() throws {
        #expect(
            try MachineMemoryTests.mebibytes(
                machine(["proc/meminfo": MachineMemoryTests.facts(total: 64000, available: 9000)]))
                == [9000 - 256, 256])
        #expect(
            try MachineMemoryTests.mebibytes(
                machine(["proc/meminfo": MachineMemoryTests.facts(total: 6400, available: 900, swap: 300)]))
                == [900 + 300 - 100, 100])
        // Less than the margin is there.
        #expect(
            try MachineMemoryTests.mebibytes(
                machine(["proc/meminfo": MachineMemoryTests.facts(total: 6400, available: 10)]))
                == [10 - 100, 100])
    }

    @Test(arguments: [
        [:], ["proc/meminfo": ""], ["proc/meminfo": "MemTotal: 9 kB\nMemFree: 8 kB\n"],
        ["proc/meminfo": "MemAvailable: many kB\n"], ["proc/self/cgroup": "nonsense\n\n::::\n0:\n:"],
        [
            "proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "max\n",
            "sys/fs/cgroup/a/memory.current": "5\n",
        ],
        [
            "proc/self/cgroup": "4:memory:/\n", "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            "sys/fs/cgroup/memory/memory.usage_in_bytes": "5\n",
        ],
        // A limit without what is used of it.
        ["proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "1000000\n"],
    ]) func whereNobodySaysThereIsEnough(_ files: [String: String]) throws {
        #expect(try machine(files).left == Int64.max)
    }

    /// Of a group and all that it is in, the narrowest counts; files that are kept in memory are let go of.
    @Test func groupsOfVersion2AreAsWideAsTheNarrowest() throws {
        let mebibyte = MachineMemoryTests.mebibyte
        var files = [
            "proc/meminfo": MachineMemoryTests.facts(total: 64000, available: 9000),
            "proc/self/cgroup": "0::/outer/inner\n",
            "sys/fs/cgroup/outer/memory.max": "\(2000 * mebibyte)\n",
            "sys/fs/cgroup/outer/memory.current": "\(1500 * mebibyte)\n",
            "sys/fs/cgroup/outer/memory.stat":
                "anon 5\nfile 900\ninactive_file \(100 * mebibyte)\nactive_file \(50 * mebibyte)\nslab_reclaimable \(mebibyte)\n",
            "sys/fs/cgroup/outer/inner/memory.max": "max\n",
        ]
        #expect(try MachineMemoryTests.mebibytes(machine(files)) == [500 + 151 - 48, 48])
        files["sys/fs/cgroup/outer/inner/memory.max"] = "\(1000 * mebibyte)\n"
        files["sys/fs/cgroup/outer/inner/memory.current"] = "\(700 * mebibyte)\n"
        #expect(try MachineMemoryTests.mebibytes(machine(files)) == [300 - 48, 48])
        // Swap helps as far as both the group and the machine have it.
        files["proc/meminfo"] = MachineMemoryTests.facts(total: 64000, available: 9000, swap: 200)
        #expect(try MachineMemoryTests.mebibytes(machine(files)) == [500 - 48, 48])
        files["sys/fs/cgroup/outer/inner/memory.swap.max"] = "\(150 * mebibyte)\n"
        files["sys/fs/cgroup/outer/inner/memory.swap.current"] = "\(30 * mebibyte)\n"
        #expect(try MachineMemoryTests.mebibytes(machine(files)) == [420 - 48, 48])
    }

    @Test func groupsOfVersion1AreFoundAmongTheControllers() throws {
        let mebibyte = MachineMemoryTests.mebibyte
        let group = "sys/fs/cgroup/memory/jobs/7/"
        let files = [
            "proc/self/cgroup": "9:cpu,cpuacct:/other\n5:hugetlb,memory:/jobs/7\n0::/\n",
            group + "memory.limit_in_bytes": "\(400 * mebibyte)\n",
            group + "memory.usage_in_bytes": "\(390 * mebibyte)\n",
            group + "memory.stat": "inactive_file 7\ntotal_inactive_file \(200 * mebibyte)\ntotal_active_file 0\n",
        ]
        #expect(try MachineMemoryTests.mebibytes(machine(files)) == [210 - 48, 48])
        // The limit of memory and swap together leaves 30 of swap, of which 20 are used.
        let swapping = [
            "proc/meminfo": MachineMemoryTests.facts(total: 64000, available: 9000, swap: 500),
            group + "memory.memsw.limit_in_bytes": "\(430 * mebibyte)\n",
            group + "memory.memsw.usage_in_bytes": "\(410 * mebibyte)\n",
        ]
        #expect(
            try MachineMemoryTests.mebibytes(machine(files.merging(swapping) { $1 })) == [210 + 10 - 48, 48])
    }

    /// In a container the path is the outside's, and the container's own group is at the root.
    @Test func aContainersOwnGroupIsAtTheRoot() throws {
        let mebibyte = MachineMemoryTests.mebibyte
        #expect(
            try MachineMemoryTests.mebibytes(
                machine([
                    "proc/self/cgroup": "4:memory:/docker/0123456789abcdef\n",
                    "sys/fs/cgroup/memory/memory.limit_in_bytes": "\(512 * mebibyte)\n",
                    "sys/fs/cgroup/memory/memory.usage_in_bytes": "\(100 * mebibyte)\n",
                ])) == [412 - 48, 48])
        #expect(
            try MachineMemoryTests.mebibytes(
                machine([
                    "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "\(160 * mebibyte)\n",
                    "sys/fs/cgroup/memory.current": "\(200 * mebibyte)\n",
                ])) == [-20, 20])
    }

    /// This process runs, so its machine has something; and asking it costs nothing where little is asked for.
    @Test func thisMachineIsAskedOnceForMany() {
        #expect(nj_memory_of("").left > 0)
        let before = nj_memory_looks()
        for _ in 0..<4096 { #expect(nj_memory_room(100) == NJ_ROOM_ENOUGH) }
        // 4 GiB in pieces of at most 64 MiB, at least; other tests ask as well.
        #expect(nj_memory_looks() - before < 2000)
    }

    @Test func aRequestPastAllMemoryIsRefused() {
        for bytes in [1 << 60, Int.max] { #expect(nj_memory_room(bytes) == NJ_ROOM_LOW) }
    }
}
