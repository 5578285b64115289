import Foundation
import NightjarNative
import NightjarTensor
import TestLibraries
import Testing

/// What `nightjar plugins check` finds of kernels that do what they must not. Trials take the signals of bad memory and
/// share their buffers, so they run one after the other.
@Suite(.serialized) struct NativeTrialTests {
    /// What is found of an operation.
    private func finding(_ source: OneOperation) throws -> String {
        let library = try NativeLibrary(path: TestLibrary.build(text: source.text), owner: "mine")
        var fault = "nothing"
        _ = NativeTrial.run(library) { fault = $0.fault ?? fault }
        return fault
    }

    private func finding(_ body: String) throws -> String { try finding(OneOperation(body: body)) }

    @Test func aKernelThatKeepsToItsMemoryPasses() throws {
        #expect(try finding(OneOperation()) == "nothing")
        var faults: [String] = []
        let isFine = NativeTrial.run(try TestLibrary.operations.get()) { faults += $0.fault.map { [$0] } ?? [] }
        #expect(isFine)
        #expect(faults == [])
    }

    /// A dimension of 0 does not make the others any number: rows have their width.
    @Test func aShapeWithoutElementsIsAShapeAllTheSame() throws {
        let rule = """
            static const char *wide(const nightjar_shape *inputs, const double *attributes, nightjar_shape *output) {
                (void)inputs, (void)attributes;
                *output = (nightjar_shape){4, 0, {0, 2147483647, 2147483647, 2147483647}};
                return NULL;
            }
            """
        let source = OneOperation(shape: "wide", declarations: rule)
        let library = try NativeLibrary(path: TestLibrary.build(text: source.text), owner: "mine")
        let twice = try #require(library.operation("twice"))
        #expect(
            throws: NativeError("its shape rule gives a shape that no tensor has; got x (2)")
        ) { _ = try twice.resultShape([Shape([2])], attributes: []) }
    }

    @Test func writingPastTheEndIsFound() throws {
        #expect(
            try finding("for (int64_t i = 0; i <= count; i++) out[i] = 2 * in[i < count ? i : 0];")
                == "operation 'twice' \(verb("wrote")) past the end of its output (float32, inputs (1))")
    }

    @Test func writingBeforeTheBeginningIsFound() throws {
        #expect(
            try finding("for (int64_t i = 0; i < count; i++) out[i] = 2 * in[i]; out[-1] = 0;")
                == "operation 'twice' wrote before the beginning of its output (float32, inputs (1))")
    }

    @Test func readingPastTheEndIsFound() throws {
        #expect(
            try finding("for (int64_t i = 0; i < count; i++) out[i] = in[i] + in[i + 1];")
                == "operation 'twice' \(verb("read")) past the end of input 'x' (float32, inputs (1))")
    }

    @Test func writingIntoAnInputIsFound() throws {
        #expect(
            try finding("for (int64_t i = 0; i < count; i++) { out[i] = 2 * in[i]; ((char *)in)[0] = 0; }")
                == "operation 'twice' \(verb("wrote")) into input 'x', which it may only read (float32, inputs (1))")
    }

    @Test func writingWhereNoMemoryIsIsFound() throws {
        #expect(
            try finding("*(volatile int *)16 = 1;")
                == "operation 'twice' \(verb("wrote")) where there is no memory of its own (float32, inputs (1))")
    }

    @Test func whatIsLeftUnwrittenIsFound() throws {
        #expect(
            try finding("for (int64_t i = 0; i + 1 < count; i++) out[i] = 2 * in[i];")
                == "operation 'twice' leaves element 1 of its output unwritten (float32, inputs (1))")
    }

    @Test func rowsThatDependOnTheirNeighboursAreFound() throws {
        #expect(
            try finding("for (int64_t i = 0; i < count; i++) out[i] = in[i] + in[0];")
                == "operation 'twice' gives other bits at element 2 of its output when its rows come in other tiles (float32, "
                + "inputs (5))")
    }

    @Test func numbersThatChangeFromCallToCallAreFound() throws {
        var source = OneOperation(body: "for (int64_t i = 0; i < count; i++) out[i] = in[i] + calls++;")
        source.declarations = "static int calls;"
        #expect(
            try finding(source)
                == "operation 'twice' gives other bits at element 1 of its output when it is called again (float32, inputs (1))"
        )
    }

    @Test func aKernelThatEndsTheProcessIsNamed() throws {
        #expect(try finding("abort();") == "operation 'twice' called abort() (float32, inputs (1))")
        #expect(
            try finding("volatile int none = 0; out[0] = (float)(count / none);")
                == "operation 'twice' divided a whole number by 0 (float32, inputs (1))")
    }

    @Test func whatRefusesItsExamplesSaysSo() throws {
        #expect(
            try finding(#"return "no";"#)
                == "operation 'twice' refuses what it is tried with: \"no\". 'low' and 'high' of its inputs say what it takes "
                + "(float32, inputs (1))")
        var source = OneOperation()
        source.declarations = """
            static const char *never(const nightjar_shape *inputs, const double *attributes, nightjar_shape *output) {
                (void)inputs, (void)attributes, (void)output; return "not these";
            }
            """
        source.shape = "never"
        #expect(
            try finding(source)
                == "operation 'twice' refuses all shapes that it is tried with: give it 'examples'")
    }

    @Test func examplesOfItsOwnHaveToBeTaken() throws {
        func finding(_ shape: String, refuses: Bool = false) throws -> String {
            var source = OneOperation()
            source.declarations = """
                static const nightjar_shape examples[] = {\(shape)};
                __attribute__((unused)) static const char *never(
                    const nightjar_shape *inputs, const double *attributes, nightjar_shape *output) {
                    (void)inputs, (void)attributes, (void)output; return "not these";
                }
                """
            source.more = ".examples = examples, .example_count = 1"
            if refuses { source.shape = "never" }
            return try self.finding(source)
        }
        #expect(try finding("{.rank = 1, .extents = {3}}") == "nothing")
        #expect(
            try finding("{.rank = 1, .extents = {3}}", refuses: true)
                == "operation 'twice' refuses its own example 1: not these; got x (3)")
        #expect(
            try finding("{.rank = 1, .extents = {-3}}")
                == "operation 'twice' refuses its own example 1: it has shapes that no tensor has")
        #expect(
            try finding("{.rank = 2, .extents = {1 << 20, 1 << 20}}")
                == "operation 'twice': its example 1 makes a tensor of 1099511627776 elements, and one is tried with at most "
                + "16777216: give it smaller ones")
    }

    @Test func aShapeRuleThatGoesAstrayIsFound() throws {
        var source = OneOperation()
        source.declarations = """
            static const char *astray(const nightjar_shape *inputs, const double *attributes, nightjar_shape *output) {
                (void)attributes; *output = inputs[0]; *(volatile int *)16 = 1; return NULL;
            }
            """
        source.shape = "astray"
        #expect(
            try finding(source)
                == "the shape rule of operation 'twice' \(verb("wrote")) where there is no memory of its own")
    }

    // MARK: Readers and metrics

    /// What is found of a reader of one byte a sample, some part of which a test replaces.
    private func reader(
        measure: String = "samples->count = bytes[0]; if ((size_t)bytes[0] + 1 > size) return \"short\";",
        fill: String = ""
    ) throws -> String {
        let text = """
            #include <nightjar_plugin.h>
            static const char *measure(const uint8_t *bytes, size_t size, nightjar_samples *samples) {
                if (size < 1) return "short";
                samples->classes = 2; samples->type = NIGHTJAR_UINT8;
                samples->sample = (nightjar_shape){.rank = 1, .extents = {1}};
                \(measure)
                return samples->count < 1 ? "empty" : NULL;
            }
            static const char *fill(
                const uint8_t *bytes, size_t size, const nightjar_samples *samples, void *inputs, int32_t *labels) {
                (void)size;
                for (int i = 0; i < samples->count; i++) { ((uint8_t *)inputs)[i] = bytes[1 + i]; labels[i] = i % 2; }
                \(fill)
                return NULL;
            }
            static const uint8_t example[] = {3, 7, 8, 9};
            static const nightjar_reader readers[] = {{"rows", NULL, measure, fill, example, sizeof example}};
            NIGHTJAR_PLUGIN(NULL, 0, readers, 1, NULL, 0)
            """
        let library = try NativeLibrary(path: TestLibrary.build(text: text), owner: "mine")
        var fault = "nothing"
        _ = NativeTrial.run(library) { fault = $0.fault ?? fault }
        return fault
    }

    @Test func aReaderThatLooksAtTheSizePasses() throws { #expect(try reader() == "nothing") }

    @Test func aReaderThatTrustsItsFileIsFound() throws {
        #expect(
            try reader(measure: "samples->count = bytes[0];")
                == "reader 'rows' \(verb("read")) past the end of the file's bytes (its example, shortened)")
    }

    @Test func aReaderThatGivesWhatNoDataSetIsIsFound() throws {
        #expect(
            try reader(measure: "samples->count = bytes[0]; samples->classes = 1;")
                == "reader 'rows' says that its example holds what no data set is: 3 samples of rank 1 and type 3 in 1 "
                + "classes")
        #expect(
            try reader(measure: "samples->count = 1 << 30;")
                == "reader 'rows' says that its example holds 1073741824 numbers, and it is tried with at most 16777216: give "
                + "it a smaller one")
        #expect(
            try reader(fill: "labels[1] = 2;") == "reader 'rows' gives sample 2 the class 2, classes are 0 to 1")
        #expect(try reader(fill: "return \"no\";") == "reader 'rows' refuses its own example: no")
    }

    @Test func aReaderThatWritesBesideItsMemoryIsFound() throws {
        #expect(
            try reader(fill: "labels[-1] = 0;")
                == "reader 'rows' \(verb("wrote")) before the beginning of its labels (its example)")
        #expect(
            try reader(fill: "labels[samples->count] = 0;")
                == "reader 'rows' wrote outside of its labels (its example)")
        #expect(
            try reader(fill: "((uint8_t *)inputs)[samples->count] = 0;")
                == "reader 'rows' wrote outside of its inputs (its example)")
    }

    /// A damaged file is not believed: a thousand million samples that it does not have are not made room for.
    @Test func aFileThatPromisesWhatItDoesNotHoldIsNotFilled() throws {
        let promising =
            "samples->count = size == 4 && bytes[3] == 9 && bytes[0] != 3 ? 1 << 30 : bytes[0]; "
            + "if (samples->count < 256 && (size_t)bytes[0] + 1 > size) return \"short\";"
        #expect(try reader(measure: promising, fill: "if (samples->count > 1 << 24) __builtin_trap();") == "nothing")
    }

    @Test func aMetricThatGoesAstrayIsFound() throws {
        func metric(_ body: String) throws -> String {
            let text = """
                #include <nightjar_plugin.h>
                #include <stdlib.h>
                static double calls;
                static const char *mean(const nightjar_evaluation *seen, double *result) {
                    *result = 0;
                    \(body)
                    return NULL;
                }
                static const nightjar_metric metrics[] = {{"mean", NULL, mean}};
                NIGHTJAR_PLUGIN(NULL, 0, NULL, 0, metrics, 1)
                """
            let library = try NativeLibrary(path: TestLibrary.build(text: text), owner: "mine")
            var fault = "nothing"
            _ = NativeTrial.run(library) { fault = $0.fault ?? fault }
            return fault
        }
        #expect(try metric("*result = seen->logits[27];") == "nothing")
        #expect(try metric("return \"none\";") == "metric 'mean' refuses 7 samples of 4 classes: none")
        #expect(try metric("*result = calls++;") == "metric 'mean' gives another number when it is asked again")
        #expect(
            try metric("*result = seen->logits[28];") == "metric 'mean' \(verb("read")) past the end of the logits")
        #expect(
            try metric("((float *)seen->logits)[0] = 0;")
                == "metric 'mean' \(verb("wrote")) into the logits, which it may only read")
        #expect(try metric("abort();") == "metric 'mean' called abort()")
    }

    /// Only some processors tell reading from writing.
    private func verb(_ word: String) -> String {
        #if arch(x86_64)
            word
        #else
            "touched memory"
        #endif
    }
}
