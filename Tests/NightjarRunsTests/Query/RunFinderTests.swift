import Foundation
import NightjarRuns
import Testing

@Suite struct RunFinderTests {
    @Test func aRunIsFoundByEachOfItsNames() throws {
        let fixture = try QueryFixture()
        let all = try fixture.records()
        let finder = RunFinder(all, in: fixture.folder.url)
        let wanted = try fixture.one("loss = rll and rate = 0.4 and seed = 1")
        for name in [
            wanted.id, wanted.name, "rll-rate0.4-seed1", wanted.configurationHash,
            String(wanted.configurationHash.prefix(8)), fixture.store.folder(of: wanted.id).path,
            fixture.store.folder(of: wanted.id).path + "/",
        ] { #expect(try finder.one(name) == wanted, "\(name)") }
        #expect(try finder.all(["memorization"]) == all)
        #expect(try finder.all([fixture.folder.url.path]) == all)
        #expect(try finder.all([]) == all)
        #expect(try finder.all(["cce-rate0-seed1", "rll-rate0-seed1", "cce-rate0-seed1"]).count == 2)
    }

    @Test func severalAndNoneAreErrorsThatSayWhatToDo() throws {
        let fixture = try QueryFixture()
        let finder = RunFinder(try fixture.records(), in: fixture.folder.url)
        let several = try fixture.plain(message { _ = try finder.one("cce-rate0.4") })
        #expect(
            several == """
                'cce-rate0.4' names 2 runs, one is needed: give more of its name
                  memorization/cce-rate0.4-seed1-########  finished
                  memorization/cce-rate0.4-seed2-########  finished
                """)
        #expect(
            try fixture.plain(message { _ = try finder.all(["memorisation"]) }) == """
                there is no run or experiment 'memorisation' in RUNS: did you mean 'memorization'?
                  experiments are memorization
                  nightjar runs list shows the runs
                """)
        let empty = RunFinder([], in: URL(fileURLWithPath: "/nowhere"))
        #expect(
            message { _ = try empty.one("x") } == "there are no runs in /nowhere: nightjar run SCRIPT makes them")
    }
}
