import Foundation
import NightjarRuns
import NightjarServe
import Testing

/// What the pages say, without a network.
@Suite struct LiveSiteTests {
    private let place: RunsPlace
    private let site: LiveSite

    init() throws {
        place = try RunsPlace()
        site = try LiveSite(place.url)
    }

    private func text(_ path: String, _ fields: [(name: String, value: String)] = []) async -> String {
        String(decoding: await site.answer(LiveRequest(path, fields)).body, as: UTF8.self)
    }

    @Test func aFolderThatIsNotThereIsSaid() {
        let url = place.url.appendingPathComponent("nothing")
        #expect(
            message { _ = try LiveSite(url) }
                == "there is no folder of runs at \(url.path): runs land in runs/ below the folder where nightjar run was called; "
                + "--runs-dir names another one")
    }

    @Test func anEmptyFolderSaysWhatToDo() async {
        let page = await text("")
        #expect(
            page.contains("There are no runs yet: <code>nightjar run SCRIPT</code> makes them, and they appear here."))
    }

    @Test func theFirstPageCountsRunsByTheirEnds() async throws {
        try place.run(seed: 1)
        try place.run(seed: 2, status: .failed, message: "loss is nan")
        try place.run(seed: 3, status: nil)
        let page = await text("")
        #expect(page.contains("<a href=\"experiment?name=memorization\">memorization</a>"))
        #expect(page.contains("3 runs: 1 finished, 1 failed, 1 left without an end."))
    }

    @Test func aSweepIsShownAsItTells() async throws {
        // A run of an earlier sweep, whose cell is not counted again.
        try place.run(seed: 7)
        let recorder = SweepRecorder(ExperimentFolder("memorization", in: place.url))
        var state = SweepProgress(total: 5)
        (state.ended, state.failed, state.running, state.secondsLeft) = (2, 1, 1, 90)
        let cell = SweepCell(index: 2, settings: [CellSetting("loss", "rll"), CellSetting("seed", 2)])
        recorder.note(.started(cell), state)
        let page = await text("experiment", [("name", "memorization")])
        #expect(page.contains("5 runs: 1 finished, 1 failed, 1 going, 2 waiting; 1m30s left."))
        #expect(page.contains("loss=rll seed=2"))
        #expect(page.contains("<span class=\"where\">starting</span>"))
        recorder.end()
        #expect(await text("experiment", [("name", "memorization")]).contains("1 run: 1 finished."))
    }

    @Test func anExperimentHasCurvesOfRunsThatAreNotFinished() async throws {
        try place.run(seed: 1, values: [10, 20, 30], status: nil)
        let page = await text("experiment", [("name", "memorization")])
        #expect(page.contains("<svg class=\"panel\""))
        #expect(page.contains("J1 ends at 30.0."))
        #expect(page.contains("Runs that have not finished are drawn as far as they came: 1 unfinished."))
    }

    @Test func aFigureIsWhatTheAddressAsksFor() async throws {
        for seed in 1...2 {
            for loss in ["cce", "rll"] { try place.run(loss: loss, seed: seed, values: [10, 20, Double(30 + seed)]) }
        }
        let page = await text("experiment", [("name", "memorization"), ("y", "j2"), ("x", "loss"), ("band", "sd")])
        #expect(page.contains("<h2>J2 by loss</h2>"))
        #expect(page.contains("mean ± sample standard deviation"))
        let bad = await text("experiment", [("name", "memorization"), ("y", "j9")])
        #expect(
            bad.contains(
                "<p class=\"fault\">there is no metric &#39;j9&#39;: did you mean &#39;j1&#39;?"))
        // The rest of the page is there.
        #expect(bad.contains("<h2>Runs</h2>"))
    }

    @Test func theListIsFilteredAndSorted() async throws {
        for seed in 1...3 { try place.run(seed: seed, values: [Double(10 * seed)]) }
        let page = await text("runs", [("where", "seed > 1"), ("sort", "-j1")])
        #expect(page.contains("<p class=\"lead\">2 runs</p>"))
        let (third, second) = (page.range(of: "seed3"), page.range(of: "seed2"))
        #expect(try #require(third).lowerBound < #require(second).lowerBound)
        #expect(!page.contains("seed1"))
        let bad = await text("runs", [("where", "seed >")])
        #expect(bad.contains("the condition cannot be read: expected a number or a text"))
    }

    @Test func aRunShowsItsScriptAndLog() async throws {
        let texts = TextStore(runsDirectory: place.url)
        let hash = try texts.keep("local x = 1 -- one\nreturn \"<b>\"\n")
        let run = try place.run(parts: ["script": ["name": "mine.lua", "sha256": .string(hash)]])
        RunLog.append(.warning, "the <i>loss</i> grows", to: run)
        let page = await text("run", [("id", RunStore.identifier(of: run))])
        #expect(page.contains("<span class=\"k-word\">local</span> x = <span class=\"k-number\">1</span>"))
        #expect(page.contains("<span class=\"k-comment\">-- one</span>"))
        #expect(page.contains("<span class=\"k-text\">&quot;&lt;b&gt;&quot;</span>"))
        #expect(page.contains("warning the &lt;i&gt;loss&lt;/i&gt; grows"))
        #expect(!page.contains("<i>loss"))
    }

    @Test func aLoopOfOnesOwnHasNoNumberOfEpochsToCome() async throws {
        let own = try place.run(epochs: 0)
        let other = try place.run(seed: 2, epochs: 10)
        #expect(await text("run", [("id", RunStore.identifier(of: own))]).contains("<dt>epochs</dt><dd>2</dd>"))
        #expect(await text("run", [("id", RunStore.identifier(of: other))]).contains("<dt>epochs</dt><dd>2 of 10</dd>"))
    }

    @Test func twoRunsAreComparedWithTheirScripts() async throws {
        let texts = TextStore(runsDirectory: place.url)
        func run(_ seed: Int, _ text: String) throws -> String {
            let script: JSONValue = ["name": "mine.lua", "sha256": .string(try texts.keep(text))]
            return RunStore.identifier(of: try place.run(seed: seed, values: [Double(seed)], parts: ["script": script]))
        }
        let ids = [try run(1, "local a = 1\nreturn a\n"), try run(2, "local a = 2\nreturn a\n")]
        let page = await text("compare", ids.map { ("id", $0) })
        #expect(page.contains("<span class=\"removed\">-local a = 1</span>"))
        #expect(page.contains("<span class=\"added\">+local a = 2</span>"))
        #expect(page.contains("<tr><th scope=\"row\">j1</th><td class=\"text\">1.0</td><td class=\"text\">2.0</td>"))
        let one = await site.answer(LiveRequest("compare", [("id", ids[0])]))
        #expect(one.status == 500)
        #expect(String(decoding: one.body, as: UTF8.self).contains("two runs or more are needed"))
    }

    @Test func hostileNamesAreText() async throws {
        let name = "<script>document.title='acted'</script>\"'&"
        let run = try place.run(
            name, loss: "<img src=x onerror=alert(1)>", status: .failed, message: "</pre><script>alert(2)</script>")
        let id = RunStore.identifier(of: run)
        let asked: [(String, [(name: String, value: String)])] = [
            ("", []), ("runs", []), ("runs", [("where", "a = '\"><script>'"), ("sort", "\"><script>")]),
            ("experiment", [("name", name)]), ("run", [("id", id)]), ("<script>", []),
            ("experiment", [("name", "<script>")]),
            ("experiment", [("name", name), ("y", "<script>"), ("x", "<script>")]),
        ]
        for (path, fields) in asked {
            let page = await text(path, fields)
            #expect(!page.contains("<script>"), "\(path)")
            #expect(!page.contains("<img src=x"), "\(path)")
        }
    }

    @Test func whatIsNotThereIsSaid() async {
        let page = await site.answer(LiveRequest("nowhere"))
        #expect(page.status == 404)
        let run = await site.answer(LiveRequest("run", [("id", "../../etc")]))
        #expect(run.status == 500)
        #expect(await site.answer(LiveRequest("picture", [("id", "a"), ("n", "1")])).status == 404)
    }

    @Test func aPageIsToldWhatChangesAndNothingElse() async throws {
        let run = try place.run(values: [10], status: nil)
        let stream = LiveStream(
            site: site, request: LiveRequest("events", [("page", "experiment"), ("name", "memorization")]))
        #expect(site.openStreams == 1)
        func next() async throws -> String { String(decoding: try await stream.next() ?? [], as: UTF8.self) }
        #expect(try await next() == "retry: 1000\nevent: beat\ndata: 1\n\n")
        // One that has seen nothing is told all parts.
        let first = try await next()
        for part in ["state", "figures", "table", "runs-0"] { #expect(first.contains("\"part\":\"\(part)\"")) }
        #expect(first.contains("J1 ends at 10.0."))
        let writer = try run.metricsWriter(columns: ["j1", "j2"], keepingEpochs: 1)
        try writer.append(epoch: 2, ["j1": 47, "j2": 48])
        let start = ContinuousClock.now
        var news = try await next()
        while news == "event: beat\ndata: 1\n\n" { news = try await next() }
        #expect(start.duration(to: .now) < .seconds(60))
        #expect(news.contains("J1 ends at 47.0."))
        #expect(!news.contains("\"part\":\"table\""))
        site.end()
        #expect(try await next() == "event: end\ndata: 1\n\n")
        #expect(try await stream.next() == nil)
    }

    @Test func aPageThatWasJustSentIsNotSentAgain() async throws {
        try place.run()
        let page = await text("experiment", [("name", "memorization")])
        let seen = try #require(page.firstMatch(of: /&amp;seen=([0-9a-f]+)"/)?.1)
        let stream = LiveStream(
            site: site,
            request: LiveRequest(
                "events", [("page", "experiment"), ("name", "memorization"), ("seen", String(seen))]))
        _ = try await stream.next()
        #expect(String(decoding: try await stream.next() ?? [], as: UTF8.self) == "event: beat\ndata: 1\n\n")
    }

    @Test func suspiciousSamplesComeWithTheirPictures() async throws {
        let run = try place.run(parts: [
            "ledger": ["prediction", "loss"], "class_names": ["cat", "dog"],
        ])
        try Data("index,true,given\n0,0,0\n1,1,0\n2,1,1\n".utf8).write(to: run.labelsURL)
        let ledger = try ArrayLog(run.ledgerURL, shape: [3, 2], element: .float32)
        let row: [Float] = [0, 0.1, 1, 4, 1, 0.2]
        try row.withUnsafeBytes { try ledger.append($0, at: 0) }
        let picture = Data([0x89, 0x50])
        let site = try LiveSite(place.url) { _, positions in
            #expect(positions == [1, 2, 0])
            return positions.map { _ in picture }
        }
        let id = RunStore.identifier(of: run)
        var page = ""
        for _ in 0..<500 where !page.contains("<img") {
            page = String(decoding: await site.answer(LiveRequest("run", [("id", id)])).body, as: UTF8.self)
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(
            page.contains(
                "<dt>sample</dt><dd>1</dd><dt>given</dt><dd>cat</dd><dt>true</dt><dd class=\"wrong\">dog</dd>"))
        #expect(await site.answer(LiveRequest("picture", [("id", id), ("n", "1")])).body == picture)
    }
}
