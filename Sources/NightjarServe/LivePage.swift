// What all pages have in common.

import NightjarRuns

/// A part of a page that changes while one looks at it.
package struct LivePart: Sendable, Equatable {
    /// The identifier of its element.
    package let name: String
    package let html: String
    /// The element around it.
    let tag: String

    init(_ name: String, _ html: String, tag: String = "div") {
        self.name = name
        self.html = html
        self.tag = tag
    }
}

/// A page: what stands once, and the parts that are told anew when they change.
struct LivePage: Sendable {
    enum Item: Sendable {
        case fixed(String)
        case part(LivePart)
    }

    let title: String
    let items: [Item]
    /// Whether something on it goes on by itself.
    var isGoing = false
    var status = 200

    var parts: [LivePart] { items.compactMap { if case .part(let part) = $0 { part } else { nil } } }

    /// Says what is wrong, in the place of a page.
    static func fault(_ message: String, status: Int = 500) -> LivePage {
        LivePage(
            title: "Cannot be shown",
            items: [
                .fixed(
                    "<h1>This cannot be shown</h1>\n<pre class=\"fault\">\(HTML.escape(message, most: 20_000))</pre>")
            ], status: status)
    }

    /// - Parameter request: of which this is the page; it is followed where something on it can change.
    func html(_ request: LiveRequest) -> String {
        let body = items.map { item -> String in
            switch item {
            case .fixed(let html): html
            case .part(let part): "<\(part.tag) id=\"\(part.name)\">\(part.html)</\(part.tag)>"
            }
        }
        let follow = parts.isEmpty ? "" : " data-events=\"\(HTML.escape(events(request)))\""
        func link(_ path: String, _ text: String) -> String {
            let isHere = request.path == path
            return "<a href=\"\(path.isEmpty ? "./" : path)\"\(isHere ? " aria-current=\"page\"" : "")>\(text)</a>"
        }
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(HTML.escape(title)) – Nightjar</title>
            <link rel="icon" href="icon.svg">
            <link rel="stylesheet" href="page.css">
            <script src="page.js" defer></script>
            </head>
            <body\(follow)>
            <a class="skip" href="#main">To the content</a>
            <header><nav aria-label="Pages"><b>Nightjar</b> \(link("", "Experiments")) \(link("runs", "Runs"))</nav>
            <p id="link" role="status"></p></header>
            <main id="main">
            \(body.joined(separator: "\n"))
            </main>
            <p id="said" role="status" class="unseen"></p>
            </body>
            </html>

            """
    }

    private func events(_ request: LiveRequest) -> String {
        LiveLink.to(
            "events", [("page", request.path)] + request.fields + [("seen", LivePage.sum(parts))])
    }

    /// By which a page that was just sent is told from another, while this program runs.
    static func sum(_ parts: [LivePart]) -> String {
        var hasher = Hasher()
        for part in parts {
            hasher.combine(part.name)
            hasher.combine(part.html)
        }
        return String(UInt(bitPattern: hasher.finalize()), radix: 16)
    }
}

/// Addresses of pages, from one to another.
enum LiveLink {
    static func to(_ path: String, _ fields: [(name: String, value: String)] = []) -> String {
        let query = fields.map { "\(encoded($0.name))=\(encoded($0.value))" }
        return query.isEmpty ? path : path + "?" + query.joined(separator: "&")
    }

    /// What stands for itself in an address (RFC 3986, section 2.3) as it is, the bytes of everything else as numbers.
    private static func encoded(_ text: String) -> String {
        if text.utf8.allSatisfy(isPlain) { return text }
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if isPlain(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// A link, safe in HTML.
    static func link(_ text: String, _ path: String, _ fields: [(name: String, value: String)] = []) -> String {
        "<a href=\"\(HTML.escape(to(path, fields), most: 20_000))\">\(HTML.escape(text))</a>"
    }
}

/// Pieces of pages.
enum LiveHTML {
    /// Names and values.
    static func list(_ entries: [(name: String, value: String)]) -> String {
        let items = entries.map {
            "<dt>\(HTML.escape($0.name))</dt><dd>\(HTML.escape($0.value, most: 20_000))</dd>"
        }
        return "<dl>\(items.joined(separator: "\n"))</dl>"
    }

    static func option(_ value: String, _ text: String, isChosen: Bool) -> String {
        "<option value=\"\(HTML.escape(value))\"\(isChosen ? " selected" : "")>\(HTML.escape(text))</option>"
    }

    static func hidden(_ name: String, _ value: String) -> String {
        "<input type=\"hidden\" name=\"\(HTML.escape(name))\" value=\"\(HTML.escape(value, most: 20_000))\">"
    }

    static func count(_ number: Int, _ one: String, _ several: String) -> String {
        "\(number) \(number == 1 ? one : several)"
    }
}
