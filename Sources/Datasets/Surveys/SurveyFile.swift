import Archives
import Crypto
import Foundation
import Foundations

/// A survey as it is kept (docs/formats, "Kept surveys"): a line of JSON, columns of numbers, a digest.
struct SurveyFile {
  /// Raised with what a survey finds as well as with how it is written.
  static let format = "dandyroll-survey/1"
  /// Of the whole file, and of its first line, bytes.
  static let largest = 2 << 30
  private static let largestHeader = 32 << 20

  /// What a survey is of and what it hangs on: another program, or other limits, may come to another one.
  struct Key: Codable, Equatable {
    let program: String
    let limits: InputLimits

    init(program: String, limits: InputLimits) {
      self.program = program
      var limits = limits
      // It decides what is read of an archive after a survey.
      limits.cacheBytes = 0
      self.limits = limits
    }
  }

  private struct Header: Codable {
    var format = SurveyFile.format
    var key: Key
    var sha256: HexDigest
    /// Of the file and of the tar stream in it.
    var bytes: Int
    var archiveBytes: Int
    var container: String
    var layout: String
    /// The shape of all samples, or the channels of samples of many sizes.
    var shape: ImageShape?
    var channels: Int
    var classes: [String]
    var warnings: [String]
    var skipped: [SkippedSample]
    /// Pictures in other formats.
    var foreign: Int
    var holders: [InnerArchive]
    /// Lengths of the columns.
    var members: Int
    var samples: Int
    var repeated: Int
    var faint: Int
    var earlier: Earlier?
    var skippedPlaces: Int
    var places: Int
    var nameBytes: Int

    /// What earlier versions read.
    struct Earlier: Codable {
      var shape: ImageShape?
      var channels: Int
      /// Lengths of the columns.
      var unread: Int
      var repeated: Int
    }

    private enum CodingKeys: String, CodingKey {
      case format, key, sha256, bytes, container, layout, shape, channels, classes, warnings, skipped, foreign, holders,
        members, samples, repeated, faint, earlier, places
      case archiveBytes = "archive_bytes"
      case skippedPlaces = "skipped_places"
      case nameBytes = "name_bytes"
    }
  }

  /// Why a file is not the survey that is looked for.
  struct Unusable: Error {
    var why: String
  }

  /// - Returns: nil for a survey that is too large to be kept.
  static func encode(_ survey: DatasetSurvey, _ key: Key) throws -> [UInt8]? {
    let (places, skipped) = (survey.places, survey.skippedImages.sorted())
    var sides: [SampleGeometry.Sides] = []
    if case .varied(_, let all) = survey.geometry { sides = all }
    let header = try CanonicalJSON.encode(
      Header(
        key: key, sha256: survey.digest, bytes: survey.fileBytes, archiveBytes: survey.archiveBytes,
        container: survey.container.rawValue, layout: survey.layout.rawValue, shape: survey.geometry.shape,
        channels: survey.geometry.channels, classes: survey.classNames, warnings: survey.warnings,
        skipped: survey.skipped, foreign: survey.foreignPictures, holders: places.holders, members: survey.memberCount,
        samples: survey.count, repeated: survey.repeated.count, faint: survey.faint.count,
        earlier: survey.earlier.map {
          Header.Earlier(
            shape: $0.geometry.shape, channels: $0.geometry.channels, unread: $0.unread.count,
            repeated: $0.repeated.count)
        }, skippedPlaces: skipped.count, places: places.rows.count,
        nameBytes: places.names.count))
    guard header.count <= largestHeader else { return nil }
    var bytes = Array(header)
    bytes.reserveCapacity(header.count + survey.count * 11 + places.rows.count * 32 + places.names.count + 32)
    for label in survey.labels { bytes.append(label) }
    for split in survey.splits { bytes.append(split.rawValue) }
    for side in sides {
      bytes.append(side.height)
      bytes.append(side.width)
    }
    for index in survey.repeated + survey.faint { bytes.append(UInt32(index)) }
    if let earlier = survey.earlier {
      for index in earlier.unread + earlier.repeated { bytes.append(UInt32(index)) }
    }
    for place in skipped { bytes.append(UInt32(place)) }
    for row in places.rows {
      bytes.append(row.position)
      bytes.append(row.size)
      bytes.append(row.nameEnd)
      bytes.append(row.first)
      bytes.append(row.holder)
    }
    bytes += places.names
    bytes += HexDigest(of: bytes).bytes
    return bytes.count <= largest ? bytes : nil
  }

  /// - Parameters:
  ///   - digest: of the archive that is at `file`.
  ///   - identity: of that file, if a change would show.
  static func decode(
    _ bytes: [UInt8], of file: String, digest: HexDigest, _ key: Key, identity: FileIdentity?
  ) throws(Unusable) -> DatasetSurvey {
    guard let end = bytes.prefix(largestHeader).firstIndex(of: UInt8(ascii: "\n")) else {
      throw Unusable(why: "it has no header")
    }
    guard let named = try? CanonicalJSON.decode(Named.self, from: bytes[..<end]), named.format == format else {
      throw Unusable(why: "it is of another version of the format")
    }
    guard bytes.count >= end + 1 + 32, HexDigest(of: bytes[..<(bytes.count - 32)]).bytes == Array(bytes.suffix(32))
    else { throw Unusable(why: "it is damaged") }
    guard let header = try? CanonicalJSON.decode(Header.self, from: bytes[..<end]) else {
      throw Unusable(why: "its header is damaged")
    }
    guard header.sha256 == digest else { throw Unusable(why: "it is of another archive") }
    guard header.key == key else {
      throw Unusable(
        why: header.key.limits == key.limits
          ? "another version of the program made it" : "it was made with other limits")
    }
    guard let survey = survey(header, bytes[(end + 1)..<(bytes.count - 32)], of: file, identity) else {
      throw Unusable(why: "its columns do not fit together")
    }
    return survey
  }

  private struct Named: Codable {
    var format: String
  }

  private static func survey(
    _ header: Header, _ content: ArraySlice<UInt8>, of file: String, _ identity: FileIdentity?
  ) -> DatasetSurvey? {
    var columns = Columns(content)
    let classes = header.classes.count
    guard let container = ArchiveContainer(rawValue: header.container), let layout = Layout(rawValue: header.layout),
      let labels: [UInt16] = columns.next(header.samples), labels.allSatisfy({ Int($0) < classes }),
      let splits = columns.next(header.samples, of: UInt8.self)?.map(Split.init(rawValue:)), !splits.contains(nil),
      let sides: [UInt32] = columns.next(header.shape == nil ? 2 * header.samples : 0),
      let repeated = columns.indices(header.repeated, below: header.samples),
      let faint = columns.indices(header.faint, below: header.samples),
      let unread = columns.indices(header.earlier?.unread ?? 0, below: header.samples),
      let earlierRepeated = columns.indices(header.earlier?.repeated ?? 0, below: header.samples),
      let skipped = columns.next(header.skippedPlaces, of: UInt32.self)?.map(Int.init),
      let rows = columns.rows(header.places), let names: [UInt8] = columns.next(header.nameBytes), columns.isAtEnd,
      let places = SamplePlaces(rows: rows, names: names, holders: header.holders),
      header.samples >= 1, !rows.isEmpty, Int(rows[rows.count - 1].first) < header.samples, header.foreign >= 0
    else { return nil }
    // What a survey finds is within its limits.
    let lengths = 1...max(1, header.key.limits.imageSide)
    func isPossible(_ shape: ImageShape) -> Bool {
      shape.channels == header.channels && lengths.contains(shape.height) && lengths.contains(shape.width)
    }
    guard [1, 3].contains(header.channels), sides.allSatisfy({ lengths.contains(Int($0)) }),
      header.shape.map(isPossible) ?? true
    else { return nil }
    let pairs = stride(from: 0, to: sides.count, by: 2).map {
      SampleGeometry.Sides(height: sides[$0], width: sides[$0 + 1])
    }
    let geometry = SampleGeometry(header.shape, channels: header.channels, sides: pairs)
    var earlier: DatasetSurvey.EarlierReading?
    if let known = header.earlier {
      // Of files that are a sample each, some of which are left.
      guard rows.count == header.samples, (1..<header.samples).contains(unread.count),
        Set(unread).isDisjoint(with: earlierRepeated), known.shape != nil || header.shape == nil
      else { return nil }
      let left = Set(unread)
      earlier = DatasetSurvey.EarlierReading(
        unread: unread, repeated: earlierRepeated,
        geometry: SampleGeometry(
          known.shape, channels: known.channels, sides: pairs.indices.filter { !left.contains($0) }.map { pairs[$0] }))
    }
    return DatasetSurvey(
      file: file, container: container, layout: layout, geometry: geometry, classNames: header.classes, labels: labels,
      splits: splits.compactMap(\.self), skipped: header.skipped, foreignPictures: header.foreign,
      repeated: repeated, faint: faint, earlier: earlier, fileBytes: header.bytes,
      archiveBytes: header.archiveBytes, memberCount: header.members, digest: header.sha256, warnings: header.warnings,
      skippedImages: Set(skipped), places: places, identity: identity)
  }
}

extension SampleGeometry {
  fileprivate init(_ shape: ImageShape?, channels: Int, sides: [Sides]) {
    self = shape.map { .uniform($0) } ?? .varied(channels: channels, sides: sides)
  }
}

/// Numbers one behind the other, the least significant byte first.
private struct Columns {
  private var rest: ArraySlice<UInt8>

  init(_ content: ArraySlice<UInt8>) { rest = content }

  var isAtEnd: Bool { rest.isEmpty }

  /// - Returns: nil if there are not as many.
  mutating func next<Number: FixedWidthInteger>(_ count: Int, of: Number.Type = Number.self) -> [Number]? {
    let size = MemoryLayout<Number>.size
    guard count >= 0, count <= rest.count / size else { return nil }
    defer { rest = rest.dropFirst(count * size) }
    return rest.withUnsafeBytes { bytes in
      (0..<count).map { Number(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * size, as: Number.self)) }
    }
  }

  /// Ascending.
  mutating func indices(_ count: Int, below bound: Int) -> [Int]? {
    guard let found = next(count, of: UInt32.self)?.map(Int.init), found.last ?? 0 < max(1, bound),
      zip(found, found.dropFirst()).allSatisfy(<)
    else { return nil }
    return found
  }

  mutating func rows(_ count: Int) -> [SamplePlaces.Row]? {
    guard count >= 0, count <= rest.count / 32 else { return nil }
    defer { rest = rest.dropFirst(count * 32) }
    return rest.withUnsafeBytes { bytes in
      func long(_ at: Int) -> UInt64 { UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)) }
      func short(_ at: Int) -> UInt32 { UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)) }
      return (0..<count).map { row in
        let at = row * 32
        return SamplePlaces.Row(
          position: long(at), size: long(at + 8), nameEnd: long(at + 16), first: short(at + 24), holder: short(at + 28))
      }
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ number: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: number.littleEndian) { self.append(contentsOf: $0) }
  }
}
