// A picture as a list of shapes, which SVG and PDF are written from.

/// Shapes in the order in which they are painted, in units of which y grows downwards.
struct Drawing {
    struct Point: Equatable {
        var x: Double
        var y: Double
    }

    /// What a shape is, from which its looks follow: a page of HTML has a style sheet for it, files of their own have
    /// ``Look``.
    enum Style: Equatable {
        case grid
        case axis
        /// A curve: how it is dashed, and its colour.
        case line(Dash, Int)
        case band(Int)
        case dot(Int)
        /// What is laid over: a line or a mark that no run made; nil for one that has no colour of its own.
        case overlay(Int?)
        case overlayMark(Int?)
        case tick
        case label
        case end(Int)
        case title
        case legend
    }

    enum Dash: String, CaseIterable {
        case solid, dashed, dotted, dashdot
    }

    enum Anchor: String {
        case start, middle, end
    }

    enum Shape: Equatable {
        case line(Point, Point)
        case path([Point], isClosed: Bool)
        case circle(Point, radius: Double)
        case text(String, Point, Anchor, size: Double)
    }

    struct Element: Equatable {
        var shape: Shape
        var style: Style
        /// What a reader of the page gets to know of it.
        var title: String?
        /// A rectangle outside of which nothing of it is painted.
        var clip: Rectangle?
    }

    struct Rectangle: Equatable {
        var left: Double
        var top: Double
        var right: Double
        var bottom: Double

        func moved(_ x: Double, _ y: Double) -> Rectangle {
            Rectangle(left: left + x, top: top + y, right: right + x, bottom: bottom + y)
        }
    }

    var width: Double
    var height: Double
    var elements: [Element] = []

    mutating func add(_ shape: Shape, _ style: Style, title: String? = nil, clip: Rectangle? = nil) {
        elements.append(Element(shape: shape, style: style, title: title, clip: clip))
    }

    /// Paints another picture at a place.
    mutating func add(_ other: Drawing, x: Double, y: Double) {
        func moved(_ point: Point) -> Point { Point(x: point.x + x, y: point.y + y) }
        for element in other.elements {
            var element = element
            switch element.shape {
            case .line(let start, let end): element.shape = .line(moved(start), moved(end))
            case .path(let points, let isClosed): element.shape = .path(points.map(moved), isClosed: isClosed)
            case .circle(let centre, let radius): element.shape = .circle(moved(centre), radius: radius)
            case .text(let text, let place, let anchor, let size):
                element.shape = .text(text, moved(place), anchor, size: size)
            }
            element.clip = element.clip.map { $0.moved(x, y) }
            elements.append(element)
        }
    }
}

/// How shapes look in a file of its own: on white, in colours that are told apart in print and by most colour-blind
/// readers.
struct Look: Equatable {
    /// Red, green and blue, from 0 to 255.
    struct Colour: Equatable {
        let red: Int
        let green: Int
        let blue: Int

        init(_ number: Int) { (red, green, blue) = (number >> 16 & 255, number >> 8 & 255, number & 255) }

        var hex: String {
            "#"
                + [red, green, blue].map { part in
                    let text = String(part, radix: 16)
                    return text.count < 2 ? "0" + text : text
                }.joined()
        }
    }

    var fill: Colour?
    var stroke: Colour?
    var width = 1.0
    var opacity = 1.0
    var dashes: [Double] = []
    var hasRoundEnds = false
    var isBold = false

    /// The colours of the light page, in its order.
    private static let palette = [0x6B7280, 0x1F6FB4, 0xC77F00, 0xB3244F, 0x0D8A77, 0x7B4FB5, 0x1D2024, 0x97650F]
        .map(Colour.init)
    /// The place of the colour of text, for what means a style and no colour.
    static let black = 6
    private static let ink = Colour(0x1D2024)
    private static let muted = Colour(0x545B64)
    private static let faint = Colour(0xDEDCD6)

    static func colour(_ number: Int) -> Colour { palette[number % palette.count] }

    init(_ style: Drawing.Style) {
        switch style {
        case .grid: (stroke, width) = (Look.faint, 0.5)
        case .axis: (stroke, width) = (Look.muted, 0.5)
        case .line(let dash, let number):
            (stroke, width) = (Look.colour(number), 1.1)
            switch dash {
            case .solid: break
            case .dashed: dashes = [3.6, 2.2]
            case .dotted: (dashes, hasRoundEnds) = ([0.4, 2], true)
            case .dashdot: dashes = [4.8, 1.8, 0.9, 1.8]
            }
        case .band(let number): (fill, opacity) = (Look.colour(number), 0.16)
        case .dot(let number): fill = Look.colour(number)
        case .overlay(let number): (stroke, width, dashes) = (number.map(Look.colour) ?? Look.muted, 0.8, [1.6, 1.6])
        case .overlayMark(let number):
            (stroke, fill, width) = (number.map(Look.colour) ?? Look.muted, Colour(0xFFFFFF), 0.8)
        case .tick, .label: fill = Look.muted
        case .end(let number): (fill, isBold) = (Look.colour(number), true)
        case .title: (fill, isBold) = (Look.ink, true)
        case .legend: fill = Look.ink
        }
    }
}
