// What all pages have in common.

import NightjarRuns

/// A page: what stands once, and the parts that are told anew when they change.
struct LivePage {
    let title: String
    let parts: [LivePart]
    var status = 200

    /// Says what is wrong, in the place of a page.
    static func fault(_ message: String) -> LivePage {
        LivePage(
            title: "Cannot be shown",
            parts: [LivePart(name: "fault", html: "<h1>Cannot be shown</h1><pre>\(HTML.escape(message))</pre>")],
            status: 500)
    }

    var html: String {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(HTML.escape(title)) · Nightjar</title>
        </head>
        <body>
        <main>
        \(parts.map { "<div id=\"\($0.name)\">\($0.html)</div>" }.joined(separator: "\n"))
        </main>
        </body>
        </html>

        """
    }
}
