import Archives
import Foundation
import Foundations

/// What a survey keeps about a WebDataset shard while it streams past: the class of every sample, found in whatever order a
/// key's members have.
struct ShardTally {
  /// Where the class stands.
  let label: ShardLabel
  private var group: Group?
  /// Of each sample, in stream order: a number, or the place of a name in `names`.
  private var classes: [UInt16] = []
  private var names: [String] = []
  private var places: [String: UInt16] = [:]
  private var hasNumbers = false
  /// The largest number, or the first name, and the member that it is in.
  private var largest: (number: Int, member: String)?
  private var firstName: String?

  /// The members of the key that is streaming past.
  private struct Group {
    let key: String
    var endings: Set<String> = []
    var picture: String?
    var isSample = false
    var label: (member: String, place: UInt16)?
  }

  init(_ label: ShardLabel) { self.label = label }

  /// Takes in a member of a sample before its content is read, and its content if that is the class.
  mutating func read(_ member: ArchiveMember, _ reader: ArchiveReader) throws {
    let (key, ending) = member.shardKey
    if group?.key != key { try close(reader) }
    var next = group ?? Group(key: key)
    guard next.endings.insert(ending).inserted else { throw reader.error(.shard(.twice(ending))) }
    if WebDataset.isPicture(member) {
      guard next.picture == nil else { throw reader.error(.shard(.secondPicture)) }
      next.picture = member.name
    } else if ShardLabel(member) == label {
      guard member.size <= FixedLimits.shardLabelBytes else {
        throw reader.error(.memberTooLarge(bytes: member.size, limit: FixedLimits.shardLabelBytes))
      }
      next.label = (member.name, try place(of: try reader.rest(), in: member, reader))
    }
    group = next
  }

  /// The picture of the current key can be read.
  mutating func addSample() { group?.isSample = true }

  /// The classes of all samples, and their names: those of the shard's own list, of the numbers, or as they were found.
  mutating func finish(
    _ reader: ArchiveReader, named list: [String]?
  ) throws -> (labels: [UInt16], names: [String]) {
    try close(reader)
    func refusal(_ why: String, _ member: String) -> DatasetError {
      DatasetError(.shard(.label(why)), file: reader.path, member: member)
    }
    guard let firstName else {
      guard let largest else { return ([], list ?? []) }
      guard let list else { return (classes, (0...largest.number).map(String.init)) }
      guard largest.number < list.count else {
        throw DatasetError(
          .labelOutOfRange(label: largest.number, classes: list.count), file: reader.path, member: largest.member)
      }
      return (classes, list)
    }
    guard !hasNumbers else { throw refusal("some are numbers and some are names", firstName) }
    guard let list else {
      // Captions stand in .txt as well.
      guard label != .txt else {
        throw refusal("no whole number, and no \(WebDataset.classNameFiles.sorted()[1]) says the names", firstName)
      }
      let order = names.indices.sorted { names[$0].utf8.lexicographicallyPrecedes(names[$1].utf8) }
      var rank = [UInt16](repeating: 0, count: order.count)
      for (place, index) in order.enumerated() { rank[index] = UInt16(place) }
      return (classes.map { rank[Int($0)] }, order.map { names[$0] })
    }
    let indices = try names.map { name in
      guard let index = list.firstIndex(of: name) else {
        throw refusal("\(DatasetError.printable(name)) is not in the list of class names", firstName)
      }
      return UInt16(index)
    }
    return (classes.map { indices[Int($0)] }, list)
  }

  /// The current key is complete.
  private mutating func close(_ reader: ArchiveReader) throws {
    guard let last = group else { return }
    group = nil
    func refusal(_ fault: ShardFault, _ member: String) -> DatasetError {
      DatasetError(.shard(fault), file: reader.path, member: member)
    }
    switch (last.picture, last.label) {
    case (nil, nil): break
    case (nil, let label?): throw refusal(.noPicture, label.member)
    case (let picture?, nil): throw refusal(.noLabel(label.rawValue), picture)
    case (_?, let label?): if last.isSample { classes.append(label.place) }
    }
  }

  private mutating func place(of content: [UInt8], in member: ArchiveMember, _ reader: ArchiveReader) throws -> UInt16 {
    switch try Self.parse(content, label, reader) {
    case .number(let number):
      guard (0..<ImageFolder.classLimit).contains(number) else {
        throw reader.error(.labelOutOfRange(label: number, classes: ImageFolder.classLimit))
      }
      hasNumbers = true
      if number >= largest?.number ?? 0 { largest = (number, member.name) }
      return UInt16(number)
    case .name(let name):
      firstName = firstName ?? member.name
      if let place = places[name] { return place }
      guard names.count < ImageFolder.classLimit else {
        throw reader.error(.tooManyClasses(limit: ImageFolder.classLimit))
      }
      let place = UInt16(names.count)
      places[name] = place
      names.append(name)
      return place
    }
  }

  enum Class: Equatable {
    case number(Int)
    case name(String)
  }

  static func parse(_ content: [UInt8], _ label: ShardLabel, _ reader: ArchiveReader) throws -> Class {
    func refusal(_ why: String) -> DatasetError { reader.error(.shard(.label(why))) }
    let found: Class
    if label == .json {
      guard let members = try? JSONDecoder().decode(Members.self, from: Data(content)) else {
        throw refusal("no JSON object with a number or a name under cls, label or class")
      }
      guard let value = members.cls ?? members.label ?? members.class else {
        throw refusal("nothing stands under cls, label or class")
      }
      found = value.value
    } else {
      guard let text = String(validating: content, as: UTF8.self)?.trimmingCharacters(in: .whitespacesAndNewlines)
      else {
        throw refusal("not UTF-8")
      }
      found = Int(text).map(Class.number) ?? .name(text)
    }
    if case .name(let name) = found {
      guard !name.isEmpty, name.utf8.count <= reader.nameLimit,
        !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
      else { throw refusal("neither a whole number nor a name") }
    }
    return found
  }

  /// What is looked for in a JSON label.
  private struct Members: Decodable {
    var cls: Value?
    var label: Value?
    var `class`: Value?

    struct Value: Decodable {
      let value: Class

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int.self) {
          value = .number(number)
        } else {
          value = .name(try container.decode(String.self))
        }
      }
    }
  }
}

extension ShardLabel {
  /// As many pictures are looked at to tell a shard, and at most so much of an archive.
  private static let pictures = 16
  private static let members = 128
  private static let bytes = 64 << 20

  /// Reads the start of an archive: where the classes stand if it is a shard.
  ///
  /// A picture in a folder with no more than a text beside it is an image folder's with a caption, unless the folder is an
  /// archive of its own.
  static func find(in reader: ArchiveReader) throws -> ShardLabel? {
    var key: String?
    var (endings, hasPicture) = (Set<ShardLabel>(), false)
    var (pictures, members) = (0, 0)
    func found() -> ShardLabel? { hasPicture ? allCases.first(where: endings.contains) : nil }
    while pictures < Self.pictures, members < Self.members, reader.archiveBytes < bytes {
      let next: ArchiveMember?
      // What is wrong with the archive is told when it is read.
      do { next = try reader.nextMember() } catch is DatasetError { break }
      guard let member = next, member.size < bytes else { break }
      guard WebDataset.isOfASample(member) else { continue }
      members += 1
      if key != member.shardKey.key {
        if let found = found() { return found }
        (key, endings, hasPicture) = (member.shardKey.key, [], false)
      }
      let isPlain = member.path.count < 2 + member.archiveDepth
      if WebDataset.isPicture(member) {
        (hasPicture, pictures) = (true, pictures + 1)
      } else if let label = ShardLabel(member), label == .cls || isPlain {
        endings.insert(label)
      }
    }
    return found()
  }
}
