/// One digest of several files: SHA-256 of the lines that `sha256sum` prints of them, sorted by the bytes of the names
/// (docs/formats, "Several files"). It does not depend on the order in which the files were read.
package struct FileListDigest {
  private var lines: [(name: String, digest: String)] = []

  package init() {}

  package mutating func add(_ name: String, _ digest: HexDigest) { add(name, "\(digest)") }

  /// - Parameter digest: SHA-256 in lower-case hexadecimal.
  package mutating func add(_ name: String, _ digest: String) { lines.append((name, digest)) }

  package func digest() -> HexDigest {
    let sorted = lines.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    var text: [UInt8] = []
    for line in sorted { text += Array("\(line.digest)  \(line.name)\n".utf8) }
    return HexDigest(of: text)
  }
}
