package import Archives

/// Where the samples of a surveyed archive lie: the members that hold them, in stream order.
///
/// Memory is 32 bytes and its name a member.
package struct SamplePlaces: Sendable, Equatable {
  /// A member that holds samples.
  package struct Member: Equatable {
    package let name: String
    /// Bytes of content.
    package let size: Int
    package let place: MemberPlace
    /// Indices of the samples in it.
    package let samples: Range<Int>
  }

  struct Row: Sendable, Equatable {
    var position: UInt64
    var size: UInt64
    /// Where the name ends in `names`; it begins where the one before ends.
    var nameEnd: UInt64
    /// Index of the member's first sample.
    var first: UInt32
    /// Which of `holders` it lies in, from 1; 0 for the source's file itself.
    var holder: UInt32
  }

  private(set) var rows: [Row] = []
  private(set) var names: [UInt8] = []
  /// Archives in the archive that hold members.
  private(set) var holders: [InnerArchive] = []

  init() {}

  /// - Returns: nil unless they fit together.
  init?(rows: [Row], names: [UInt8], holders: [InnerArchive]) {
    var (first, name): (UInt32?, UInt64) = (nil, 0)
    for row in rows {
      guard first.map({ $0 < row.first }) ?? (row.first == 0), row.nameEnd >= name, row.nameEnd <= UInt64(names.count),
        row.holder <= UInt32(holders.count), row.position <= UInt64(Int.max) / 2, row.size <= UInt64(Int.max) / 2
      else { return nil }
      (first, name) = (row.first, row.nameEnd)
    }
    // Sums of two such numbers can be counted.
    let counts = 0...Int.max / 2
    guard holders.allSatisfy({ [$0.position, $0.content, $0.size].allSatisfy(counts.contains) }) else { return nil }
    (self.rows, self.names, self.holders) = (rows, names, holders)
  }

  /// - Parameter sample: index of its first sample; members come in stream order.
  mutating func add(_ member: ArchiveMember, at place: MemberPlace, first sample: Int) {
    if let archive = place.archive, archive != holders.last { holders.append(archive) }
    names += member.name.utf8
    rows.append(
      Row(
        position: UInt64(place.position), size: UInt64(member.size), nameEnd: UInt64(names.count),
        first: UInt32(sample), holder: place.archive == nil ? 0 : UInt32(holders.count)))
  }

  /// Those of some samples, each of which is a member of its own, numbered anew.
  /// - Parameter samples: ascending.
  func keeping(_ samples: [Int]) -> Self {
    var kept = Self()
    kept.holders = holders
    for sample in samples {
      var row = rows[sample]
      kept.names += names[(sample == 0 ? 0 : Int(rows[sample - 1].nameEnd))..<Int(row.nameEnd)]
      row.nameEnd = UInt64(kept.names.count)
      row.first = UInt32(kept.rows.count)
      kept.rows.append(row)
    }
    return kept
  }

  /// The member that holds a sample.
  /// - Parameter count: of all samples.
  func member(of sample: Int, among count: Int) -> Member {
    precondition((0..<count).contains(sample) && !rows.isEmpty, "a sample of the survey")
    // The last one that begins at the sample or before.
    var (low, high) = (0, rows.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if Int(rows[middle].first) <= sample { low = middle } else { high = middle }
    }
    let row = rows[low]
    let end = low + 1 < rows.count ? Int(rows[low + 1].first) : count
    let nameStart = low == 0 ? 0 : Int(rows[low - 1].nameEnd)
    return Member(
      name: String(decoding: names[nameStart..<Int(row.nameEnd)], as: UTF8.self), size: Int(row.size),
      place: MemberPlace(
        position: Int(row.position), archive: row.holder == 0 ? nil : holders[Int(row.holder) - 1]),
      samples: Int(row.first)..<end)
  }
}
