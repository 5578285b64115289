// What an open page is told as it happens: the parts of it that have changed.

import Foundation
import NightjarRuns

/// Looks at the folders again and again, and tells the parts of one page that read differently than before, as
/// server-sent events: the name of the part, and its HTML in JSON.
///
/// A page that comes back after a pause is told all parts at first.
package final class LiveStream: Sendable {
    private let site: LiveSite
    private let state: State

    /// From one look to the next.
    private static let interval = Duration.milliseconds(200)
    /// However long a page takes to make.
    private static let longest = Duration.seconds(2)
    /// As long without news, a beat goes out by which both sides see that the other is there.
    private static let silence = Duration.seconds(3)

    /// - Parameter request: of events: the field `page` is the path of the page, the others are its own.
    package init(site: LiveSite, request: LiveRequest) {
        self.site = site
        let own = request.fields.filter { $0.name != "page" && $0.name != "seen" }
        state = State(LiveRequest(request["page"] ?? "", own), seen: request["seen"])
        site.opened()
    }

    deinit { site.closed() }

    /// Waits for the next news.
    /// - Returns: nil when the server ends.
    /// - Throws: `CancellationError` where the server is stopped.
    package func next() async throws -> [UInt8]? {
        // The page says that it is in touch when it has heard from here.
        if await state.begin() { return Array("retry: 1000\nevent: beat\ndata: 1\n\n".utf8) }
        var waited = Duration.zero
        while !site.isEnding {
            let news = await state.news(site)
            if !news.isEmpty { return Array(news.map(LiveStream.event).joined().utf8) }
            if waited >= LiveStream.silence { return Array("event: beat\ndata: 1\n\n".utf8) }
            try await Task.sleep(for: LiveStream.interval)
            waited += LiveStream.interval
        }
        return await state.end() ? Array("event: end\ndata: 1\n\n".utf8) : nil
    }

    private static func event(_ part: LivePart) -> String {
        let data = JSONValue.object(["part": .string(part.name), "html": .string(part.html)]).text(pretty: false)
        return "event: part\ndata: \(data)\n\n"
    }

    /// What a page has been told.
    private actor State {
        private let request: LiveRequest
        private var seen: String?
        private var hasBegun = false
        private var hasEnded = false
        private var told: [String: String] = [:]
        private var sum: Int?
        /// Whether times are shown that go on by themselves.
        private var isGoing = false
        /// When the page may be made anew, and when it was.
        private var next = ContinuousClock.now
        private var last = ContinuousClock.now

        init(_ request: LiveRequest, seen: String?) {
            self.request = request
            self.seen = seen
        }

        func begin() -> Bool {
            defer { hasBegun = true }
            return !hasBegun
        }

        func end() -> Bool {
            defer { hasEnded = true }
            return !hasEnded
        }

        func news(_ site: LiveSite) async -> [LivePart] {
            let start = ContinuousClock.now
            guard start >= next else { return [] }
            let isOld = isGoing && last.duration(to: start) >= .seconds(1)
            guard let (sum, page, cost) = await site.look(request, unless: isOld ? nil : sum) else { return [] }
            (self.sum, isGoing, last) = (sum, page.isGoing, start)
            // Large pages take a small part of the time of the machine, which has to train.
            next = .now + min(cost * 6, LiveStream.longest)
            if let seen, seen == LivePage.sum(page.parts) {
                for part in page.parts { told[part.name] = part.html }
            }
            seen = nil
            let new = page.parts.filter { told[$0.name] != $0.html }
            for part in new { told[part.name] = part.html }
            return new
        }
    }
}
