import Crypto

/// Digests of the pixels of every picture in an archive, to find those that are there more than once: eight bytes each.
///
/// If one of two equal pictures were marked and the other not, or each in its own way, their difference would show the mark.
/// So neither is. The digests are the front of SHA-256: whatever archive somebody makes up, no two equal pictures are missed,
/// and at worst one that is alone is taken for one that is not.
struct PixelDigests {
  /// Of the samples, in stream order, and of pictures that are no samples.
  private var samples: [UInt64] = []
  private var others: [UInt64] = []
  /// Which of them earlier versions did not read.
  private var deepSamples: Set<Int> = []
  private var deepOthers: Set<Int> = []
  /// The samples' pixels themselves, while there are no more than may be kept.
  private(set) var pixels: [UInt8]?
  private let mostPixels: Int

  /// - Parameter mostPixels: bytes of the samples that are kept.
  init(mostPixels: Int = 0) {
    self.mostPixels = mostPixels
    pixels = mostPixels > 0 ? [] : nil
  }

  fileprivate mutating func keep(_ bytes: UnsafeRawBufferPointer) {
    guard let count = pixels?.count else { return }
    if count + bytes.count <= mostPixels { pixels?.append(contentsOf: bytes) } else { pixels = nil }
  }

  /// - Parameters:
  ///   - planes: (C, H, W); a grey picture counts as the colour picture that shows the same.
  ///   - isDeep: whether its file holds more of its pixels than these.
  mutating func add(_ planes: [UInt8], channels: Int, isSample: Bool, isDeep: Bool = false) {
    var hash = SHA256()
    for _ in 0..<(channels == 1 ? 3 : 1) { hash.update(data: planes) }
    if isSample { planes.withUnsafeBytes { keep($0) } }
    if isDeep {
      if isSample { deepSamples.insert(samples.count) } else { deepOthers.insert(others.count) }
    }
    add(hash, isSample: isSample)
  }

  /// Indices of the samples whose pixels another picture has too, ascending.
  /// - Parameter withoutDeep: as if there were no deep pictures.
  func repeated(withoutDeep: Bool = false) -> [Int] {
    func counted(_ digests: [UInt64], _ deep: Set<Int>) -> [UInt64] {
      withoutDeep && !deep.isEmpty ? digests.indices.filter { !deep.contains($0) }.map { digests[$0] } : digests
    }
    let sorted = (counted(samples, deepSamples) + counted(others, deepOthers)).sorted()
    var twice: Set<UInt64> = []
    for place in sorted.indices.dropFirst() where sorted[place] == sorted[place - 1] { twice.insert(sorted[place]) }
    guard !twice.isEmpty else { return [] }
    return samples.indices.filter { twice.contains(samples[$0]) && !(withoutDeep && deepSamples.contains($0)) }
  }

  fileprivate mutating func add(_ hash: SHA256, isSample: Bool) {
    let digest = hash.finalize().prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    if isSample { samples.append(digest) } else { others.append(digest) }
  }

  /// The pictures of a member of fixed-size records, while it streams past.
  struct Records {
    private let format: RecordFormat
    private let isSample: Bool
    /// Bytes of the current record that have passed.
    private var at = 0
    private var hash = SHA256()

    init(_ format: RecordFormat, isSample: Bool) {
      self.format = format
      self.isSample = isSample
    }

    mutating func read(_ block: Span<UInt8>, into digests: inout PixelDigests) {
      block.withUnsafeBytes { bytes in
        var from = 0
        while from < bytes.count {
          let end = min(format.bytes, at + bytes.count - from)
          let (first, last) = (max(at, format.pixels.lowerBound), min(end, format.pixels.upperBound))
          if first < last {
            let start = from + first - at
            let piece = UnsafeRawBufferPointer(rebasing: bytes[start..<start + last - first])
            hash.update(bufferPointer: piece)
            if isSample { digests.keep(piece) }
          }
          from += end - at
          at = end
          guard at == format.bytes else { continue }
          digests.add(hash, isSample: isSample)
          hash = SHA256()
          at = 0
        }
      }
    }
  }
}
