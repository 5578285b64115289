import CNative

/// What `nightjar plugins check` tries of a library: every function on memory that begins or ends at guard pages.
///
/// It takes the signals of bad memory while it runs, so it belongs into a process of its own with one thread.
public struct NativeTrial {
    public struct Finding: Equatable, Sendable {
        /// "operation 'smoothed_cce'"
        public let subject: String
        /// Nil: all is well.
        public let fault: String?
    }

    /// Tries all of it, one after the other.
    public static func run(_ library: NativeLibrary, report: (Finding) -> Void) -> Bool {
        var isFine = true
        func tell(_ subject: String, _ call: (UnsafeMutablePointer<nj_native_message>) -> Bool) {
            var message = nj_native_message()
            let passed = call(&message)
            isFine = isFine && passed
            report(Finding(subject: subject, fault: passed ? nil : text(message)))
        }
        for operation in library.operations {
            tell("operation '\(operation.name)'") { nj_native_try_operation(operation.description, $0) }
        }
        for reader in library.readers {
            tell("reader '\(reader.name)'") { nj_native_try_reader(reader.description, $0) }
        }
        for metric in library.metrics {
            tell("metric '\(metric.name)'") { nj_native_try_metric(metric.description, $0) }
        }
        return isFine
    }
}
