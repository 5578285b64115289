// What an open page is told as it happens: the parts of it that have changed.

import Foundation
import NightjarRuns

/// Looks at the folders again and again, and tells the parts of one page that read differently than before, as
/// server-sent events: the name of the part, and its HTML in JSON.
///
/// A page that comes back after a pause is told all parts at first.
final class LiveStream: Sendable {
    private let site: LiveSite
    private let request: LiveRequest
    private let state: LiveStreamState

    /// From one look to the next.
    static let interval = Duration.milliseconds(250)
    /// As long without news, a line goes out by which both sides see that the other is there.
    private static let silence = Duration.seconds(3)

    init(site: LiveSite, request: LiveRequest) {
        self.site = site
        self.request = request
        state = LiveStreamState()
        site.opened()
    }

    deinit { site.closed() }

    /// Waits for the next news.
    /// - Returns: nil when the server ends.
    /// - Throws: `CancellationError` where the server is stopped.
    func next() async throws -> [UInt8]? {
        var waited = Duration.zero
        while !site.isEnding {
            // The first look is at once: the page says that it is in touch when it has heard from here.
            if await state.begin() { return Array("retry: 1000\n: nightjar\n\n".utf8) }
            let news = await state.news(await site.parts(request))
            if !news.isEmpty { return Array(news.map(LiveStream.event).joined().utf8) }
            if waited >= LiveStream.silence { return Array(": \n\n".utf8) }
            try await Task.sleep(for: LiveStream.interval)
            waited += LiveStream.interval
        }
        return nil
    }

    private static func event(_ part: LivePart) -> String {
        let data = JSONValue.object(["part": .string(part.name), "html": .string(part.html)]).text(pretty: false)
        return "event: part\ndata: \(data)\n\n"
    }
}

/// What a page has been told.
private actor LiveStreamState {
    private var hasBegun = false
    private var told: [String: String] = [:]

    func begin() -> Bool {
        defer { hasBegun = true }
        return !hasBegun
    }

    func news(_ parts: [LivePart]) -> [LivePart] {
        let new = parts.filter { told[$0.name] != $0.html }
        for part in new { told[part.name] = part.html }
        return new
    }
}
