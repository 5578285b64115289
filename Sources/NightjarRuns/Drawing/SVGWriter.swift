// A picture as SVG: inside a page whose style sheet knows its classes, or as a file of its own.

import NightjarProcess

enum SVGWriter {
    /// The shapes for a page: classes instead of colours.
    static func elements(_ drawing: Drawing) -> [String] {
        drawing.elements.map { element in
            shape(element, attributes: "class=\"\(classes(element.style))\"", hasSizes: false)
        }
    }

    /// A whole file in points, on white.
    /// - Parameter description: for readers that do not see it.
    static func file(_ drawing: Drawing, title: String, description: String) -> String {
        let size = "width=\"\(number(drawing.width))pt\" height=\"\(number(drawing.height))pt\""
        var text = """
            <?xml version="1.0" encoding="UTF-8"?>
            <svg xmlns="http://www.w3.org/2000/svg" \(size) viewBox="0 0 \(number(drawing.width)) \(number(drawing.height))" \
            role="img" font-family="Helvetica, Arial, 'Liberation Sans', sans-serif">
            <title>\(escaped(title))</title>
            <desc>\(escaped(description))</desc>
            <rect width="100%" height="100%" fill="#ffffff"/>

            """
        var clips: [Drawing.Rectangle] = []
        for clip in drawing.elements.compactMap(\.clip) where !clips.contains(clip) {
            text +=
                "<clipPath id=\"clip\(clips.count)\"><rect x=\"\(number(clip.left))\" y=\"\(number(clip.top))\" "
                + "width=\"\(number(clip.right - clip.left))\" height=\"\(number(clip.bottom - clip.top))\"/></clipPath>\n"
            clips.append(clip)
        }
        for element in drawing.elements {
            var attributes = looks(Look(element.style))
            if let clip = element.clip, let place = clips.firstIndex(of: clip) {
                attributes += " clip-path=\"url(#clip\(place))\""
            }
            text += shape(element, attributes: attributes, hasSizes: true) + "\n"
        }
        return text + "</svg>\n"
    }

    private static func shape(_ element: Drawing.Element, attributes: String, hasSizes: Bool) -> String {
        let title = element.title.map { "<title>\(escaped($0))</title>" }
        func closed(_ name: String, _ places: String) -> String {
            guard let title else { return "<\(name) \(attributes) \(places)/>" }
            return "<\(name) \(attributes) \(places)>\(title)</\(name)>"
        }
        switch element.shape {
        case .line(let start, let end):
            return closed(
                "line",
                "x1=\"\(number(start.x))\" x2=\"\(number(end.x))\" y1=\"\(number(start.y))\" y2=\"\(number(end.y))\"")
        case .path(let points, let isClosed):
            let joined = points.map { "\(number($0.x)) \(number($0.y))" }.joined(separator: "L")
            return closed("path", "d=\"M\(joined)\(isClosed ? "Z" : "")\"")
        case .circle(let centre, let radius):
            return closed("circle", "cx=\"\(number(centre.x))\" cy=\"\(number(centre.y))\" r=\"\(number(radius))\"")
        case .text(let text, let place, let anchor, let size):
            let sized = hasSizes ? " font-size=\"\(number(size))\"" : ""
            return "<text \(attributes) x=\"\(number(place.x))\" y=\"\(number(place.y))\"\(sized) "
                + "text-anchor=\"\(anchor.rawValue)\">\(title ?? "")\(escaped(text))</text>"
        }
    }

    private static func classes(_ style: Drawing.Style) -> String {
        func colour(_ number: Int) -> String { "c\(number % ReportStyle.colourCount)" }
        switch style {
        case .grid: return "grid"
        case .axis: return "axis"
        case .line(let dash, let number): return "line \(dash.rawValue) \(colour(number))"
        case .band(let number): return "band \(colour(number))"
        case .dot(let number): return "dot \(colour(number))"
        case .overlay(let number): return "line overlay \(number.map(colour) ?? "plain")"
        case .overlayMark(let number): return "mark \(number.map(colour) ?? "plain")"
        case .tick: return "tick"
        case .label: return "label"
        case .end(let number): return "end \(colour(number))"
        case .title: return "heading"
        case .legend: return "legend"
        }
    }

    private static func looks(_ look: Look) -> String {
        var parts = ["fill=\"\(look.fill?.hex ?? "none")\""]
        if let stroke = look.stroke {
            parts.append("stroke=\"\(stroke.hex)\" stroke-width=\"\(number(look.width))\" stroke-linejoin=\"round\"")
        }
        if !look.dashes.isEmpty {
            parts.append("stroke-dasharray=\"\(look.dashes.map(number).joined(separator: " "))\"")
        }
        if look.hasRoundEnds { parts.append("stroke-linecap=\"round\"") }
        if look.opacity < 1 { parts.append("opacity=\"\(number(look.opacity))\"") }
        if look.isBold { parts.append("font-weight=\"bold\"") }
        return parts.joined(separator: " ")
    }

    /// Characters that XML does not have are shown, not written.
    private static func escaped(_ text: String) -> String { HTML.escape(ShownText.line(text, most: 500)) }

    private static func number(_ value: Double) -> String {
        let text = NumberText.fixed(value, decimals: 2)
        guard text.contains(".") else { return text }
        return String(String(text.reversed().drop { $0 == "0" }).drop { $0 == "." }.reversed())
    }
}
