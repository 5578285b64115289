// What is asked of the live page and what comes back, without any protocol.

import Foundation

/// A question: the path below the token, and what stands behind the question mark.
package struct LiveRequest: Sendable, Equatable {
    /// `experiment`; empty for the first page.
    package let path: String
    /// In the order in which they were asked.
    let fields: [(name: String, value: String)]

    package init(_ path: String, _ fields: [(name: String, value: String)] = []) {
        self.path = path
        self.fields = fields
    }

    /// The first value of a field; nil where it is not there, or empty.
    package subscript(_ name: String) -> String? { all(name).first }

    /// All values of a field that are not empty.
    package func all(_ name: String) -> [String] { fields.filter { $0.name == name && !$0.value.isEmpty }.map(\.value) }

    package static func == (left: LiveRequest, right: LiveRequest) -> Bool {
        left.path == right.path && left.fields.elementsEqual(right.fields) { $0 == $1 }
    }
}

/// An answer that is there as a whole.
package struct LiveAnswer: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case html = "text/html; charset=utf-8"
        case css = "text/css; charset=utf-8"
        case javascript = "text/javascript; charset=utf-8"
        case text = "text/plain; charset=utf-8"
        case csv = "text/csv; charset=utf-8"
        case svg = "image/svg+xml"
        case png = "image/png"
    }

    package let status: Int
    package let kind: Kind
    package let body: Data

    package init(_ status: Int, _ kind: Kind, _ text: String) {
        self.init(status, kind, Data(text.utf8))
    }

    package init(_ status: Int, _ kind: Kind, _ body: Data) {
        self.status = status
        self.kind = kind
        self.body = body
    }
}
