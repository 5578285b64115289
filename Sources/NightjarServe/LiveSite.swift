// The pages: what is asked by path, and the work of it away from the threads that serve.

import Foundation
import NightjarRuns
import Synchronization

/// All that can be looked at. It holds nothing but what it has read of the folders, and reads that again where it has
/// changed.
package final class LiveSite: Sendable {
    let store: RunStore
    let cache = RunCache()
    private let samples: LiveSamples
    private let ending = Atomic(false)
    private let streams = Atomic(0)
    private let looked = Mutex<(at: ContinuousClock.Instant, sum: Int)?>(nil)
    private let known = Mutex<(sum: Int, records: [RunRecord])?>(nil)
    /// Who waits for a large page keeps nobody from a small one.
    private let queue = DispatchQueue(label: "nightjar.serve", attributes: .concurrent)

    /// - Parameter pictures: draws samples of a run; nil: samples are listed without pictures.
    /// - Throws: `RunError` where there is no such folder.
    package init(_ runs: URL, pictures: SamplePictures? = nil) throws {
        store = try RunStore(reading: runs)
        samples = LiveSamples(pictures)
    }

    /// Whether streams are to end.
    package var isEnding: Bool { ending.load(ordering: .relaxed) }
    package func end() { ending.store(true, ordering: .relaxed) }

    /// Pages that are followed at the moment.
    package var openStreams: Int { streams.load(ordering: .relaxed) }
    func opened() { streams.wrappingAdd(1, ordering: .relaxed) }
    func closed() { streams.wrappingSubtract(1, ordering: .relaxed) }

    /// Answers a question; a fault is a page that says so.
    package func answer(_ request: LiveRequest) async -> LiveAnswer { await work { self.answered(request) } }

    /// A page that is followed.
    /// - Returns: with the time of a processor that it took to make; nil where nothing has changed since the sum was told
    ///   that is given.
    func look(_ request: LiveRequest, unless sum: Int?) async -> (sum: Int, page: LivePage, cost: Duration)? {
        await work {
            let start = LiveSite.processorTime
            do {
                let now = try self.sum(request)
                if now == sum { return nil }
                let page = self.page(request)
                return (now, page, LiveSite.processorTime - start)
            } catch {
                return (0, LivePage.fault("\(error)"), .zero)
            }
        }
    }

    /// What this thread has worked; waiting for a turn on a busy machine does not count.
    private static var processorTime: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }

    private func work<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: body()) }
        }
    }

    /// What a run's ledger says of its labels, with pictures as they come.
    func suspicious(_ record: RunRecord) -> String { samples.html(record, store) }

    // MARK: What is asked

    private func answered(_ request: LiveRequest) -> LiveAnswer {
        switch request.path {
        case "page.css": return LiveAnswer(200, .css, LiveStyle.css)
        case "page.js": return LiveAnswer(200, .javascript, LiveScript.javascript)
        case "icon.svg": return LiveAnswer(200, .svg, LiveStyle.icon)
        case "picture":
            guard let picture = samples.picture(request["id"] ?? "", request["n"] ?? "") else {
                return LiveAnswer(404, .text, "there is no such picture\n")
            }
            return LiveAnswer(200, .png, picture)
        default:
            let page = page(request)
            return LiveAnswer(page.status, .html, page.html(request))
        }
    }

    private func page(_ request: LiveRequest) -> LivePage {
        do {
            _ = try runsSum()
            switch request.path {
            case "": return try ExperimentsPage(site: self).page()
            case "experiment": return try ExperimentPage(site: self, request: request).page()
            case "runs": return try RunsPage(site: self, request: request).page()
            case "run": return try RunPage(site: self, request: request).page()
            case "compare": return try ComparePage(site: self, request: request).page()
            default: return LivePage.fault("there is no page '\(request.path)'", status: 404)
            }
        } catch {
            return LivePage.fault("\(error)")
        }
    }

    /// A number that is another where the page of a request may read differently.
    private func sum(_ request: LiveRequest) throws -> Int {
        var hasher = Hasher()
        hasher.combine(try runsSum())
        if request.path == "run", let id = request["id"] {
            hasher.combine(samples.sum(id))
            var facts = stat()
            if !id.contains(".."), stat(store.folder(of: id).appendingPathComponent("log.txt").path, &facts) == 0 {
                hasher.combine(facts.st_size)
            }
        }
        return hasher.finalize()
    }

    /// All runs, as the folders are now.
    func records() throws -> [RunRecord] {
        let sum = try runsSum()
        if let known = known.withLock({ $0 }), known.sum == sum { return known.records }
        let records = try store.runs()
        known.withLock { $0 = (sum, records) }
        return records
    }

    /// Looks at the folders, once for all who ask at the same time.
    private func runsSum() throws -> Int {
        try looked.withLock { looked in
            if let looked, looked.at.duration(to: .now) < .milliseconds(100) { return looked.sum }
            let sum = try store.follow()
            looked = (.now, sum)
            return sum
        }
    }
}
