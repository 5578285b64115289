// Whether a report is the one that was written.

import Foundation
import NightjarTensor

/// The checksum of a report, in a comment behind the page: a number that was changed by hand is found. It finds damage and
/// slips, not forgery.
public enum ReportSum {
    private static let head = "<!-- checksum "
    private static let end = " -->\n"

    /// A page with its sum.
    static func sealed(_ html: String) -> String {
        var sum = Checksum()
        sum.add(html)
        return html + head + sum.text + end
    }

    /// Looks whether a report is as it was written.
    /// - Throws: `RunError` where it is not, and where it carries no sum.
    public static func check(_ url: URL) throws {
        let text = try FileReason.readText(url)
        guard let place = text.range(of: head, options: .backwards) else {
            throw RunError(
                "\(url.path): it carries no checksum: it was changed, or made before reports had one\n"
                    + "  the command that made it makes it anew")
        }
        guard sealed(String(text[..<place.lowerBound])) == text else {
            throw RunError(
                "\(url.path): this is not what was written: the file was changed or is damaged\n"
                    + "  the command that made it makes it anew")
        }
    }
}
