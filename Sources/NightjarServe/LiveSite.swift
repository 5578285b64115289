// The pages: what is asked by path, and the work of it away from the threads that serve.

import Foundation
import NightjarRuns
import Synchronization

/// A part of a page that changes while one looks at it.
package struct LivePart: Sendable, Equatable {
    /// The identifier of its element.
    package let name: String
    package let html: String
}

/// All that can be looked at. It holds nothing but what it has read of the folders, and reads that again where it has
/// changed.
package final class LiveSite: Sendable {
    let store: RunStore
    private let ending = Atomic(false)
    private let streams = Atomic(0)
    /// Two at a time: who waits for a large page keeps nobody from a small one.
    private let queue = DispatchQueue(label: "nightjar.serve", attributes: .concurrent)

    /// - Throws: `RunError` where there is no such folder.
    package init(_ runs: URL) throws {
        store = try RunStore(reading: runs)
    }

    /// Whether streams are to end.
    package var isEnding: Bool { ending.load(ordering: .relaxed) }
    package func end() { ending.store(true, ordering: .relaxed) }

    /// Pages that are followed at the moment.
    package var openStreams: Int { streams.load(ordering: .relaxed) }
    func opened() { streams.wrappingAdd(1, ordering: .relaxed) }
    func closed() { streams.wrappingSubtract(1, ordering: .relaxed) }

    /// Answers a question; a fault is a page that says so.
    package func answer(_ request: LiveRequest) async -> LiveAnswer {
        await work { self.answered(request) }
    }

    /// The parts of the page that was asked for, as they are now.
    package func parts(_ request: LiveRequest) async -> [LivePart] {
        await work { self.made(request)?.parts ?? [] }
    }

    private func work<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: body()) }
        }
    }

    private func answered(_ request: LiveRequest) -> LiveAnswer {
        guard let page = made(request) else {
            return LiveAnswer(404, .text, "there is no such page\n")
        }
        return LiveAnswer(page.status, .html, page.html)
    }

    /// The page of a request; nil where there is none.
    private func made(_ request: LiveRequest) -> LivePage? {
        do {
            try store.refresh()
            switch request.path {
            case "", "runs": return try RunsPage(site: self, request: request).page
            default: return nil
            }
        } catch {
            return LivePage.fault("\(error)")
        }
    }
}
