// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours is compiled in Swift 6 mode, and a warning stops the build.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

func swiftTarget(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let package = Package(
    name: "nightjar",
    products: [
        .executable(name: "nightjar", targets: ["nightjar"]),
        .executable(name: "nightjar-serve", targets: ["nightjar-serve"]),
        .library(name: "Nightjar", targets: ["Nightjar"]),
        .library(name: "NightjarC", type: .dynamic, targets: ["NightjarC"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // Each target knows only those above it.
        .systemLibrary(name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CSpng", pkgConfig: "spng", providers: [.apt(["libspng-dev"])]),
        .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
        .systemLibrary(name: "CEdit", pkgConfig: "libedit", providers: [.apt(["libedit-dev"])]),
        .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
        .target(name: "CProcess"),
        .target(name: "CWall", dependencies: ["CSeccomp"]),
        .target(name: "CStart"),
        .target(name: "CLineEditor", dependencies: ["CEdit"]),
        .target(name: "CZeroMQ", dependencies: ["CProcess"]),
        .target(name: "CMPI", dependencies: ["CProcess"]),
        .target(name: "CFetch", dependencies: ["CProcess"]),
        .target(name: "CLuaShim", dependencies: ["CLua", "CProcess"]),
        .target(name: "CKernels"),
        .target(name: "CNative"),
        swiftTarget("NightjarProcess", ["CProcess", "CWall"]),
        swiftTarget("NightjarTensor", ["CKernels", "CProcess"]),
        swiftTarget("NightjarNative", ["NightjarTensor", "CNative"]),
        swiftTarget("NightjarGraph", ["NightjarProcess", "NightjarTensor", "NightjarNative"]),
        swiftTarget("NightjarEngine", ["NightjarProcess", "NightjarGraph", "CKernels", "COpenBLAS"]),
        swiftTarget("NightjarMPI", ["CMPI", "NightjarProcess", "NightjarEngine"]),
        swiftTarget("NightjarTheory", ["NightjarGraph"]),
        swiftTarget("NightjarNN", ["NightjarProcess", "NightjarGraph"]),
        swiftTarget(
            "NightjarData",
            ["NightjarProcess", "NightjarTensor", "NightjarNative", "CZlib", "CSpng", "CTurboJPEG", "CFetch"]),
        swiftTarget("NightjarTraining", ["NightjarProcess", "NightjarEngine", "NightjarNN", "NightjarData"]),
        swiftTarget(
            "NightjarRuns",
            [
                "NightjarProcess", "NightjarTensor", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        swiftTarget("NightjarScripting", ["CLuaShim", "NightjarTheory", "NightjarTraining", "NightjarRuns"]),
        swiftTarget(
            "NightjarExperiments",
            ["COpenBLAS", "NightjarScripting", "NightjarRuns", .product(name: "Logging", package: "swift-log")]),
        swiftTarget("NightjarTools", ["COpenBLAS", "NightjarExperiments", "NightjarScripting"]),
        swiftTarget("NightjarServe", ["NightjarProcess", "NightjarTensor", "NightjarRuns"]),
        // A program of its own: what listens to others is in no other command.
        .executableTarget(
            name: "nightjar-serve", dependencies: ["NightjarProcess", "NightjarRuns", "NightjarServe"],
            swiftSettings: strict),
        swiftTarget("Nightjar", ["NightjarExperiments", "NightjarScripting"]),
        .target(name: "CNightjar"),
        swiftTarget("NightjarC", ["Nightjar", "CNightjar"]),
        swiftTarget("NightjarKernel", ["CZeroMQ", "NightjarTools", "NightjarScripting"]),
        .executableTarget(
            name: "nightjar",
            dependencies: [
                "NightjarKernel", "NightjarTools", "NightjarExperiments", "NightjarScripting",
                "NightjarRuns", "NightjarData", "NightjarEngine", "CKernels",
                "CLineEditor", "CStart",
                .product(name: "ArgumentParser", package: "swift-argument-parser"), "NightjarMPI",
            ],
            swiftSettings: strict),

        tests("CKernelsTests", ["CKernels"], exclude: ["Exhaustive"]),
        tests("NightjarProcessTests", ["NightjarProcess", "CProcess"]),
        tests("NightjarTensorTests", ["NightjarTensor", "TestLibraries"]),
        .target(
            name: "TestLibraries", dependencies: ["CProcess", "NightjarNative", "NightjarEngine"],
            path: "Tests/TestLibraries", exclude: ["operations.c"],
            swiftSettings: strict),
        // What takes inputs of strangers, for libFuzzer and for tests.
        .target(
            name: "FuzzTargets", dependencies: ["TestLibraries", "NightjarExperiments"], path: "Tests/FuzzTargets",
            swiftSettings: strict),
        tests("FuzzTargetTests", ["FuzzTargets"]),
        tests("NightjarNativeTests", ["NightjarNative", "TestLibraries"]),
        tests("NightjarGraphTests", ["NightjarGraph"]),
        tests("NightjarEngineTests", ["NightjarEngine", "TestLibraries"]),
        tests(
            "NightjarTheoryTests", ["NightjarTheory", "NightjarEngine", "TestLibraries"],
            exclude: ["theory.json", "theory.py"]),
        tests("NightjarNNTests", ["NightjarNN", "NightjarEngine"]),
        tests("NightjarDataTests", ["NightjarData", "NightjarProcess"], exclude: ["Fixtures", "Fetch/server.py"]),
        tests("NightjarTrainingTests", ["NightjarTraining", "TestLibraries"]),
        tests("NightjarRunsTests", ["NightjarProcess", "NightjarRuns", "NightjarTensor"], exclude: ["Fixtures"]),
        tests("NightjarServeTests", ["NightjarProcess", "NightjarRuns", "NightjarServe"]),
        tests(
            "NightjarScriptingTests",
            ["NightjarTools", "NightjarExperiments", "NightjarScripting", "TestLibraries"],
            exclude: ["Fixtures", "NumPy"]),
        tests("NightjarTests", ["Nightjar", "TestLibraries"]),
        tests(
            "nightjarTests",
            [
                "nightjar", "nightjar-serve", "NightjarTools", "NightjarExperiments", "NightjarScripting",
                "NightjarRuns",
                "NightjarEngine", "TestLibraries",
            ],
            exclude: [
                "Data/data_files.lua", "Interactive/terminal.py", "Interactive/kernel_client.py",
                "Interactive/kernel_conversation.txt",
            ]),
    ],
    swiftLanguageModes: [.v6]
)
