import Foundation

/// A tar parser written from the POSIX format alone and sharing no code with the program: what the program wrote is read
/// here by someone else.
struct PlainTar {
  struct Member: Equatable {
    var name: String
    var kind: UInt8
    var content: [UInt8]
  }

  struct Malformed: Error { var offset: Int }

  let members: [Member]

  /// Reads a `.tar.gz` with the system's gzip.
  init(gzip path: String) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/gzip")
    process.arguments = ["-dc", path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Malformed(offset: -1) }
    try self.init(Array(bytes))
  }

  init(_ bytes: [UInt8]) throws {
    var members: [Member] = []
    var offset = 0
    var longName: String?
    while offset + 512 <= bytes.count {
      let header = Array(bytes[offset..<offset + 512])
      if header.allSatisfy({ $0 == 0 }) { break }
      func text(_ range: Range<Int>) -> String { String(decoding: header[range].prefix { $0 != 0 }, as: UTF8.self) }
      func octal(_ range: Range<Int>) -> Int? {
        Int(text(range).trimmingCharacters(in: .whitespaces), radix: 8)
      }
      let sum = header.indices.reduce(0) { $0 + ((148..<156).contains($1) ? 32 : Int(header[$1])) }
      guard let size = octal(124..<136), octal(148..<156) == sum else { throw Malformed(offset: offset) }
      let first = offset + 512
      guard first + size <= bytes.count else { throw Malformed(offset: first) }
      let content = Array(bytes[first..<first + size])
      let prefix = text(345..<500)
      let name = longName ?? (prefix.isEmpty ? text(0..<100) : prefix + "/" + text(0..<100))
      switch header[156] {
      case UInt8(ascii: "x"): longName = Self.path(inPax: content)
      case UInt8(ascii: "g"): break
      default:
        members.append(Member(name: name, kind: header[156], content: content))
        longName = nil
      }
      offset = first + (size + 511) / 512 * 512
    }
    self.members = members
  }

  private static func path(inPax content: [UInt8]) -> String? {
    for line in String(decoding: content, as: UTF8.self).split(separator: "\n") {
      if let range = line.range(of: " path=") { return String(line[range.upperBound...]) }
    }
    return nil
  }
}
