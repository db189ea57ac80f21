/// Builds tar streams block by block, also ones that no honest program writes.
///
/// - Source: POSIX.1-2017, pax, "ustar Interchange Format".
struct TarBuilder {
  private(set) var bytes: [UInt8] = []

  /// Appends a member.
  ///
  /// - Parameters:
  ///   - type: the type flag: "0" file, "1" hard link, "2" symbolic link, "3" and "4" devices, "5" directory, "6" fifo.
  ///   - claimedSize: what the header says when it lies about the content's size.
  mutating func add(
    _ name: [UInt8], type: Character = "0", content: [UInt8] = [], claimedSize: Int? = nil, link: String = "",
    mode: Int = 0o644, modified: Int = 1_000_000_000, magic: String = "ustar\u{0}00", prefix: [UInt8] = []
  ) {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ field: some Sequence<UInt8>, at offset: Int) {
      for (index, byte) in field.enumerated() { header[offset + index] = byte }
    }
    func octal(_ value: Int, digits: Int) -> [UInt8] {
      let text = String(value, radix: 8)
      return Array(String(repeating: "0", count: max(0, digits - text.count)).utf8) + Array(text.utf8)
    }
    put(name.prefix(100), at: 0)
    put(octal(mode, digits: 7), at: 100)
    put(octal(1000, digits: 7), at: 108)
    put(octal(1000, digits: 7), at: 116)
    put(octal(claimedSize ?? content.count, digits: 11), at: 124)
    put(octal(modified, digits: 11), at: 136)
    put("        ".utf8, at: 148)
    put(String(type).utf8, at: 156)
    put(link.utf8, at: 157)
    put(magic.utf8, at: 257)
    if !magic.isEmpty { put("somebody".utf8, at: 265) }
    put(prefix, at: 345)
    put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6) + [0], at: 148)
    bytes += header + content
    bytes += [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
  }

  mutating func add(
    _ name: String, type: Character = "0", content: [UInt8] = [], claimedSize: Int? = nil, link: String = "",
    mode: Int = 0o644, modified: Int = 1_000_000_000, magic: String = "ustar\u{0}00", prefix: [UInt8] = []
  ) {
    add(
      Array(name.utf8), type: type, content: content, claimedSize: claimedSize, link: link, mode: mode,
      modified: modified, magic: magic, prefix: prefix)
  }

  /// Appends a pax header for the next member; of type "g" for all that follow.
  mutating func addPax(_ records: [(key: String, value: String)], type: Character = "x") {
    let body = records.map { key, value in
      // The length counts its own digits.
      let rest = " \(key)=\(value)\n".utf8.count
      var length = rest + 1
      while String(length).utf8.count + rest != length { length += 1 }
      return "\(length) \(key)=\(value)\n"
    }
    add("PaxHeader", type: type, content: Array(body.joined().utf8))
  }

  /// Appends bytes as they are.
  mutating func append(_ raw: [UInt8]) { bytes += raw }

  /// The stream with its two zero blocks.
  var finished: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }
}

/// The members of a plain tar stream, parsed without the code under test.
func parseTar(_ bytes: [UInt8]) -> [(name: String, header: [UInt8], content: [UInt8])] {
  var members: [(name: String, header: [UInt8], content: [UInt8])] = []
  var at = 0
  while at + 512 <= bytes.count, bytes[at] != 0 {
    let header = Array(bytes[at..<at + 512])
    func text(_ range: Range<Int>) -> String {
      String(decoding: header[range].prefix { $0 != 0 }, as: UTF8.self)
    }
    let size = Int(text(124..<136).filter(\.isNumber), radix: 8) ?? 0
    members.append((text(0..<100), header, Array(bytes[at + 512..<at + 512 + size])))
    at += 512 + (size + 511) / 512 * 512
  }
  return members
}
