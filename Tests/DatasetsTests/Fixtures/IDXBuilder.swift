import Foundation

@testable import Datasets

/// Builds archives in MNIST's layout out of plain greys, also ones that no honest program writes.
///
/// - Source: http://yann.lecun.com/exdb/mnist/; RFC 1952 (gzip), RFC 1951 (stored blocks).
struct IDXBuilder {
  static let names = [
    "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
  ]

  var folder = "mnist/raw/"
  /// The order in which the files are written.
  var order = Self.names
  /// Content by name without `.gz`; changed by tests that break a rule.
  var files: [String: [UInt8]]
  /// Files that are wrapped as gzip.
  var compressed: Set<String> = []
  var extra: [(name: String, content: [UInt8])] = []

  init(train: Int = 30, test: Int = 20, height: UInt32 = 28, width: UInt32 = 28) {
    files = [:]
    for (prefix, count, seed) in [("train", train, 3), ("t10k", test, 5)] {
      let area = Int(height * width)
      files["\(prefix)-images-idx3-ubyte"] =
        Self.header(0x803, [UInt32(count), height, width])
        + (0..<count * area).map { UInt8(truncatingIfNeeded: $0 / area * 11 + $0 * seed) }
      files["\(prefix)-labels-idx1-ubyte"] = Self.header(0x801, [UInt32(count)]) + (0..<count).map { UInt8($0 % 10) }
    }
  }

  static func header(_ magic: UInt32, _ dimensions: [UInt32]) -> [UInt8] {
    ([magic] + dimensions).flatMap(PNGBuilder.big)
  }

  /// A gzip file of stored blocks, with a name and a time as the command writes them.
  static func gzip(_ content: [UInt8], crc: UInt32? = nil) -> [UInt8] {
    // A zlib stream is a header of two bytes, the deflate stream, and a check sum of four.
    let deflate = PNGBuilder.zlib(content).dropFirst(2).dropLast(4)
    let trailer = [crc ?? PNGBuilder.crc32(content), UInt32(content.count)].flatMap { PNGBuilder.big($0).reversed() }
    return [0x1F, 0x8B, 8, 8, 1, 2, 3, 4, 0, 3] + Array("file".utf8) + [0] + deflate + trailer
  }

  var tar: [UInt8] {
    var tar = TarBuilder()
    for (name, content) in extra { tar.add(folder + name, content: content) }
    for name in order {
      guard let content = files[name] else { continue }
      let isCompressed = compressed.contains(name)
      tar.add(
        folder + name + (isCompressed ? ".gz" : ""), content: isCompressed ? Self.gzip(content) : content)
    }
    return tar.finished
  }
}

/// What the system's gzip makes of a gzip file.
func gunzip(_ bytes: [UInt8]) throws -> [UInt8] {
  try Scratch.run { scratch throws in
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/gzip")
    process.arguments = ["-dc", try scratch.write(bytes, as: "file.gz")]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let content = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw GzipFailed() }
    return Array(content)
  }
}

struct GzipFailed: Error {}
