import NightjarData
import NightjarTensor
import Testing

@Suite struct NPYFileTests {
    @Test(arguments: [
        ("float32", DType.float32), ("float64", .float64), ("float16", .float32), ("int8", .int32), ("int16", .int32),
        ("int32", .int32), ("int64", .int32), ("uint8", .uint8), ("uint16", .int32), ("bool", .bool),
        ("scalar", .float64), ("empty", .float32), ("fortran", .float32), ("fortran_big", .int32),
        ("big_float32", .float32), ("big_float64", .float64), ("big_int16", .int32), ("version2", .float32),
        ("version3", .float32),
    ])
    func readsWhatNumPyWrote(_ name: String, _ dtype: DType) throws {
        let facts = try #require(try ArrayFixtures.facts()[name])
        let tensor = try ArrayFixtures.npy(ArrayFixtures.bytes("\(name).npy"))
        #expect(tensor.dtype == dtype)
        #expect(tensor.shape.dimensions == facts.shape)
        #expect(tensor.values == facts.values.compactMap { Double($0) })
        #expect(facts.values.count == tensor.count)
    }

    @Test(arguments: ["float32", "float64", "int32", "uint8", "bool", "scalar", "empty"])
    func writesTheBytesThatNumPyWrites(_ name: String) throws {
        let bytes = try ArrayFixtures.bytes("\(name).npy")
        let tensor = try ArrayFixtures.npy(bytes)
        let elements = UnsafeRawBufferPointer(start: tensor.pointer, count: tensor.byteCount)
        #expect(NPYFile.header(of: tensor) + elements == bytes)
    }

    @Test func wholeNumbersThatDoNotFitAreNamed() throws {
        #expect(
            dataFault { try ArrayFixtures.npy(ArrayFixtures.bytes("int64_large.npy")) }
                == "a.npy: holds 2147483648 as int64, which does not fit into int32. Save it as float64, or with numbers "
                + "from -2147483648 to 2147483647")
        #expect(
            dataFault { try ArrayFixtures.npy(ArrayFixtures.bytes("uint32_large.npy")) }
                == "a.npy: holds 4294967295 as uint32, which does not fit into int32. Save it as float64, or with numbers "
                + "from -2147483648 to 2147483647")
    }

    @Test(arguments: [
        (
            "complex",
            "holds elements of type '<c16', which no tensor can hold. Convert it before saving, for example with "
                + ".astype(\"float32\")"
        ),
        (
            "text",
            "holds elements of type '<U3', which no tensor can hold. Convert it before saving, for example with "
                + ".astype(\"float32\")"
        ),
        ("record", "holds records with fields, not numbers. Save each field by itself"),
    ])
    func typesThatNoTensorHasAreRefused(_ name: String, _ message: String) throws {
        #expect(dataFault { try ArrayFixtures.npy(ArrayFixtures.bytes("\(name).npy")) } == "a.npy: " + message)
    }

    /// A version 1 file with this header and these elements.
    private func file(_ header: String, _ elements: [UInt8] = []) -> [UInt8] {
        let length = header.utf8.count
        return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 255), UInt8(length >> 8)] + Array(header.utf8)
            + elements
    }

    @Test(arguments: [
        (
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }",
            "should hold 8 bytes of elements for (2) of float32, it holds 4. The file is cut short or damaged"
        ),
        (
            "{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }",
            "should hold 0 bytes of elements for (0) of float32, it holds 4. The file is cut short or damaged"
        ),
        (
            "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }",
            "has a shape that no tensor has: dimension 4294967296 is too large: at most 2147483647"
        ),
        (
            "{'descr': '<f4', 'fortran_order': False, 'shape': (2000000000, 2000000000), }",
            "has a shape that no tensor has: a tensor of shape (2000000000, 2000000000) has too many elements: at most 2^40"
        ),
        (
            "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
            "has a header that has a shape that is none: {'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }"
        ),
        (
            "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
            "has a header that is no Python dictionary: "
        ),
        (
            "{'descr': '<f4', 'shape': (1,), }",
            "has a header that gives no 'fortran_order': {'descr': '<f4', 'shape': (1,), }"
        ),
        ("__import__('os')", "has a header that is no Python dictionary: __import__('os')"),
    ])
    func headersThatLieAreRefused(_ header: String, _ message: String) throws {
        let fault = dataFault { try ArrayFixtures.npy(file(header, [0, 0, 128, 63])) }
        #expect(fault.hasPrefix("a.npy: " + message))
    }

    @Test func pythonOfOldIsRead() throws {
        let header = "{\"descr\": \"<f4\", \"fortran_order\": False, \"shape\": (1L,)}"
        #expect(try ArrayFixtures.npy(file(header, [0, 0, 128, 63])).values == [1])
    }

    @Test func otherFilesAreToldApart() throws {
        #expect(
            dataFault { try ArrayFixtures.npy(Array("PK-not-numpy".utf8)) }
                == "a.npy: is no .npy file: it does not begin with the word that these files begin with")
        #expect(
            dataFault { try ArrayFixtures.npy([0x93] + Array("NUMPY".utf8) + [4, 0, 0, 0]) }
                == "a.npy: is a .npy file of version 4, known are 1, 2 and 3")
        #expect(
            dataFault { try ArrayFixtures.npy([0x93] + Array("NUMPY".utf8) + [2, 0, 255, 255, 255, 255]) }
                == "a.npy: claims a header of 4294967295 bytes, but 0 follow. The file is cut short or damaged")
    }
}
