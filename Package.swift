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
    // What comes from strangers
    .target(name: "Strangers", swiftSettings: strict),

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
        "Kernels", "Strangers",
        .target(name: "KernelsAVX2", condition: .when(platforms: [.linux])),
        .target(name: "KernelsAVX512", condition: .when(platforms: [.linux])),
      ],
      swiftSettings: strict),

    // Archives and images
    .systemLibrary(
      name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .target(name: "CPNG", linkerSettings: [.linkedLibrary("png16"), .linkedLibrary("z")]),
    .target(name: "CJPEG", linkerSettings: [.linkedLibrary("jpeg")]),
    .target(
      name: "Datasets",
      dependencies: ["CArchive", "CJPEG", "CPNG", "Strangers", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: strict),

    // The method
    .target(
      name: "Watermarks", dependencies: ["Jobs", "NeuralNet", "Datasets", "Evidence", "Strangers"],
      swiftSettings: strict),
    .target(
      name: "Evidence",
      dependencies: [.product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: strict),

    // Models of others
    .target(
      name: "Suspects",
      dependencies: [
        "Strangers",
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Crypto", package: "swift-crypto"),
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
        "NeuralNet", "Listening", "Strangers",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: strict),

    // What people look at
    .target(name: "Pages", dependencies: ["Strangers"], swiftSettings: strict),

    // Work and its supervision
    .target(name: "Jobs", dependencies: ["Strangers"], swiftSettings: strict),
    .target(
      name: "Work",
      dependencies: [
        "Jobs", "Strangers", "Suspects", "NeuralNet", "Datasets", "Watermarks", "Evidence",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    .target(
      name: "Training",
      dependencies: ["Jobs", "NeuralNet", "Datasets", "Watermarks", "Evidence", "Work"],
      swiftSettings: strict),
    .target(
      name: "Releases",
      dependencies: [
        "Jobs", "Strangers", "NeuralNet", "Datasets", "Watermarks", "Evidence", "Work", "Training",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    .target(
      name: "Trials",
      dependencies: [
        "Jobs", "Pages", "NeuralNet", "Datasets", "Watermarks", "Evidence", "Work", "Training", "Releases",
      ],
      swiftSettings: strict),
    .target(
      name: "EvidencePackages",
      dependencies: [
        "Jobs", "Strangers", "Datasets", "Evidence", "Work", "Releases",
        .product(name: "Crypto", package: "swift-crypto"),
      ],
      swiftSettings: strict),
    .target(
      name: "Audits",
      dependencies: [
        "Jobs", "Strangers", "Suspects", "NeuralNet", "Datasets", "Watermarks", "Evidence", "Work", "Releases",
        "Trials", "EvidencePackages",
        .product(name: "SwiftCSV", package: "SwiftCSV"),
      ],
      swiftSettings: strict),
    .target(
      name: "Attacks",
      dependencies: [
        "Jobs", "Pages", "NeuralNet", "Datasets", "Watermarks", "Evidence", "Work", "Training", "Releases", "Trials",
      ],
      swiftSettings: strict),
    .target(
      name: "Reproductions",
      dependencies: [
        "Jobs", "Strangers", "Pages", "NeuralNet", "Datasets", "Watermarks", "Evidence", "Work", "Training", "Releases",
        "Trials", "Attacks",
      ],
      swiftSettings: strict),
    .target(
      name: "Workers", dependencies: ["Jobs", "Strangers", "Watermarks", "Work"], swiftSettings: strict),
    .target(name: "CPeak"),
    .target(
      name: "Benchmarks",
      dependencies: ["CPeak", "Kernels", "NeuralNet", "Watermarks", "Datasets", "Jobs", "Work", "Releases"],
      swiftSettings: strict),
    .target(name: "CLinux"),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // The daemon
    .target(
      name: "ServiceFoundation",
      dependencies: [
        "CLinux", "Strangers",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .target(
      name: "ServiceConfiguration",
      dependencies: ["ServiceFoundation", "Jobs", "Suspects", .product(name: "TOMLKit", package: "TOMLKit")],
      swiftSettings: strict),
    .target(
      name: "Ledger",
      dependencies: [
        "ServiceFoundation", "ServiceConfiguration", "Jobs", "Evidence", "Suspects",
        .product(name: "GRDB", package: "GRDB.swift"),
      ],
      swiftSettings: strict),
    .target(
      name: "Inbox",
      dependencies: [
        "ServiceFoundation", "ServiceConfiguration", "Ledger", "Jobs", "CLinux", "CZlib",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict),
    .target(
      name: "Service",
      dependencies: [
        "ServiceFoundation", "ServiceConfiguration", "Ledger", "Inbox", "Jobs", "CLinux", "Evidence", "Pages",
        "Strangers", "Suspects", "Listening",
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
        "Service", "ServiceConfiguration", "ServiceFoundation", "Work", "Training", "Releases", "Trials",
        "EvidencePackages", "Audits", "Attacks", "Reproductions",
        "Workers", "Watermarks", "Datasets", "Evidence", "Jobs", "Benchmarks", "ModelServer", "NeuralNet",
        "Strangers",
        "Suspects",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),

    // Tests, one target a target
    .testTarget(name: "StrangersTests", dependencies: ["Strangers"], swiftSettings: strict),
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
      name: "NeuralNetTests", dependencies: ["NeuralNet", "Kernels", "CAllocationCounter"],
      resources: [.copy("Goldens")], swiftSettings: strict),
    .testTarget(name: "DatasetsTests", dependencies: ["Datasets"], swiftSettings: strict),
    .testTarget(
      name: "WatermarksTests", dependencies: ["Watermarks", "Datasets", "Evidence", "Jobs", "NeuralNet"],
      exclude: ["structural_similarity_golden.py"], swiftSettings: strict),
    .testTarget(
      name: "EvidenceTests", dependencies: ["Evidence", .product(name: "Crypto", package: "swift-crypto")],
      exclude: ["commitment_golden.py", "statistics_golden.py"], swiftSettings: strict),
    .testTarget(
      name: "SuspectsTests",
      dependencies: [
        "Suspects", "Datasets",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ModelServerTests",
      dependencies: [
        "ModelServer", "NeuralNet", "Suspects",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
      ],
      swiftSettings: strict),
    // A small release and its vault, a suspect that is played, a forged package: what the tests from Work to Reproductions share.
    .target(
      name: "Fixtures",
      dependencies: [
        "Jobs", "Datasets", "Evidence", "Watermarks", "Work", "Training", "Releases", "Trials", "EvidencePackages",
        "Audits",
      ],
      path: "Tests/Fixtures", swiftSettings: strict),
    .testTarget(
      name: "WorkTests", dependencies: ["Work", "Fixtures", "Evidence", "Jobs", "Watermarks"], swiftSettings: strict),
    .testTarget(
      name: "TrainingTests",
      dependencies: ["Training", "Fixtures", "Work", "Watermarks", "Datasets", "Jobs", "NeuralNet"],
      swiftSettings: strict),
    .testTarget(
      name: "ReleasesTests",
      dependencies: [
        "Releases", "Fixtures", "Work", "Training", "Trials", "EvidencePackages", "Audits", "Watermarks", "Datasets",
        "Evidence", "Jobs",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "TrialsTests",
      dependencies: [
        "Trials", "Fixtures", "Work", "Training", "Releases", "Audits", "Watermarks", "Datasets", "Evidence", "Jobs",
        "NeuralNet",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "EvidencePackagesTests",
      dependencies: ["EvidencePackages", "Fixtures", "Work", "Releases", "Audits", "Evidence", "Jobs"],
      swiftSettings: strict),
    .testTarget(
      name: "AuditsTests",
      dependencies: [
        "Audits", "Fixtures", "Work", "Training", "Releases", "Trials", "EvidencePackages", "Watermarks", "Datasets",
        "Evidence", "Jobs", "NeuralNet",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "AttacksTests",
      dependencies: [
        "Attacks", "Fixtures", "Work", "Training", "Releases", "Trials", "Watermarks", "Datasets", "Evidence", "Jobs",
        "NeuralNet",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "ReproductionsTests",
      dependencies: [
        "Reproductions", "Fixtures", "Work", "Training", "Releases", "Trials", "Watermarks", "Datasets", "Jobs",
        "NeuralNet",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "WorkersTests",
      dependencies: ["Workers", "Jobs", "Work", "Training", "Releases", "Trials", "Audits"],
      swiftSettings: strict),
    .testTarget(name: "BenchmarksTests", dependencies: ["Benchmarks"], swiftSettings: strict),
    .testTarget(name: "PagesTests", dependencies: ["Pages"], swiftSettings: strict),
    .testTarget(name: "JobsTests", dependencies: ["Jobs"], swiftSettings: strict),
    .testTarget(
      name: "ServiceConfigurationTests",
      dependencies: ["ServiceConfiguration", "ServiceFoundation", "Jobs", "Suspects"],
      swiftSettings: strict),
    .testTarget(
      name: "ServiceTests",
      dependencies: [
        "Service", "ServiceFoundation", "ServiceConfiguration", "Ledger", "Inbox", "Jobs", "CLinux", "Suspects",
        "Audits", "Datasets", "Evidence", "Listening", "NeuralNet", "Releases", "Watermarks", "Work", "Workers",
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
        "dandyroll", "Datasets", "Evidence", "Jobs", "NeuralNet", "Work", "Releases", "Audits",
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
