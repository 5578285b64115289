// The fonts that every reader of PDF has: which character is which byte, and how wide it is.

/// Three of the fourteen standard fonts of PDF (ISO 32000-1, 9.6.2.2), with the widths of Adobe's font metrics, in
/// thousandths of the size.
enum Helvetica {
    enum Font: String, CaseIterable {
        case regular = "Helvetica"
        case bold = "Helvetica-Bold"
        case symbol = "Symbol"
    }

    /// A piece of text in one font.
    struct Run: Equatable {
        let font: Font
        var bytes: [UInt8]
    }

    /// Text as pieces: Latin letters in Helvetica (WinAnsiEncoding), Greek ones and signs in Symbol; `?` for what neither
    /// has.
    static func runs(_ text: String, isBold: Bool) -> [Run] {
        var runs: [Run] = []
        for scalar in text.unicodeScalars {
            let (font, byte) = code(scalar, isBold: isBold)
            if runs.last?.font == font {
                runs[runs.count - 1].bytes.append(byte)
            } else {
                runs.append(Run(font: font, bytes: [byte]))
            }
        }
        return runs
    }

    /// In units of the size 1.
    static func width(_ text: String, isBold: Bool) -> Double {
        runs(text, isBold: isBold).reduce(0) { sum, run in
            sum + Double(run.bytes.reduce(0) { $0 + width($1, run.font) }) / 1000
        }
    }

    private static func code(_ scalar: Unicode.Scalar, isBold: Bool) -> (Font, UInt8) {
        let latin = isBold ? Font.bold : .regular
        if (0x20...0x7E).contains(scalar.value) || (0xA1...0xFF).contains(scalar.value) {
            return (latin, UInt8(scalar.value))
        }
        if let byte = windows[scalar] { return (latin, byte) }
        if let sign = symbols[scalar] { return (.symbol, sign.byte) }
        return (latin, UInt8(ascii: "?"))
    }

    static func width(_ byte: UInt8, _ font: Font) -> Int {
        if font == .symbol { return symbolWidths[byte] ?? 549 }
        let widths = font == .bold ? boldWidths : regularWidths
        if (0x20...0x7E).contains(byte) { return widths[Int(byte) - 0x20] }
        if let known = otherWidths[byte] { return font == .bold ? known.bold : known.regular }
        // Letters with accents are as wide as without.
        if let base = bases[byte] { return widths[Int(base) - 0x20] }
        return 556
    }

    /// What WinAnsiEncoding has beyond Latin 1.
    private static let windows: [Unicode.Scalar: UInt8] = [
        "\u{A0}": 0x20, "€": 0x80, "‚": 0x82, "ƒ": 0x83, "„": 0x84, "…": 0x85, "†": 0x86, "‡": 0x87, "ˆ": 0x88,
        "‰": 0x89, "Š": 0x8A, "‹": 0x8B, "Œ": 0x8C, "Ž": 0x8E, "‘": 0x91, "’": 0x92, "“": 0x93, "”": 0x94, "•": 0x95,
        "–": 0x96, "—": 0x97, "˜": 0x98, "™": 0x99, "š": 0x9A, "›": 0x9B, "œ": 0x9C, "ž": 0x9E, "Ÿ": 0x9F,
    ]

    private static let symbols: [Unicode.Scalar: (byte: UInt8, width: Int)] = [
        "Α": (0x41, 722), "Β": (0x42, 667), "Χ": (0x43, 722), "Δ": (0x44, 612), "Ε": (0x45, 611), "Φ": (0x46, 763),
        "Γ": (0x47, 603), "Η": (0x48, 722), "Ι": (0x49, 333), "Κ": (0x4B, 722), "Λ": (0x4C, 686), "Μ": (0x4D, 889),
        "Ν": (0x4E, 722), "Ο": (0x4F, 722), "Π": (0x50, 768), "Θ": (0x51, 741), "Ρ": (0x52, 556), "Σ": (0x53, 592),
        "Τ": (0x54, 611), "Υ": (0x55, 690), "Ω": (0x57, 768), "Ξ": (0x58, 645), "Ψ": (0x59, 795), "Ζ": (0x5A, 611),
        "α": (0x61, 631), "β": (0x62, 549), "χ": (0x63, 549), "δ": (0x64, 494), "ε": (0x65, 439), "φ": (0x66, 521),
        "γ": (0x67, 411), "η": (0x68, 603), "ι": (0x69, 329), "κ": (0x6B, 549), "λ": (0x6C, 549), "μ": (0x6D, 576),
        "ν": (0x6E, 521), "ο": (0x6F, 549), "π": (0x70, 549), "θ": (0x71, 521), "ρ": (0x72, 549), "σ": (0x73, 603),
        "τ": (0x74, 439), "υ": (0x75, 576), "ω": (0x77, 686), "ξ": (0x78, 493), "ψ": (0x79, 686), "ζ": (0x7A, 494),
        "−": (0x2D, 549), "≤": (0xA3, 549), "∞": (0xA5, 713), "→": (0xAE, 987), "≥": (0xB3, 549), "≠": (0xB9, 549),
        "≈": (0xBB, 549), "∈": (0xCE, 713), "√": (0xD6, 549), "∑": (0xE5, 713), "∂": (0xB6, 494),
    ]
    private static let symbolWidths = Dictionary(symbols.values.map { ($0.byte, $0.width) }) { first, _ in first }

    /// From the space to the tilde.
    private static let regularWidths = [
        278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556,
        556,
        556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556,
        833,
        722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500,
        556,
        556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500,
        334,
        260, 334, 584,
    ]
    private static let boldWidths = [
        278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556,
        556,
        556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611,
        833,
        722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556,
        611,
        556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500,
        389,
        280, 389, 584,
    ]

    /// Signs beyond ASCII whose widths are not those of digits.
    private static let otherWidths: [UInt8: (regular: Int, bold: Int)] = [
        0x82: (222, 278), 0x84: (333, 500), 0x85: (1000, 1000), 0x88: (333, 333), 0x89: (1000, 1000), 0x8B: (333, 333),
        0x8C: (1000, 1000), 0x91: (222, 278), 0x92: (222, 278), 0x93: (333, 500), 0x94: (333, 500), 0x95: (350, 350),
        0x97: (1000, 1000), 0x98: (333, 333), 0x99: (1000, 1000), 0x9B: (333, 333), 0x9C: (944, 944),
        0xA1: (333, 333), 0xA6: (260, 280), 0xA8: (333, 333), 0xA9: (737, 737), 0xAA: (370, 370), 0xAC: (584, 584),
        0xAD: (333, 333), 0xAE: (737, 737), 0xAF: (333, 333), 0xB0: (400, 400), 0xB1: (584, 584), 0xB2: (333, 333),
        0xB3: (333, 333), 0xB4: (333, 333), 0xB5: (556, 611), 0xB6: (537, 556), 0xB7: (278, 278), 0xB8: (333, 333),
        0xB9: (333, 333), 0xBA: (365, 365), 0xBC: (834, 834), 0xBD: (834, 834), 0xBE: (834, 834), 0xBF: (611, 611),
        0xC6: (1000, 1000), 0xD0: (722, 722), 0xD7: (584, 584), 0xD8: (778, 778), 0xDE: (667, 667), 0xDF: (611, 611),
        0xE6: (889, 889), 0xEC: (278, 278), 0xED: (278, 278), 0xEE: (278, 278), 0xEF: (278, 278), 0xF0: (556, 611),
        0xF7: (584, 584), 0xF8: (611, 611), 0xFE: (556, 611),
    ]

    /// The letters below accents in Latin 1 and in what WinAnsiEncoding adds.
    private static let bases: [UInt8: UInt8] = {
        var bases: [UInt8: UInt8] = [:]
        for (letters, base) in [
            (Array(0xC0...0xC5) as [UInt8], "A"), ([0xC7], "C"), (Array(0xC8...0xCB), "E"), (Array(0xCC...0xCF), "I"),
            ([0xD1], "N"), (Array(0xD2...0xD6), "O"), (Array(0xD9...0xDC), "U"), ([0xDD, 0x9F], "Y"),
            (Array(0xE0...0xE5), "a"), ([0xE7], "c"), (Array(0xE8...0xEB), "e"), ([0xF1], "n"),
            (Array(0xF2...0xF6), "o"), (Array(0xF9...0xFC), "u"), ([0xFD, 0xFF], "y"), ([0x8A], "S"), ([0x9A], "s"),
            ([0x8E], "Z"), ([0x9E], "z"),
        ] as [([UInt8], String)] {
            for letter in letters { bases[letter] = base.utf8.first }
        }
        return bases
    }()
}
