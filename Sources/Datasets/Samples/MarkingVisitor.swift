import Archives
import Foundations

/// Puts an archive together again from what a walk hands out, with chosen samples marked in batches.
///
/// While a batch fills, everything after its first sample waits; otherwise bytes go straight to the writer.
struct MarkingVisitor: SampleVisitor {
  private enum Waiting {
    case begin(ArchiveMember, MemberForm)
    case bytes([UInt8])
    case end
    /// Pixels of the next marked sample, and a whole member with them.
    case record
    case image(ArchiveMember, ImageOrigin)
    /// A whole member as it is written.
    case file(ArchiveMember, [UInt8])
  }

  private let writer: MemberWriter
  private let survey: DatasetSurvey
  private let batch: Int
  private let budget: ChangeBudget?
  private let jpeg: MarkedJPEG
  private let limits: InputLimits
  private let isMarked: (Int) -> Bool
  private let marker: (inout [UInt8], MarkerBatch) throws -> Void
  private let released: ([UInt8], [UInt8], MarkerBatch) throws -> Void
  private var waiting: [Waiting] = []
  /// Content that follows the last of `waiting`.
  private var tail: [UInt8] = []
  private var waitingBytes = 0
  private var samples: [Sample] = []
  private(set) var marked: [MarkedSample] = []
  /// Whether no sample has been written as JPEG.
  private(set) var isExact = true
  /// Of samples that are written anew without a mark.
  private(set) var largestUnmarkedChange = 0
  private var names: PNGNames?

  init(
    _ writer: MemberWriter, survey: DatasetSurvey, batch: Int, budget: ChangeBudget?, jpeg: MarkedJPEG,
    limits: InputLimits,
    isMarked: @escaping (Int) -> Bool, marker: @escaping (inout [UInt8], MarkerBatch) throws -> Void,
    released: @escaping ([UInt8], [UInt8], MarkerBatch) throws -> Void
  ) {
    self.writer = writer
    self.survey = survey
    self.batch = batch
    self.budget = budget
    self.jpeg = jpeg
    self.limits = limits
    self.isMarked = isMarked
    self.marker = marker
    self.released = released
    names = survey.layout.rules.renamesImages && jpeg == .png ? PNGNames() : nil
  }

  mutating func begin(_ member: ArchiveMember, _ form: MemberForm) throws {
    guard names?.pass(member) ?? true else { throw taken(member.name, by: member) }
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

  mutating func image(_ sample: Sample, in member: ArchiveMember, _ origin: ImageOrigin) throws {
    var renamed = member
    if names != nil, origin.format == .jpeg { renamed.name = ImageFormat.nameAsPNG(member.name) }
    let isFree = renamed.name == sample.member ? names?.pass(member) : names?.give(renamed)
    guard isFree ?? true else { throw taken(renamed.name, by: member) }
    guard isMarked(sample.index) else { return try copy(sample, renamed, origin) }
    try add(sample, .image(renamed, origin), bytes: origin.presentation.bytes + sample.unseen.bytes)
  }

  /// An image that is written anew as it is.
  private mutating func copy(_ sample: Sample, _ member: ArchiveMember, _ origin: ImageOrigin) throws {
    let (file, pixels) = try encode(sample, sample.pixels[...], origin, of: member)
    if let pixels {
      let change = SampleChange(from: sample.pixels, to: pixels[...], shape: sample.shape)
      largestUnmarkedChange = max(largestUnmarkedChange, change.largestChange)
    }
    guard !samples.isEmpty else { return try writer.add(member.holding(file), content: file) }
    sealTail()
    waiting.append(.file(member, file))
    waitingBytes += file.count
    try flushIfFull()
  }

  private func taken(_ name: String, by member: ArchiveMember) -> DatasetError {
    DatasetError(.nameTaken(name), file: survey.file, member: member.name)
  }

  private mutating func add(_ sample: Sample, _ place: Waiting, bytes: Int = 0) throws {
    samples.append(sample)
    sealTail()
    waiting.append(place)
    // Large images count as well: a batch of them is smaller than asked for rather than out of bounds.
    waitingBytes += sample.pixels.count + bytes
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
    let batch = MarkerBatch(
      indices: samples.map(\.index), labels: samples.map { UInt16($0.label) }, shapes: samples.map(\.shape))
    let originals = samples.flatMap(\.pixels)
    var pixels = originals
    try marker(&pixels, batch)
    precondition(pixels.count == originals.count, "the marker changed the number of pixels")
    for (position, sample) in samples.enumerated() {
      let range = batch.bytes(of: position)
      sample.unseen.restoreHidden(in: &pixels, range, from: sample.pixels)
      try judge(sample, pixels[range])
    }
    try write(&pixels, of: batch)
    try released(originals, pixels, batch)
    waiting.removeAll(keepingCapacity: true)
    samples.removeAll(keepingCapacity: true)
    waitingBytes = 0
  }

  /// Checks the budget.
  private func judge(_ sample: Sample, _ result: ArraySlice<UInt8>) throws {
    guard let budget else { return }
    let change = SampleChange(
      from: sample.pixels, to: result, shape: sample.shape, displacedBy: budget.displacement,
      openCorners: budget.openCorners)
    guard change.keeps(to: budget) else {
      throw DatasetError(
        .overBudget(sample: sample.index, change, budget), file: survey.file, member: sample.member,
        offset: sample.offset)
    }
  }

  /// Writes everything that waits. What a JPEG file makes of a sample's pixels takes their place.
  private mutating func write(_ pixels: inout [UInt8], of batch: MarkerBatch) throws {
    var position = 0
    for item in waiting {
      let range = position < batch.count ? batch.bytes(of: position) : pixels.count..<pixels.count
      switch item {
      case .begin(let member, let form): try writer.begin(member, form)
      case .bytes(let content): try writer.write(content.span)
      case .end: try writer.end()
      case .record:
        try writer.write(pixels.span.extracting(range))
        record(position, as: samples[position].member, pixels[range])
        position += 1
      case .image(let member, let origin):
        let (file, decoded) = try encode(samples[position], pixels[range], origin, of: member)
        if let decoded { pixels.replaceSubrange(range, with: decoded) }
        try writer.add(member.holding(file), content: file)
        record(position, as: member.name, pixels[range])
        position += 1
      case .file(let member, let file): try writer.add(member.holding(file), content: file)
      }
    }
  }

  /// An image file of a sample with these pixels, and its pixels where they are not exactly these.
  private mutating func encode(
    _ sample: Sample, _ pixels: ArraySlice<UInt8>, _ origin: ImageOrigin, of member: ArchiveMember
  ) throws -> (file: [UInt8], pixels: [UInt8]?) {
    let shape = sample.shape
    guard case .jpeg(let quality) = jpeg, origin.format == .jpeg else {
      return (PNGImage.file(sample.unseen.encoded(with: pixels, shape), shownAs: origin.presentation), nil)
    }
    isExact = false
    let file = JPEGImage.file(
      JPEGImage(planar: pixels, shape: shape).encoded(quality: quality), shownAs: origin.presentation)
    return (file, try decode(file, member))
  }

  /// The pixels of a JPEG file that was just made.
  private func decode(_ file: [UInt8], _ member: ArchiveMember) throws -> [UInt8] {
    do {
      return try JPEGImage(decoding: file, limits: limits).planar()
    } catch {
      throw DatasetError(.badImage(error), file: survey.file, member: member.name)
    }
  }

  private mutating func record(_ position: Int, as member: String, _ released: ArraySlice<UInt8>) {
    let sample = samples[position]
    marked.append(
      MarkedSample(
        index: sample.index, member: member, offset: sample.offset,
        originalMember: member == sample.member ? nil : sample.member, original: HexDigest(of: sample.pixels),
        marked: HexDigest(of: released)))
  }
}

extension ArchiveMember {
  fileprivate func holding(_ file: [UInt8]) -> Self {
    var member = self
    member.size = file.count
    return member
  }
}

/// The places of names that end in `.png`, so that no marked image gets the place of another member.
private struct PNGNames {
  private var passed: Set<String> = []
  private var given: Set<String> = []

  /// A member that keeps its name; false if a marked image was given it.
  mutating func pass(_ member: ArchiveMember) -> Bool {
    let place = member.place
    guard place.hasSuffix(".png") else { return true }
    passed.insert(place)
    return !given.contains(place)
  }

  /// A name for a marked image; false if there is a member of that name.
  mutating func give(_ member: ArchiveMember) -> Bool {
    let place = member.place
    return given.insert(place).inserted && !passed.contains(place)
  }
}
