// Files of JSON that carry the sum of their own text.

import Foundation

/// An object with a `checksum` among its entries: ``Checksum`` of the whole text, with sixteen zeros in its own place.
///
/// A single bit that was flipped is found, also one that JSON does not mind (`1e5` and `1E5`). It finds damage and slips, not
/// forgery.
enum SummedJSON {
    static let key = "checksum"
    private static let nothing = String(repeating: "0", count: 16)

    /// The text of a file: keys sorted, numbers in shortest form.
    static func text(_ entries: [String: JSONValue]) -> String {
        var entries = entries
        entries[key] = .string(nothing)
        var data = Data(JSONValue.object(entries).text().utf8)
        guard let place = place(in: data) else { return String(decoding: data, as: UTF8.self) }
        data.replaceSubrange(place, with: Data(sum(of: data, place).utf8))
        return String(decoding: data, as: UTF8.self)
    }

    /// Whether a text is the one that was written. One without a sum, of an older run, is as good as its word.
    /// - Parameter json: what the text says.
    static func isWhole(_ data: Data, _ json: JSONValue) -> Bool {
        guard case .object(let entries) = json else { return false }
        guard let known = entries[key]?.stringValue else {
            // A flipped bit of the name leaves the sum under another.
            return !entries.values.contains { isSum($0.stringValue ?? "") }
        }
        guard let place = place(in: data) else { return false }
        return data[place].elementsEqual(known.utf8) && sum(of: data, place) == known
    }

    private static func isSum(_ text: String) -> Bool {
        text.utf8.count == nothing.utf8.count && text.allSatisfy { $0.isHexDigit && !$0.isUppercase }
    }

    /// Where the sum stands: no entry further inside begins with so few spaces.
    private static func place(in data: Data) -> Range<Data.Index>? {
        guard let name = data.range(of: Data("\n  \"\(key)\": \"".utf8)),
            data.endIndex - name.upperBound > nothing.utf8.count
        else { return nil }
        return name.upperBound..<name.upperBound + nothing.utf8.count
    }

    private static func sum(of data: Data, _ place: Range<Data.Index>) -> String {
        var sum = Checksum()
        sum.add(data[..<place.lowerBound])
        sum.add(nothing)
        sum.add(data[place.upperBound...])
        return sum.text
    }
}
