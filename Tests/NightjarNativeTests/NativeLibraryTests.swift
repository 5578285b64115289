import Foundation
import NightjarNative
import NightjarTensor
import TestLibraries
import Testing

/// What becomes of libraries that are none, of another version, or whose table does not fit together: a message each.
@Suite struct NativeLibraryTests {
    /// Why a file is not loaded.
    private func refusal(_ path: String) -> String {
        do {
            _ = try NativeLibrary(path: path, owner: "mine")
            return "it loads"
        } catch {
            return "\(error)"
        }
    }

    private func refusal(_ source: OneOperation, flags: [String] = []) throws -> String {
        refusal(try TestLibrary.build(text: source.text, flags: flags))
    }

    @Test func aLibraryTellsWhatItHas() throws {
        let library = try TestLibrary.operations.get()
        #expect(library.operations.count == 12)
        let square = try #require(library.operation("square"))
        #expect(square.title == "test.square")
        #expect(square.documentation == "scale x^2")
        #expect(square.inputs.map(\.name) == ["x"])
        #expect(square.inputs.map(\.dtype) == [nil])
        #expect(square.inputs.map(\.rowRank) == [0])
        #expect(square.attributes.map(\.name) == ["scale"])
        #expect(square.attributes[0].range == nil)
        #expect(NativeOperation.numbered(square.number) === square)
        let stepped = try #require(library.operation("stepped"))
        #expect(stepped.inputs.map(\.dtype) == [nil, .int32, .bool])
        #expect(stepped.outputType == .int32)
        let again = try NativeLibrary(path: library.path, owner: "test")
        #expect(again.operation("square") === square)
        let other = try NativeLibrary(path: library.path, owner: "other")
        #expect(other.operation("square")?.title == "other.square")
        #expect(other.operation("square")?.number != square.number)
    }

    // MARK: Files

    @Test func whatIsNoLibraryIsNotLoaded() throws {
        let folder = try TestLibrary.newFolder()
        func file(_ bytes: Data, _ name: String = "file.so") throws -> String {
            let url = folder.appendingPathComponent(name)
            try bytes.write(to: url)
            return url.path
        }
        #expect(refusal(folder.path + "/none.so") == "it cannot be read: No such file or directory")
        #expect(refusal(folder.path) == "it is not a regular file")
        #expect(refusal(try file(Data())) == "it is no shared library")
        #expect(refusal(try file(Data("return {}\n".utf8))) == "it is no shared library")
        let library = try Data(contentsOf: URL(fileURLWithPath: TestLibrary.operations.get().path))
        #expect(refusal(try file(library.prefix(64))) == "it is a damaged shared library: the file ends early")
        #expect(refusal(try file(library.prefix(5000))) == "it is a damaged shared library: the file ends early")
        var other = library
        other[18] = 0xB7 == other[18] ? 0x3E : 0xB7
        #expect(refusal(try file(other)) == "it was built for another kind of processor: build it on this machine")
        var object = library
        object[16] = 1
        #expect(refusal(try file(object)) == "it is no shared library: build it with 'cc -shared -fPIC'")
    }

    @Test func aLibraryWithoutATableIsNone() throws {
        let path = try TestLibrary.build(text: "int nothing(void) { return 0; }\n")
        #expect(
            refusal(path)
                == "it has no symbol 'nightjar_plugin': write NIGHTJAR_PLUGIN(...) of nightjar_plugin.h once in it")
        let small = try TestLibrary.build(text: "char nightjar_plugin[4] = {1};\n")
        #expect(refusal(small) == "its 'nightjar_plugin' has 4 bytes and is no table of a plugin")
    }

    @Test func aSymbolThatIsMissingIsNamed() throws {
        var source = OneOperation()
        source.declarations = "extern void somewhere_else(void);"
        source.body = "somewhere_else();"
        let message = try refusal(source)
        #expect(message == "it cannot be loaded: undefined symbol: somewhere_else")
    }

    // MARK: Versions and sizes

    @Test func anotherVersionIsRefusedWithWhatToDo() throws {
        func table(_ version: Int) -> OneOperation {
            var source = OneOperation()
            source.table = "const nightjar_plugin_table nightjar_plugin = {.version = \(version), .size = 8};"
            return source
        }
        #expect(
            try refusal(table(2))
                == "it was built for version 2 of nightjar_plugin.h, this Nightjar has version 1: it needs a newer Nightjar, "
                + "or to be built for this one")
        #expect(
            try refusal(table(0))
                == "it was built for version 0 of nightjar_plugin.h, this Nightjar has version 1: build it again")
    }

    @Test func otherSizesOfStructuresAreRefused() throws {
        let small = try TestLibrary.build(text: "const unsigned nightjar_plugin[3] = {1, 72, 8};\n")
        #expect(refusal(small) == "its 'nightjar_plugin' has 12 bytes, expected 64")
        var source = OneOperation()
        source.table = """
            const nightjar_plugin_table nightjar_plugin = {NIGHTJAR_PLUGIN_VERSION, sizeof(nightjar_plugin_table), 8,
                sizeof(nightjar_reader), sizeof(nightjar_metric), sizeof(nightjar_tile), 1, 0, 0, 0, operations};
            """
        let message = try refusal(source)
        #expect(message.hasPrefix("its nightjar_operation has 8 bytes, that of this Nightjar "))
        #expect(
            message.hasSuffix(
                ": build it with the nightjar_plugin.h that comes with this Nightjar, and no packing of structures"))
    }

    // MARK: Tables

    @Test func aTableThatDoesNotFitTogetherIsRefusedByName() throws {
        func change(_ edit: (inout OneOperation) -> Void) throws -> String {
            var source = OneOperation()
            edit(&source)
            return try refusal(source)
        }
        let names = "letters, digits and _, beginning with a letter, at most 64 of them"
        #expect(
            try change { $0.table = "NIGHTJAR_PLUGIN(NULL, 0, NULL, 0, NULL, 0)" }
                == "its table has neither operations nor readers nor metrics")
        #expect(
            try change { $0.table = "NIGHTJAR_PLUGIN(NULL, 2, NULL, 0, NULL, 0)" }
                == "its table has 2 operations and no list of them")
        #expect(
            try change { $0.table = "NIGHTJAR_PLUGIN(operations, -1, NULL, 0, NULL, 0)" }
                == "its table has -1 operations, expected 0 to 4096")
        #expect(try change { $0.name = #""two words""# } == "the name of operation 1 is \(names)")
        #expect(try change { $0.name = "NULL" } == "the name of operation 1 is \(names)")
        #expect(try change { $0.inputs = "{{NULL}}" } == "operation 'twice' has no inputs")
        #expect(
            try change { $0.inputs = #"{{"x", NIGHTJAR_INT32, 0, 0, 0}}"# }
                == "operation 'twice' needs an input of NIGHTJAR_FLOAT")
        #expect(
            try change { $0.inputs = #"{{"x", 9, 0, 0, 0}}"# }
                == "operation 'twice': input 'x' has the type 9, expected one of nightjar_type")
        #expect(
            try change { $0.inputs = #"{{"x", NIGHTJAR_FLOAT, -2, 0, 0}}"# }
                == "operation 'twice': input 'x' has the row rank -2, expected 0 to 8, or NIGHTJAR_WHOLE")
        #expect(
            try change { $0.inputs = #"{{"x", NIGHTJAR_FLOAT, 0, 3, 1}}"# }
                == "operation 'twice': input 'x' goes from 3 to 1")
        #expect(
            try change { $0.attributes = #"{{"s", NULL, 3, 0, 1}}"# }
                == "operation 'twice': attribute 's' is 3 where a script does not say, which is not in its range")
        #expect(try change { $0.attributes = #"{{"s"}, {"s"}}"# } == "operation 'twice' has the attribute 's' twice")
        #expect(
            try change { $0.outputType = "NIGHTJAR_BOOL" }
                == "operation 'twice' gives the type 4, expected NIGHTJAR_FLOAT or NIGHTJAR_INT32")
        #expect(
            try change { $0.rowRank = "9" }
                == "operation 'twice' gives the row rank 9, expected 0 to 8, or NIGHTJAR_WHOLE")
        #expect(
            try change { $0.rowRank = "NIGHTJAR_WHOLE" }
                == "operation 'twice': its result is whole, so input 'x' has to be NIGHTJAR_WHOLE as well")
        #expect(try change { $0.shape = "NULL" } == "operation 'twice' has no shape rule")
        #expect(try change { $0.float32 = "NULL" } == "operation 'twice' has no kernel for float32")
        #expect(try change { $0.float64 = "NULL" } == "operation 'twice' has no kernel for float64")
        #expect(try change { $0.more = ".nanoseconds = -1" } == "operation 'twice' takes -1 nanoseconds a row")
        #expect(
            try change { $0.more = ".example_count = 2" }
                == "operation 'twice' has 2 examples, expected 0 to 64 and a list of their shapes")
        #expect(
            try change { $0.gradients = #"{"thrice"}"# }
                == "operation 'twice': the gradient of input 'x' is 'thrice', an operation that is not there")
        #expect(
            try change { $0.gradients = #"{"", "twice"}"# }
                == "operation 'twice' has 1 inputs and a gradient for input 2")
        #expect(
            try change { $0.gradients = #"{"twice"}"# }
                == "operation 'twice': 'twice', the gradient of input 'x', does not take what a gradient gets: the gradient that "
                + "arrives, the 1 inputs, and perhaps the result, with their types and row ranks; and it gives what input 'x' is"
        )
    }

    @Test func whatScriptsCannotNameIsRefused() throws {
        let names = "letters, digits and _, beginning with a letter, at most 64 of them"
        var source = OneOperation()
        source.inputs = #"{{"x y", NIGHTJAR_FLOAT, 0, 0, 0}}"#
        #expect(try refusal(source) == "operation 'twice': the name of input 1 is \(names)")
        source = OneOperation()
        source.attributes = #"{{"s"}, {"2s"}}"#
        #expect(try refusal(source) == "operation 'twice': the name of attribute 2 is \(names)")
        func table(_ kind: String, _ first: String, _ second: String) throws -> String {
            let lists = kind == "reader" ? "NULL, 0, list, 2, NULL, 0" : "NULL, 0, NULL, 0, list, 2"
            return refusal(
                try TestLibrary.build(
                    text: """
                        #include <nightjar_plugin.h>
                        static const nightjar_\(kind) list[] = {{\(first)}, {\(second)}};
                        NIGHTJAR_PLUGIN(\(lists))
                        """))
        }
        let (measure, compute) = (".measure = (void *)1, .fill = (void *)1", ".compute = (void *)1")
        #expect(
            try table("reader", ".name = \"rows\", \(measure)", ".name = \"two rows\", \(measure)")
                == "the name of reader 2 is \(names)")
        #expect(
            try table("reader", ".name = \"rows\", \(measure)", ".name = \"rows\", \(measure)")
                == "it has the reader 'rows' twice")
        #expect(
            try table("metric", ".name = \"mean\", \(compute)", ".name = \"\", \(compute)")
                == "the name of metric 2 is \(names)")
        #expect(
            try table("metric", ".name = \"mean\", \(compute)", ".name = \"mean\", \(compute)")
                == "it has the metric 'mean' twice")
    }

    @Test func operationsThatDoNotGoTogetherAreRefused() throws {
        var source = OneOperation()
        source.inputs = #"{{"x", NIGHTJAR_FLOAT, 0, 0, 0}, {"k", NIGHTJAR_INT32, 0, 0, 0}}"#
        source.gradients = #"{"", "twice"}"#
        #expect(
            try refusal(source) == "operation 'twice': only floats have gradients, so 'twice' is none of input 'k'")
        func two(_ first: String, _ second: String) throws -> String {
            var source = OneOperation()
            let rest =
                ".output_type = NIGHTJAR_FLOAT, .shape = shape, .float32 = kernel_float, .float64 = kernel_double"
            source.table = """
                static const nightjar_operation two[] = {{\(first), \(rest)}, {\(second), \(rest)}};
                NIGHTJAR_PLUGIN(two, 2, NULL, 0, NULL, 0)
                """
            return try refusal(source)
        }
        let x = #"{"x", NIGHTJAR_FLOAT, 0, 0, 0}"#
        #expect(
            try two(".name = \"twice\", .inputs = {\(x)}", ".name = \"twice\", .inputs = {\(x)}")
                == "it has the operation 'twice' twice")
        #expect(
            try two(
                ".name = \"scaled\", .inputs = {\(x)}, .attributes = {{\"s\"}}, .gradients = {\"slope\"}",
                ".name = \"slope\", .inputs = {{\"g\", NIGHTJAR_FLOAT, 0, 0, 0}, \(x)}")
                == "operation 'scaled' has 1 attributes and 'slope', its gradient, has 0: they get the same")
    }

    @Test func readersAndMetricsNeedTheirFunctions() throws {
        let reader = """
            #include <nightjar_plugin.h>
            static const nightjar_reader readers[] = {{.name = "rows"}};
            NIGHTJAR_PLUGIN(NULL, 0, readers, 1, NULL, 0)
            """
        #expect(refusal(try TestLibrary.build(text: reader)) == "reader 'rows' has no function 'measure'")
        let metric = """
            #include <nightjar_plugin.h>
            static const nightjar_metric metrics[] = {{.name = "mean"}};
            NIGHTJAR_PLUGIN(NULL, 0, NULL, 0, metrics, 1)
            """
        #expect(refusal(try TestLibrary.build(text: metric)) == "metric 'mean' has no function 'compute'")
    }

    // MARK: Shapes

    @Test func shapesThatDoNotGoTogetherAreRefused() throws {
        let weighted = try TestLibrary.operation("weighted")
        func refusal(_ shapes: [[Int]]) throws -> String {
            do {
                return "\(try weighted.resultShape(shapes.map { try Shape($0) }, attributes: []))"
            } catch let error as NativeError {
                return "\(error)"
            }
        }
        #expect(try refusal([[7, 3], [3]]) == "(7)")
        #expect(try refusal([[2, 7, 3], [3]]) == "(2, 7)")
        #expect(
            try refusal([[7, 3], [4]])
                == "weights are one for each entry of a row; got x (7, 3) and weights (4)")
        #expect(try refusal([[], [4]]) == "'x' needs 1 dimension at least; got x () and weights (4)")
        let stepped = try TestLibrary.operation("stepped")
        #expect(throws: NativeError("'step' has to have as many rows as 'x'; got x (3), step (4) and is_on (3)")) {
            try stepped.resultShape([Shape([3]), Shape([4]), Shape([3])], attributes: [])
        }
    }
}
