import NightjarExperiments
import NightjarScripting
import Testing

/// Jobs times threads never exceeds the cores.
struct CoreShareTests {
    @Test func aGridGetsAProcessForEachCoreAndASingleRunAllThreads() {
        let grid = CoreShare(cells: 48, jobs: nil, threads: nil, cores: 8)
        #expect((grid.jobs, grid.threads) == (8, 1))
        #expect(grid.note == nil)
        let single = CoreShare(cells: 1, jobs: nil, threads: nil, cores: 8)
        #expect((single.jobs, single.threads) == (1, 8))
    }

    @Test func noMoreJobsThanCells() {
        let share = CoreShare(cells: 3, jobs: 8, threads: nil, cores: 8)
        #expect((share.jobs, share.threads) == (3, 1))
        #expect(share.note == nil)
    }

    @Test func whatIsTooMuchIsCutAndSaid() {
        let share = CoreShare(cells: 48, jobs: 4, threads: 2, cores: 4)
        #expect((share.jobs, share.threads) == (2, 2))
        #expect(share.note == "this machine has 4 cores: running 2 jobs with 2 threads instead of 4 with 2")
        let one = CoreShare(cells: 1, jobs: nil, threads: 9, cores: 1)
        #expect((one.jobs, one.threads) == (1, 1))
        #expect(one.note == "this machine has 1 core: running 1 job with 1 thread instead of 1 with 9")
    }

    @Test func theLimitHoldsForAllRequests() {
        for cores in 1...9 {
            for jobs in [nil, 1, 2, 5, 100] {
                for threads in [nil, 1, 2, 3, 100] {
                    for cells in [1, 2, 7] {
                        let share = CoreShare(cells: cells, jobs: jobs, threads: threads, cores: cores)
                        #expect(share.jobs >= 1 && share.threads >= 1 && share.jobs * share.threads <= cores)
                    }
                }
            }
        }
    }
}
