import Archives
import Crypto
import Foundation
import Foundations
import Work

/// Whether a directory is a complete and valid bag: everything that has to be there is there, every payload file is listed,
/// and every listed file has its digest. Tests compare it with the Library of Congress' `bagit.py`.
///
/// Names are compared up to Unicode's normal forms, as `String` does: a copy through another filesystem may change them.
/// - Source: RFC 8493 §2 and §3
struct BagInspection {
  /// What is wrong, one line each; empty when all is well.
  private(set) var problems: [String] = []
  /// Tag files that no manifest lists, which RFC 8493 allows: nothing is known of them.
  private(set) var unlisted: [String] = []

  private let bag: BagIt
  /// Whether tag files are in ISO 8859-1, which RFC 8493 allows too.
  private var isLatin = false
  /// Digests by file and algorithm, in the order of the manifests.
  private var entries: [(name: String, digests: [String: String])] = []
  private var places: [String: Int] = [:]
  /// Payload files by name: as they are called on the disk, and their sizes.
  private var payload: [String: (name: String, bytes: Int)] = [:]

  /// Digests that manifests may have here, by what they are called in a manifest's name.
  private static let algorithms: [String: @Sendable (StrangersFile, ProgressReport) throws -> String] = [
    "md5": { try $0.digest(Insecure.MD5.self, onProgress: $1).hexadecimal },
    "sha1": { try $0.digest(Insecure.SHA1.self, onProgress: $1).hexadecimal },
    "sha256": { try $0.digest(SHA256.self, onProgress: $1).hexadecimal },
    "sha384": { try $0.digest(SHA384.self, onProgress: $1).hexadecimal },
    "sha512": { try $0.digest(SHA512.self, onProgress: $1).hexadecimal },
  ]

  /// - Parameters:
  ///   - largest: bytes that a listed file may have, by its name.
  ///   - onProgress: called after each piece of a file; what it throws ends the check.
  /// - Throws: what `onProgress` throws.
  init(
    _ bag: BagIt, largest: (String) -> Int = { _ in .max }, onProgress: ProgressReport = { _ in }
  ) throws {
    self.bag = bag
    guard declaration() else { return }
    payloadFiles("data", depth: 0)
    information()
    manifests()
    fetch()
    completeness()
    try digests(largest, onProgress)
    // A folder counts as listed with any file in it.
    let listed = Set(entries.compactMap { $0.name.split(separator: "/").first.map(String.init) })
    unlisted = names(in: bag.directory)
      .filter { $0 != "data" && !listed.contains($0) && !Self.isTagManifest($0) }
  }

  /// A bag in which more is wrong is wrong.
  private static let mostProblems = 100
  private static let mostFiles = 10_000
  /// Every file of a dataset that is a directory is payload, below a folder of its name in `data`.
  private static let mostPayloadFiles = StrangersTree.entryLimit
  private static let payloadDepth = InputLimits().nameDepth + 2

  private mutating func wrong(_ problem: String) {
    if problems.count < Self.mostProblems { problems.append(problem) }
  }

  private func names(in directory: String) -> [String] {
    (try? StrangersDirectory(directory).names(limit: Self.mostFiles)) ?? []
  }

  /// The payload, sorted by name.
  var payloadNames: [String] { payload.keys.sorted() }

  /// The SHA-256 that a manifest states of a file; nil without one.
  func digest(of name: String) -> String? { places[name].flatMap { entries[$0].digests["sha256"] } }

  // MARK: - Tag files

  /// `bagit.txt`.
  /// - Returns: false if what the rest means cannot be known.
  private mutating func declaration() -> Bool {
    guard let text = text(of: "bagit.txt") else {
      wrong("bagit.txt: missing or not UTF-8")
      return false
    }
    if text.hasPrefix("\u{FEFF}") { wrong("bagit.txt: starts with a byte-order mark") }
    guard let tags = Self.tags(of: text) else {
      wrong("bagit.txt: a line without a colon")
      return false
    }
    let version = tags.filter { $0.name == "BagIt-Version" }.map(\.value)
    let numbers = version.first.map { $0.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false) } ?? []
    guard version.count == 1, numbers.allSatisfy({ Int($0) != nil }) else {
      wrong("bagit.txt: “BagIt-Version” must be there once and say MAJOR.MINOR")
      return false
    }
    // Versions since 0.93 differ in nothing that is checked here, but for the name of bag-info.txt before 0.96.
    let (major, minor) = (Int(numbers[0]) ?? 0, numbers.count > 1 ? Int(numbers[1]) ?? 0 : 0)
    guard major == 1 || major == 0 && minor >= 93 else {
      wrong("bagit.txt: version \(version[0]) is not known")
      return false
    }
    let encoding = tags.filter { $0.name == "Tag-File-Character-Encoding" }.map { $0.value.lowercased() }
    guard encoding.count == 1, ["utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1"].contains(encoding[0]) else {
      wrong("bagit.txt: “Tag-File-Character-Encoding” must be there once and say UTF-8")
      return false
    }
    isLatin = encoding[0] == "iso-8859-1"
    return true
  }

  /// `bag-info.txt`, which may be missing: the payload's size and number of files, where it states them.
  private mutating func information() {
    let name = "bag-info.txt"
    guard FileManager.default.fileExists(atPath: bag.path(name)) else { return }
    guard let text = text(of: name), let tags = Self.tags(of: text) else { return wrong("\(name): malformed") }
    guard let stated = tags.first(where: { $0.name == "Payload-Oxum" })?.value else { return }
    let found = "\(payload.values.reduce(0) { $0 + $1.bytes }).\(payload.count)"
    let numbers = stated.split(separator: ".", omittingEmptySubsequences: false).map { UInt64($0) }
    guard numbers.count == 2, let bytes = numbers[0], let files = numbers[1], "\(bytes).\(files)" == found else {
      return wrong("\(name): Payload-Oxum is \(found), not “\(stated)”")
    }
  }

  /// `fetch.txt`: files that are still to be fetched are missing, and are found to be. Here, whether it could be read.
  private mutating func fetch() {
    let name = "fetch.txt"
    guard FileManager.default.fileExists(atPath: bag.path(name)) else { return }
    guard let text = text(of: name) else { return wrong("\(name): not UTF-8") }
    for line in Self.lines(of: text) {
      let parts = line.split(maxSplits: 2, whereSeparator: \.isWhitespace)
        .map { String($0.drop(while: \.isWhitespace)) }
      let address = parts.first.flatMap(URLComponents.init)
      guard parts.count == 3, let scheme = address?.scheme, scheme == "file" || address?.host?.isEmpty == false,
        Self.place(parts[2]) != nil
      else {
        wrong("\(name): malformed line “\(line)”")
        continue
      }
    }
  }

  private mutating func manifests() {
    let names = names(in: bag.directory)
    var hasPayloadManifest = false
    for name in names {
      let isTag = Self.isTagManifest(name)
      guard isTag || name.hasPrefix("manifest-") && name.hasSuffix(".txt") else { continue }
      let algorithm = String(name.dropFirst(isTag ? 12 : 9).dropLast(4))
      guard Self.algorithms[algorithm] != nil else { continue }
      hasPayloadManifest = hasPayloadManifest || !isTag
      guard let text = text(of: name) else {
        wrong("\(name): missing or not UTF-8")
        continue
      }
      for line in Self.lines(of: text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]) {
        add(line, of: name, algorithm)
      }
    }
    if !hasPayloadManifest { wrong("\(BagIt.payloadManifest): missing") }
  }

  /// A line of a manifest: a digest, white space and a name; of empty lines and comments nothing is expected.
  private mutating func add(_ line: Substring, of manifest: String, _ algorithm: String) {
    if line.isEmpty || line.hasPrefix("#") { return }
    let parts = line.split(maxSplits: 1, whereSeparator: \.isWhitespace)
    // What is split off last keeps the second space before it.
    let listed = parts.count == 2 ? String(parts[1].drop(while: \.isWhitespace).drop { $0 == "*" }) : ""
    guard !listed.isEmpty, parts[0].allSatisfy(\.isHexDigit) else {
      return wrong("\(manifest): malformed line “\(line)”")
    }
    guard let name = Self.place(listed) else { return wrong("\(manifest): “\(listed)” leaves the directory") }
    let place = places[name] ?? entries.count
    if place == entries.count {
      entries.append((name, [:]))
      places[name] = place
    }
    if entries[place].digests.updateValue(parts[0].lowercased(), forKey: algorithm) != nil {
      wrong("\(name): listed twice, the second time in \(manifest)")
    }
  }

  // MARK: - Payload and digests

  private mutating func payloadFiles(_ directory: String, depth: Int) {
    guard depth < Self.payloadDepth,
      let names = try? StrangersDirectory(bag.path(directory)).names(limit: Self.mostPayloadFiles)
    else {
      return wrong("\(directory): missing, or with more in it than is looked through")
    }
    for name in names.map({ "\(directory)/\($0)" }) {
      let attributes = try? FileManager.default.attributesOfItem(atPath: bag.path(name))
      switch attributes?[.type] as? FileAttributeType {
      case .typeDirectory?: payloadFiles(name, depth: depth + 1)
      case .typeRegular?:
        if payload.updateValue((name, attributes?[.size] as? Int ?? 0), forKey: name) != nil {
          wrong("\(name): another file's name differs in its normal form alone")
        }
      default: wrong("\(name): not a regular file")
      }
    }
  }

  private mutating func completeness() {
    for (name, _) in entries where !isThere(name) { wrong("\(name): listed and missing") }
    for name in payload.keys.sorted() where places[name] == nil { wrong("\(name): in no manifest") }
  }

  private func isThere(_ name: String) -> Bool {
    if name.hasPrefix("data/") { return payload[name] != nil }
    let attributes = try? FileManager.default.attributesOfItem(atPath: bag.path(name))
    return attributes?[.type] as? FileAttributeType == .typeRegular
  }

  private mutating func digests(_ largest: (String) -> Int, _ onProgress: ProgressReport) throws {
    for (name, digests) in entries where isThere(name) {
      for (algorithm, stated) in digests.sorted(by: { $0.key < $1.key }) {
        do {
          let file = try StrangersFile(payload[name]?.name ?? name, below: bag.directory, limit: largest(name))
          let found = try Self.algorithms[algorithm]?(file, onProgress)
          if found != stated { wrong("\(name): \(algorithm) is \(found ?? "unknown"), not \(stated)") }
        } catch let fault as FileFault {
          wrong("\(name): \(fault)")
        }
      }
    }
  }

  // MARK: - Forms

  private func text(of name: String) -> String? {
    guard let bytes = try? StrangersFile(name, below: bag.directory).bytes(limit: FileLimits.tagFile) else {
      return nil
    }
    return isLatin ? String(data: Data(bytes), encoding: .isoLatin1) : String(validating: bytes, as: UTF8.self)
  }

  private static func isTagManifest(_ name: String) -> Bool { name.hasPrefix("tagmanifest-") && name.hasSuffix(".txt") }

  /// Lines without white space at their ends.
  private static func lines(of text: some StringProtocol) -> [Substring] {
    text.split(omittingEmptySubsequences: true, whereSeparator: \.isNewline).map { line in
      let text = Substring(line).drop(while: \.isWhitespace)
      return text.lastIndex { !$0.isWhitespace }.map { text[...$0] } ?? ""
    }
  }

  /// `name: value` lines, of which those that begin with white space go on with the line before; nil for any other line.
  private static func tags(of text: String) -> [(name: String, value: String)]? {
    var tags: [(name: String, value: String)] = []
    let whole = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
    for line in whole.split(omittingEmptySubsequences: true, whereSeparator: \.isNewline) {
      guard let trimmed = lines(of: line).first, !trimmed.isEmpty else { continue }
      if line.first?.isWhitespace == true, let last = tags.indices.last {
        tags[last].value += " \(trimmed)"
      } else if let colon = trimmed.firstIndex(of: ":") {
        let value = lines(of: trimmed[colon...].dropFirst()).first ?? ""
        tags.append((lines(of: trimmed[..<colon]).first.map(String.init) ?? "", String(value)))
      } else {
        return nil
      }
    }
    return tags
  }

  /// A listed name without steps that go nowhere, CR and LF no longer encoded; nil if it leads out of the bag.
  private static func place(_ listed: String) -> String? {
    if listed.hasPrefix("/") || listed.hasPrefix("~") { return nil }
    var parts: [Substring] = []
    for part in listed.split(separator: "/") where part != "." {
      if part == ".." {
        if parts.popLast() == nil { return nil }
      } else {
        parts.append(part)
      }
    }
    let name = parts.joined(separator: "/")
    return name.isEmpty
      ? nil : name.replacingOccurrences(of: "%0D", with: "\r").replacingOccurrences(of: "%0A", with: "\n")
  }
}
