/// Puts an archive together again from what a walk hands out, with chosen samples marked in batches.
///
/// While a batch fills, everything after its first sample waits; otherwise bytes go straight to the writer.
struct MarkingPress: SampleVisitor {
  private enum Waiting {
    case begin(ArchiveMember, MemberForm)
    case bytes([UInt8])
    case end
    /// Pixels of the next marked sample, and a whole member with them.
    case record
    case image(ArchiveMember)
  }

  private let writer: MemberWriter
  private let survey: DatasetSurvey
  private let batch: Int
  private let epsilon: Int?
  private let marker: (inout [UInt8], MarkerBatch) throws -> Void
  private var waiting: [Waiting] = []
  /// Content that follows the last of `waiting`.
  private var tail: [UInt8] = []
  private var waitingBytes = 0
  private var samples: [Sample] = []
  private(set) var marked: [MarkedSample] = []

  init(
    _ writer: MemberWriter, survey: DatasetSurvey, batch: Int, epsilon: Int?,
    marker: @escaping (inout [UInt8], MarkerBatch) throws -> Void
  ) {
    self.writer = writer
    self.survey = survey
    self.batch = batch
    self.epsilon = epsilon
    self.marker = marker
  }

  mutating func begin(_ member: ArchiveMember, _ form: MemberForm) throws {
    guard !samples.isEmpty else { return try writer.begin(member, form) }
    sealTail()
    waiting.append(.begin(member, form))
    // A header may come without content; in an archive of empty members these are what fills the memory.
    waitingBytes += 512
    try flushIfFull()
  }

  mutating func pass(_ bytes: Span<UInt8>) throws {
    guard !samples.isEmpty else { return try writer.write(bytes) }
    bytes.withUnsafeBufferPointer { tail.append(contentsOf: $0) }
    waitingBytes += bytes.count
    try flushIfFull()
  }

  mutating func end() throws {
    guard !samples.isEmpty else { return try writer.end() }
    sealTail()
    waiting.append(.end)
  }

  mutating func record(_ sample: Sample) throws {
    try add(sample, .record)
  }

  mutating func image(_ sample: Sample, in member: ArchiveMember) throws {
    try add(sample, .image(member))
  }

  private mutating func add(_ sample: Sample, _ place: Waiting) throws {
    samples.append(sample)
    sealTail()
    waiting.append(place)
    // Large images count as well: a batch of them is smaller than asked for rather than out of bounds.
    waitingBytes += sample.pixels.count
    if samples.count == batch { try flush() } else { try flushIfFull() }
  }

  private mutating func sealTail() {
    guard !tail.isEmpty else { return }
    waiting.append(.bytes(tail))
    tail = []
  }

  private mutating func flushIfFull() throws {
    if waitingBytes >= ArchiveRewriter.waitingBytes { try flush() }
  }

  /// Marks what has gathered and writes everything that waited for it.
  mutating func flush() throws {
    guard !samples.isEmpty else { return }
    sealTail()
    let bytes = survey.shape.bytes
    var pixels: [UInt8] = []
    pixels.reserveCapacity(samples.count * bytes)
    for sample in samples { pixels.append(contentsOf: sample.pixels) }
    try marker(
      &pixels, MarkerBatch(indices: samples.map(\.index), labels: samples.map { UInt16($0.label) }))
    precondition(pixels.count == samples.count * bytes, "the marker changed the number of pixels")
    for (position, sample) in samples.enumerated() {
      try judge(sample, pixels[position * bytes..<(position + 1) * bytes])
    }
    try write(pixels)
    waiting.removeAll(keepingCapacity: true)
    samples.removeAll(keepingCapacity: true)
    waitingBytes = 0
  }

  /// Checks ε and records the digests.
  private mutating func judge(_ sample: Sample, _ result: ArraySlice<UInt8>) throws {
    if let epsilon {
      let difference = zip(sample.pixels, result).reduce(0) { max($0, abs(Int($1.0) - Int($1.1))) }
      guard difference <= epsilon else {
        throw DatasetError(
          .epsilon(sample: sample.index, difference: difference, limit: epsilon), file: survey.file,
          member: sample.member, offset: sample.offset)
      }
    }
    marked.append(
      MarkedSample(
        index: sample.index, member: sample.member, offset: sample.offset,
        original: ContentDigest(of: sample.pixels), marked: ContentDigest(of: result)))
  }

  private func write(_ pixels: [UInt8]) throws {
    let bytes = survey.shape.bytes
    var position = 0
    for item in waiting {
      switch item {
      case .begin(let member, let form): try writer.begin(member, form)
      case .bytes(let content): try writer.write(content.span)
      case .end: try writer.end()
      case .record:
        try writer.write(pixels.span.extracting(position * bytes..<(position + 1) * bytes))
        position += 1
      case .image(var member):
        let image = PNGImage(planar: pixels[position * bytes..<(position + 1) * bytes], shape: survey.shape)
        let file = image.encoded()
        member.size = file.count
        try writer.add(member, content: file)
        position += 1
      }
    }
  }
}
