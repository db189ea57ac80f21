// swift-tools-version: 6.2
import PackageDescription

/// What every target of ours is compiled with.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

/// The kernel sources are generic; these flags are what makes an instantiation of them use an instruction set.
func instructions(_ march: String) -> [SwiftSetting] {
  strict + [.unsafeFlags(["-Xcc", "-march=\(march)"], .when(platforms: [.linux]))]
}

let package = Package(
  name: "dandyroll",
  products: [.executable(name: "dandyroll", targets: ["dandyroll"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/swiftcsv/SwiftCSV", from: "0.10.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
  ],
  targets: [
    // What everything stands on
    .target(
      name: "Foundations", dependencies: [.product(name: "Crypto", package: "swift-crypto")], swiftSettings: strict),

    // Numerics
    .target(name: "CProcessor"),
    .target(
      name: "Kernels", dependencies: ["CProcessor"], swiftSettings: strict,
      linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
    .target(name: "KernelsAVX2", dependencies: ["Kernels"], swiftSettings: instructions("x86-64-v3")),
    .target(name: "KernelsAVX512", dependencies: ["Kernels"], swiftSettings: instructions("x86-64-v4")),
    .target(
      name: "NeuralNet",
      dependencies: [
        "Kernels", "Foundations",
        .target(name: "KernelsAVX2", condition: .when(platforms: [.linux])),
        .target(name: "KernelsAVX512", condition: .when(platforms: [.linux])),
      ],
      swiftSettings: strict),

    .target(name: "Networks", dependencies: ["NeuralNet", "Kernels", "Foundations"], swiftSettings: strict),

    // Archives and images
    .systemLibrary(
      name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .target(name: "CPNG", linkerSettings: [.linkedLibrary("png16"), .linkedLibrary("z")]),
    .target(name: "CJPEG", linkerSettings: [.linkedLibrary("jpeg")]),
    .target(
      name: "Archives",
      dependencies: ["CArchive", "CLinux", "Foundations", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: strict),
    .target(
      name: "Datasets",
      dependencies: [
        "Archives", "CJPEG", "CPNG", "Foundations", .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),

    // The method
    .target(
      name: "Watermarks",
      dependencies: ["Jobs", "NeuralNet", "Networks", "Datasets", "Evidence", "Foundations"], swiftSettings: strict),
    .target(
      name: "Evidence",
      dependencies: ["Foundations", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: strict),

    // Models of others
    .target(
      name: "Suspects",
      dependencies: [
        "Foundations",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTPCompression", package: "swift-nio-extras"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      swiftSettings: strict),

    // Servers of ours
    .target(
      name: "Listening",
      dependencies: [
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
      ],
      swiftSettings: strict),
    .target(
      name: "ModelServer",
      dependencies: [
        "NeuralNet", "Networks", "Listening", "Foundations",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: strict),

    // What people look at
    .target(name: "Pages", dependencies: ["Foundations"], swiftSettings: strict),

    // Work and its supervision
    .target(name: "Jobs", dependencies: ["Foundations"], swiftSettings: strict),
    .target(
      name: "Work",
      dependencies: [
        "Archives", "Jobs", "Foundations", "Suspects", "NeuralNet", "Networks", "Datasets", "Watermarks", "Evidence",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    .target(
      name: "Training",
      dependencies: [
        "Archives", "Foundations", "Jobs", "NeuralNet", "Networks", "Datasets", "Watermarks", "Evidence", "Work",
      ],
      swiftSettings: strict),
    .target(
      name: "Releases",
      dependencies: [
        "Archives", "Jobs", "Foundations", "NeuralNet", "Networks", "Datasets", "Watermarks", "Evidence", "Work",
        "Training",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    .target(
      name: "Fidelity",
      dependencies: [
        "Foundations", "Jobs", "Suspects", "NeuralNet", "Networks", "Datasets", "Watermarks", "Evidence", "Work",
        "Training", "Releases",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    .target(
      name: "Trials",
      dependencies: [
        "Archives", "Foundations", "Jobs", "Pages", "NeuralNet", "Networks", "Datasets", "Watermarks", "Evidence",
        "Work", "Training", "Releases", "Fidelity",
      ],
      swiftSettings: strict),
    .target(
      name: "EvidencePackages",
      dependencies: [
        "Archives", "Jobs", "Foundations", "Datasets", "Evidence", "Work", "Releases",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    .target(
      name: "Audits",
      dependencies: [
        "Jobs", "Foundations", "Suspects", "Datasets", "Watermarks", "Evidence", "Work", "Releases", "Trials",
        "EvidencePackages",
        .product(name: "SwiftCSV", package: "SwiftCSV"),
      ],
      swiftSettings: strict),
    .target(
      name: "Attacks",
      dependencies: [
        "Foundations", "Jobs", "Pages", "NeuralNet", "Networks", "Datasets", "Watermarks", "Evidence", "Work",
        "Training", "Releases", "Trials",
      ],
      swiftSettings: strict),
    .target(
      name: "Reproductions",
      dependencies: [
        "Archives", "Jobs", "Foundations", "Pages", "NeuralNet", "Networks", "Datasets", "Watermarks", "Evidence",
        "Work", "Training", "Releases", "Trials", "Attacks",
      ],
      swiftSettings: strict),
    .target(
      name: "Workers", dependencies: ["Jobs", "Foundations", "Datasets", "Watermarks", "Work"], swiftSettings: strict),
    .target(name: "CPeak"),
    .target(
      name: "Benchmarks",
      dependencies: [
        "Foundations", "CPeak", "Kernels", "NeuralNet", "Networks", "Watermarks", "Datasets", "Jobs", "Work",
        "Releases",
      ],
      swiftSettings: strict),
    .target(name: "CLinux"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // The daemon
    .target(
      name: "ServiceFoundation",
      dependencies: [
        "CLinux", "Foundations",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .target(
      name: "ServiceConfiguration",
      dependencies: [
        "Foundations", "ServiceFoundation", "Jobs", "Evidence", "Suspects",
        .product(name: "TOMLKit", package: "TOMLKit"),
      ],
      swiftSettings: strict),
    .target(
      name: "Ledger",
      dependencies: [
        "Foundations", "ServiceFoundation", "ServiceConfiguration", "Jobs", "Evidence", "Suspects",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .target(
      name: "Inbox",
      dependencies: [
        "Foundations", "ServiceFoundation", "ServiceConfiguration", "Ledger", "Jobs", "CLinux", "CZlib",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),
    .target(
      name: "Service",
      dependencies: [
        "ServiceFoundation", "ServiceConfiguration", "Ledger", "Inbox", "Jobs", "CLinux", "Evidence", "Pages",
        "Foundations", "Suspects", "Listening",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),
    .executableTarget(
      name: "dandyroll",
      dependencies: [
        "Archives", "Service", "ServiceConfiguration", "ServiceFoundation", "Work", "Training", "Releases", "Fidelity", "Trials",
        "EvidencePackages", "Audits", "Attacks", "Reproductions",
        "Workers", "Watermarks", "Datasets", "Evidence", "Jobs", "Benchmarks", "ModelServer", "NeuralNet",
        "Foundations",
        "Suspects",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),

    // Tests, one target a target
    .testTarget(name: "FoundationsTests", dependencies: ["Foundations"], swiftSettings: strict),
    .testTarget(
      name: "KernelsTests",
      dependencies: [
        "Kernels",
        .target(name: "KernelsAVX2", condition: .when(platforms: [.linux])),
        .target(name: "KernelsAVX512", condition: .when(platforms: [.linux])),
      ],
      swiftSettings: strict),
    // Counts allocations: it takes the place of malloc in the test program.
    .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
    .testTarget(
      name: "NeuralNetTests", dependencies: ["Foundations", "NeuralNet", "Networks", "Kernels", "CAllocationCounter"],
      resources: [.copy("Goldens")], swiftSettings: strict),
    .testTarget(name: "DatasetsTests", dependencies: ["Archives", "Foundations", "Datasets"], swiftSettings: strict),
    .testTarget(
      name: "WatermarksTests",
      dependencies: ["Archives", "Foundations", "Jobs", "Watermarks", "Datasets", "Evidence", "NeuralNet", "Networks"],
      exclude: ["poison_golden.py", "structural_similarity_golden.py"], swiftSettings: strict),
    .testTarget(
      name: "EvidenceTests",
      dependencies: ["Foundations", "Evidence", .product(name: "Crypto", package: "swift-crypto")],
      exclude: ["commitment_golden.py", "statistics_golden.py"], swiftSettings: strict),
    .testTarget(
      name: "SuspectsTests",
      dependencies: [
        "Foundations",
        "Suspects", "Datasets",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ModelServerTests",
      dependencies: [
        "Foundations",
        "ModelServer", "NeuralNet", "Networks", "Suspects",
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    // A small release and its vault, a suspect that is played, a forged package: what the tests from Work to Reproductions
    // share.
    .target(
      name: "Fixtures",
      dependencies: [
        "Archives", "Foundations", "Jobs", "Datasets", "Evidence", "Watermarks", "Work", "Training", "Releases",
        "Trials", "EvidencePackages", "Audits",
      ],
      path: "Tests/Fixtures", swiftSettings: strict),
    .testTarget(
      name: "WorkTests", dependencies: ["Foundations", "Work", "Fixtures", "Evidence", "Jobs", "Watermarks"],
      swiftSettings: strict),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "Archives", "Foundations", "Training", "Fixtures", "Work", "Watermarks", "Datasets", "Jobs", "Networks",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ReleasesTests",
      dependencies: [
        "Archives", "Foundations", "Releases", "Fixtures", "Work", "Training", "Trials", "EvidencePackages", "Audits",
        "Watermarks", "Datasets", "Evidence", "Jobs",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "TrialsTests",
      dependencies: [
        "Foundations", "Trials", "Fixtures", "Work", "Training", "Releases", "Audits", "Watermarks", "Datasets",
        "Evidence", "Jobs", "NeuralNet", "Networks",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "EvidencePackagesTests",
      dependencies: ["Foundations", "EvidencePackages", "Fixtures", "Work", "Releases", "Audits", "Evidence", "Jobs"],
      swiftSettings: strict),
    .testTarget(
      name: "AuditsTests",
      dependencies: [
        "Archives", "Foundations", "Audits", "Fixtures", "Work", "Training", "Releases", "Trials", "EvidencePackages",
        "Watermarks", "Datasets", "Evidence", "Jobs", "NeuralNet", "Networks",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "AttacksTests",
      dependencies: [
        "Foundations", "Attacks", "Fixtures", "Work", "Training", "Releases", "Trials", "Watermarks", "Datasets",
        "Evidence", "Jobs", "Networks",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ReproductionsTests",
      dependencies: [
        "Archives", "Foundations", "Reproductions", "Fixtures", "Work", "Training", "Releases", "Trials",
        "Watermarks", "Datasets", "Jobs", "NeuralNet", "Networks",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "WorkersTests",
      dependencies: ["Workers", "Jobs", "Work", "Training", "Releases", "Trials", "Audits"],
      swiftSettings: strict),
    .testTarget(name: "BenchmarksTests", dependencies: ["Benchmarks"], swiftSettings: strict),
    // Every example in docs/formats, read by what reads such files.
    .testTarget(
      name: "FormatsTests",
      dependencies: [
        "Archives", "Audits", "Benchmarks", "Datasets", "Evidence", "Foundations", "Jobs", "Releases",
        "ServiceConfiguration", "Suspects", "Trials", "Watermarks", "Work",
      ],
      swiftSettings: strict),
    .testTarget(name: "PagesTests", dependencies: ["Pages"], swiftSettings: strict),
    .testTarget(name: "JobsTests", dependencies: ["Foundations", "Jobs"], swiftSettings: strict),
    .testTarget(
      name: "ServiceConfigurationTests",
      dependencies: ["Foundations", "ServiceConfiguration", "ServiceFoundation", "Jobs", "Suspects", "Watermarks"],
      swiftSettings: strict),
    .testTarget(
      name: "ServiceTests",
      dependencies: [
        "Foundations", "Service", "ServiceFoundation", "ServiceConfiguration", "Ledger", "Inbox", "Jobs", "CLinux",
        "Suspects", "Audits", "Datasets", "Evidence", "Listening", "NeuralNet", "Releases", "Watermarks", "Work",
        "Workers",
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "Archives", "Foundations",
        "dandyroll", "Datasets", "Evidence", "Jobs", "NeuralNet", "Networks", "Work", "Releases", "Audits",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      exclude: ["EarlierVersions"], swiftSettings: strict),
  ],
  cxxLanguageStandard: .cxx17
)
