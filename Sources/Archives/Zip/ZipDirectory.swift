import Foundations

/// The central directory of a zip archive: which members there are, and where.
///
/// It is what counts, and it has one reading: its end is the last thing in the file, its entries stand in the order of
/// their members, and members, directory and end lie one behind the other without a byte between them. So no two members
/// share bytes, and none is hidden from those who read local headers.
///
/// - Source: APPNOTE.TXT 6.3.10 §4.3.14 … §4.3.16.
struct ZipDirectory {
  private static let endBytes = 22
  private static let locatorBytes = 20
  private static let largeEndBytes = 56

  private let file: FileSource
  /// Where the entries are.
  let range: Range<Int>
  let count: Int
  /// Entries that have been handed out, and where the next one is.
  private var handedOut = 0
  private(set) var position: Int
  private var ahead: ArraySlice<UInt8> = []
  /// Whether it does not count, because it has not begun at the first.
  private var isSought = false

  /// - Throws: `DatasetError` for a file without an end, and for one that has more than one.
  init(_ file: FileSource) throws {
    func refusal(_ why: String) -> DatasetError { DatasetError(.ambiguousZip(why), file: file.path) }
    let tail = try file.bytes(max(0, file.size - Self.endBytes - 0xFFFF)..<file.size)
    guard
      let place = tail.indices.dropLast(Self.endBytes - 1).last(where: {
        tail[$0] == UInt8(ascii: "P") && tail[$0...].starts(with: "PK\u{5}\u{6}".utf8)
      })
    else { throw DatasetError(.missingDirectory, file: file.path) }
    let end = tail[place...]
    let comment = end.number(at: 20, bytes: 2)
    guard end.count >= Self.endBytes + comment else { throw DatasetError(.truncated, file: file.path) }
    guard end.count == Self.endBytes + comment else { throw DatasetError(.trailingData, file: file.path) }
    var last = file.size - end.count
    // This disk, that of the directory, its entries here and in all, its bytes, its place.
    var fields = [(4, 2), (6, 2), (8, 2), (10, 2), (12, 4), (16, 4)].map { end.number(at: $0.0, bytes: $0.1) }
    if last >= Self.locatorBytes {
      let locator = try file.bytes(last - Self.locatorBytes..<last)
      if locator.starts(with: "PK\u{6}\u{7}".utf8) {
        let start = locator.number(at: 8, bytes: 8)
        guard start <= last - Self.locatorBytes - Self.largeEndBytes else { throw refusal("its zip64 end is missing") }
        let large = try file.bytes(start..<start + Self.largeEndBytes)
        guard large.starts(with: "PK\u{6}\u{6}".utf8),
          large.number(at: 4, bytes: 8) == last - Self.locatorBytes - start - 12
        else { throw refusal("its zip64 end is damaged") }
        let wide = [(16, 4), (20, 4), (24, 8), (32, 8), (40, 8), (48, 8)].map { large.number(at: $0.0, bytes: $0.1) }
        for (place, (field, other)) in zip(fields, wide).enumerated() {
          guard field == other || field == (place < 4 ? 0xFFFF : 0xFFFF_FFFF) else {
            throw refusal("it has two ends that differ")
          }
        }
        (fields, last) = (wide, start)
      }
    }
    guard fields[0] == 0, fields[1] == 0, fields[2] == fields[3] else {
      throw DatasetError(.splitArchive, file: file.path)
    }
    let (bytes, start) = (fields[4], fields[5])
    guard start <= last, bytes == last - start else {
      throw refusal("its directory does not lie between its members and its end")
    }
    self.file = file
    count = fields[2]
    range = start..<last
    position = start
  }

  /// The next entry; nil after the last.
  /// - Throws: `DatasetError` for an entry that is damaged, and at the end if there are not as many as there should be.
  mutating func next() throws -> ZipEntry? {
    guard isSought ? position < range.upperBound : handedOut < count else {
      guard position == range.upperBound else { throw damaged() }
      return nil
    }
    let fixed = try take(ZipEntry.fixedBytes)
    guard fixed.starts(with: ZipEntry.signature) else { throw damaged() }
    let lengths = [28, 30].reduce(0) { $0 + fixed.number(at: $1, bytes: 2) }
    let bytes = Array(fixed) + (try take(lengths))
    _ = try take(fixed.number(at: 32, bytes: 2))
    handedOut += 1
    do throws(ZipEntry.Ambiguity) {
      return try ZipEntry(bytes)
    } catch {
      let name = bytes.dropFirst(ZipEntry.fixedBytes).prefix(fixed.number(at: 28, bytes: 2))
      throw DatasetError(.ambiguousZip(error.why), file: file.path, member: String(decoding: name, as: UTF8.self))
    }
  }

  /// The same directory, whose next entry is the one at a place.
  func sought(_ place: Int) -> Self {
    var other = self
    (other.position, other.ahead, other.isSought) = (min(max(place, range.lowerBound), range.upperBound), [], true)
    return other
  }

  private func damaged() -> DatasetError {
    DatasetError(.corrupt("zip: damaged central directory"), file: file.path, offset: position)
  }

  private mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
    guard count <= range.upperBound - position else { throw damaged() }
    if ahead.count < count {
      // Whatever has been read ahead ends here, so the next bytes are behind it.
      let from = position + ahead.count
      let block = isSought ? FileSource.partBlockBytes : FileSource.blockBytes
      ahead += try file.bytes(from..<min(range.upperBound, from + max(count, block)))
    }
    defer {
      ahead = ahead.dropFirst(count)
      position += count
    }
    return ahead.prefix(count)
  }
}
