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

    @Test func aReaderThatTrustsItsFileIsFound() throws {
        let text = """
            #include <nightjar_plugin.h>
            static const char *measure(const uint8_t *bytes, size_t size, nightjar_samples *samples) {
                if (size < 1) return "short";
                samples->count = bytes[0]; samples->classes = 2; samples->type = NIGHTJAR_UINT8;
                samples->sample = (nightjar_shape){.rank = 1, .extents = {1}};
                return samples->count < 1 ? "empty" : NULL;
            }
            static const char *fill(
                const uint8_t *bytes, size_t size, const nightjar_samples *samples, void *inputs, int32_t *labels) {
                (void)size;
                for (int i = 0; i < samples->count; i++) { ((uint8_t *)inputs)[i] = bytes[1 + i]; labels[i] = i % 2; }
                return NULL;
            }
            static const uint8_t example[] = {3, 7, 8, 9};
            static const nightjar_reader readers[] = {{"rows", NULL, measure, fill, example, sizeof example}};
            NIGHTJAR_PLUGIN(NULL, 0, readers, 1, NULL, 0)
            """
        let library = try NativeLibrary(path: TestLibrary.build(text: text), owner: "mine")
        var fault: String?
        _ = NativeTrial.run(library) { fault = $0.fault }
        #expect(fault == "reader 'rows' \(verb("read")) past the end of the file's bytes (its example, shortened)")
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
