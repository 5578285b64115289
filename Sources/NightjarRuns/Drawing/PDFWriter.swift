// A picture as PDF: one page, the standard fonts, no date, so that equal pictures have equal bytes.

import NightjarProcess

/// Writes PDF 1.4 (the first with transparency) as ISO 32000-1 has it: lines, polygons, circles, text, clipping.
enum PDFWriter {
    static func file(_ drawing: Drawing, title: String) -> [UInt8] {
        var opacities: [Double] = []
        let content = page(drawing, &opacities)
        let fonts = Helvetica.Font.allCases
        // Objects by number: 1 catalog, 2 pages, 3 page, 4 contents, 5 information, then fonts and graphics states.
        let fontNumbers = fonts.indices.map { 6 + $0 }
        let stateNumbers = opacities.indices.map { 6 + fonts.count + $0 }
        let fontList = zip(fonts.indices, fontNumbers).map { "/F\($0) \($1) 0 R" }.joined(separator: " ")
        let stateList = zip(opacities.indices, stateNumbers).map { "/G\($0) \($1) 0 R" }.joined(separator: " ")
        var resources = "/Font << \(fontList) >>"
        if !opacities.isEmpty { resources += " /ExtGState << \(stateList) >>" }
        var objects = [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 \(number(drawing.width)) \(number(drawing.height))] "
                + "/Resources << \(resources) >> /Contents 4 0 R >>",
            "<< /Length \(content.utf8.count) >>\nstream\n\(content)\nendstream",
            "<< /Title \(textString(title)) /Producer (Nightjar) >>",
        ]
        for font in fonts {
            let encoding = font == .symbol ? "" : " /Encoding /WinAnsiEncoding"
            objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /\(font.rawValue)\(encoding) >>")
        }
        for opacity in opacities {
            objects.append("<< /Type /ExtGState /CA \(number(opacity)) /ca \(number(opacity)) >>")
        }
        return assembled(objects)
    }

    private static func assembled(_ objects: [String]) -> [UInt8] {
        // The comment of bytes above 127 tells programs that the file is no text.
        var bytes: [UInt8] = Array("%PDF-1.4\n%".utf8) + [0xE2, 0xE3, 0xCF, 0xD3, 0x0A]
        var offsets: [Int] = []
        for (number, object) in objects.enumerated() {
            offsets.append(bytes.count)
            bytes += Array("\(number + 1) 0 obj\n\(object)\nendobj\n".utf8)
        }
        let start = bytes.count
        var table = "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
        for offset in offsets {
            let digits = String(offset)
            table += String(repeating: "0", count: max(0, 10 - digits.count)) + digits + " 00000 n \n"
        }
        table += "trailer\n<< /Size \(objects.count + 1) /Root 1 0 R /Info 5 0 R >>\nstartxref\n\(start)\n%%EOF\n"
        return bytes + Array(table.utf8)
    }

    /// The operators that paint it. PDF's y grows upwards.
    private static func page(_ drawing: Drawing, _ opacities: inout [Double]) -> String {
        var lines = ["1 j"]
        for element in drawing.elements {
            let look = Look(element.style)
            var own: [String] = []
            if look.opacity < 1 {
                let place = opacities.firstIndex(of: look.opacity) ?? opacities.count
                if place == opacities.count { opacities.append(look.opacity) }
                own.append("/G\(place) gs")
            }
            if let clip = element.clip {
                let (x, y) = (number(clip.left), number(drawing.height - clip.bottom))
                own.append("\(x) \(y) \(number(clip.right - clip.left)) \(number(clip.bottom - clip.top)) re W n")
            }
            if let fill = look.fill { own.append("\(colour(fill)) rg") }
            if let stroke = look.stroke {
                own.append("\(colour(stroke)) RG \(number(look.width)) w")
                if !look.dashes.isEmpty { own.append("[\(look.dashes.map(number).joined(separator: " "))] 0 d") }
                if look.hasRoundEnds { own.append("1 J") }
            }
            own += shape(element.shape, look, height: drawing.height)
            lines.append("q\n" + own.joined(separator: "\n") + "\nQ")
        }
        return lines.joined(separator: "\n")
    }

    private static func shape(_ shape: Drawing.Shape, _ look: Look, height: Double) -> [String] {
        func place(_ point: Drawing.Point) -> String { "\(number(point.x)) \(number(height - point.y))" }
        let paint = look.fill == nil ? "S" : look.stroke == nil ? "f" : "B"
        switch shape {
        case .line(let start, let end): return ["\(place(start)) m \(place(end)) l S"]
        case .path(let points, let isClosed):
            guard let first = points.first else { return [] }
            // A curve is stroked and never filled, a polygon is closed.
            let rest = points.dropFirst().map { "\(place($0)) l" }
            // A curve of one point has no length; a round end would make a dot of it, as in SVG nothing is seen.
            return ["\(place(first)) m"] + rest + [(isClosed ? "h " : "") + (isClosed ? paint : "S")]
        case .circle(let centre, let radius): return circle(centre, radius, height: height) + [paint]
        case .text(let text, let point, let anchor, let size):
            return self.text(ShownText.line(text, most: 500), point, anchor, size, look, height: height)
        }
    }

    /// Four Bezier curves: off by less than 3 parts in 10,000 of the radius.
    private static func circle(_ centre: Drawing.Point, _ radius: Double, height: Double) -> [String] {
        let reach = radius * 0.552_284_749_830_793_4
        func at(_ x: Double, _ y: Double) -> String { "\(number(centre.x + x)) \(number(height - centre.y + y))" }
        return [
            "\(at(radius, 0)) m",
            "\(at(radius, reach)) \(at(reach, radius)) \(at(0, radius)) c",
            "\(at(-reach, radius)) \(at(-radius, reach)) \(at(-radius, 0)) c",
            "\(at(-radius, -reach)) \(at(-reach, -radius)) \(at(0, -radius)) c",
            "\(at(reach, -radius)) \(at(radius, -reach)) \(at(radius, 0)) c",
            "h",
        ]
    }

    private static func text(
        _ text: String, _ point: Drawing.Point, _ anchor: Drawing.Anchor, _ size: Double, _ look: Look, height: Double
    ) -> [String] {
        let width = Helvetica.width(text, isBold: look.isBold) * size
        let shift = anchor == .start ? 0 : anchor == .middle ? -width / 2 : -width
        var parts = ["BT", "\(number(point.x + shift)) \(number(height - point.y)) Td"]
        for run in Helvetica.runs(text, isBold: look.isBold) {
            let font = Helvetica.Font.allCases.firstIndex(of: run.font) ?? 0
            parts.append("/F\(font) \(number(size)) Tf <\(run.bytes.map(hex).joined())> Tj")
        }
        return parts + ["ET"]
    }

    /// A text string: UTF-16 with its mark, in hexadecimal.
    private static func textString(_ text: String) -> String {
        let units = ShownText.line(text, most: 500).utf16.map { hex(UInt8($0 >> 8)) + hex(UInt8($0 & 255)) }
        return "<FEFF\(units.joined())>"
    }

    private static func hex(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16, uppercase: true)
        return text.count < 2 ? "0" + text : text
    }

    private static func colour(_ colour: Look.Colour) -> String {
        [colour.red, colour.green, colour.blue].map { number(Double($0) / 255) }.joined(separator: " ")
    }

    /// Three decimals, no exponent, as PDF has numbers.
    private static func number(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e9 else { return "0" }
        let text = NumberText.fixed(value, decimals: 3)
        guard text.contains(".") else { return text }
        return String(String(text.reversed().drop { $0 == "0" }).drop { $0 == "." }.reversed())
    }
}
