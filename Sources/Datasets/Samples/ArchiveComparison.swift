package import Archives
import Crypto
package import Foundations

/// What a release changed: an archive beside the one that it was made from, both streamed once and side by side.
package struct ArchiveComparison: Sendable {
  /// Indices of the samples whose pixels are not what they were, or not what writing them anew makes of them.
  package private(set) var changed: Set<Int> = []
  /// The most by which a sample is from its original.
  package private(set) var change = SampleChange()
  /// Whether every compared sample has the original's label, split and place, but for labels that may differ.
  package private(set) var sameLabels: Bool
  /// Indices of the samples that have another label than in the original, where labels may differ.
  package private(set) var relabelled: Set<Int> = []
  /// The first thing outside the compared pixels that is not the original's, or nil.
  package private(set) var firstDifference: String?
  package private(set) var members = 0

  private let rewritten: MarkedJPEG?
  private let openCorners: Int?
  private let survey: DatasetSurvey
  private let relabelling: LabelChanges?
  private let displacement: Int?

  /// - Parameters:
  ///   - marked: the samples whose pixels may differ; nil compares the pixels of all samples, which for image files leaves
  ///     only the other members to be compared byte by byte.
  ///   - rewritten: how JPEG files were written, if every image file was written anew; nil if only marked ones were.
  ///   - relabels: whether samples may have other labels; what that makes of the archive is then no difference.
  ///   - displacement: the furthest that bent pictures are looked at for, pixels.
  ///   - openCorners: `ChangeBudget.openCorners`, in which `change` does not look at how much values differ.
  ///   - onProgress: hears of the bytes of both archives together.
  /// - Throws: `DatasetError` if either archive cannot be read to its end, and what `onProgress` throws.
  package init(
    original: DatasetSurvey, released: DatasetSurvey, marked: Set<Int>?, rewritten: MarkedJPEG? = nil,
    relabels: Bool = false, displacement: Int? = nil, openCorners: Int? = nil, limits: InputLimits = InputLimits(),
    onProgress: @escaping ProgressReport
  ) throws {
    var relabelling: LabelChanges?
    if relabels {
      do { relabelling = try LabelChanges(from: original, to: released, limits: limits) } catch let error
        as DatasetError
      {
        switch error.cause {
        // Then labels that differ are differences.
        case .fixedLabels, .emptiedClass: break
        default: throw error
        }
      }
    }
    self.relabelling = relabelling
    self.displacement = displacement
    relabelled = relabelling.map { Set($0.classes.keys) } ?? []
    sameLabels = (relabelling != nil || original.labels == released.labels) && original.splits == released.splits
    self.rewritten = rewritten
    self.openCorners = openCorners
    survey = original
    let choose: (Int) -> Bool = { rewritten != nil || marked?.contains($0) ?? true }
    let total = original.fileBytes + released.fileBytes
    var read = [0, 0]
    func report(_ side: Int) -> ProgressReport {
      {
        read[side] = $0.bytesRead
        if $0.over != nil { return try onProgress($0) }
        try onProgress(ArchiveProgress(bytesRead: read[0] + read[1], bytesTotal: total))
      }
    }
    let before = try ArchiveTrace(
      original, relabelling: relabelling, limits: limits, choose: choose, onProgress: report(0))
    let after = try ArchiveTrace(
      released, relabelling: relabelling?.done, limits: limits, choose: choose, onProgress: report(1))
    while true {
      let (left, right) = (try before.next(), try after.next())
      switch (left, right) {
      case (nil, nil): return
      case (.record(let left), .record(let right)):
        if left.member != right.member { displaced(right) }
        try compare(left, right)
      case (.image(let left, let before, let format), .image(let right, let after, _)):
        members += 1
        var expected = before
        // A JPEG may have become a PNG file.
        if after.name == ImageFormat.nameAsPNG(before.name) { expected.name = after.name }
        if after != expected { displaced(right) }
        try compare(left, right, writtenAnew: format)
      case (.member(let left), .member(let right)):
        members += 1
        if left != right { differ("member \(right.name) is not the original's \(left.name), byte for byte") }
      default: differ("the members or their order are not the original's")
      }
      if firstDifference != nil && (left == nil || right == nil) { return }
    }
  }

  /// - Parameter format: what the sample's file was, if it was written anew unless it is marked.
  private mutating func compare(_ original: Sample, _ released: Sample, writtenAnew format: ImageFormat? = nil) throws {
    guard original.index == released.index, original.offset == released.offset,
      original.shape == released.shape
    else { return displaced(released) }
    let label = relabelling?.label(of: original.index).map(Int.init) ?? original.label
    if label != released.label || original.split != released.split { sameLabels = false }
    change.take(
      SampleChange(
        from: original.pixels, to: released.pixels[...], shape: original.shape, displacedBy: displacement,
        openCorners: openCorners))
    var expected = original.pixels
    if case .jpeg(let quality) = rewritten, format == .jpeg {
      expected = try pixels(expected, throughJPEG: quality, of: original)
    }
    if released.pixels != expected { changed.insert(original.index) }
    if released.unseen != original.unseen || !original.unseen.keepsHidden(of: original.pixels, in: released.pixels) {
      differ("sample \(original.index) has another transparency, or other values where no mark may be")
    }
  }

  private func pixels(_ pixels: [UInt8], throughJPEG quality: Int, of sample: Sample) throws -> [UInt8] {
    do {
      let file = JPEGImage(planar: pixels, shape: sample.shape).encoded(quality: quality)
      return try JPEGImage(decoding: file).planar()
    } catch {
      throw DatasetError(.badImage(error), file: survey.file, member: sample.member)
    }
  }

  private mutating func displaced(_ sample: Sample) {
    differ("sample \(sample.index) is in another place than in the original")
  }

  private mutating func differ(_ what: String) {
    if firstDifference == nil { firstDifference = what }
  }
}

/// An archive as a sequence of chosen samples and of everything else, member by member.
private final class ArchiveTrace {
  enum Event {
    case record(Sample)
    case image(Sample, MemberTrace, ImageFormat)
    case member(MemberTrace)
  }

  struct MemberTrace: Equatable {
    var name: String
    var kind: ArchiveMember.Kind
    var modified: Int
    /// Of the bytes that belong to no chosen sample; expanded where the member is gzip and holds chosen samples.
    var digest: HexDigest?
  }

  private struct Tracer: SampleVisitor {
    var events: [Event] = []
    private var current: (trace: MemberTrace, hash: SHA256)?

    /// Whether members are files, whose times are not what a dataset is.
    let isTree: Bool

    init(isTree: Bool) { self.isTree = isTree }

    private func trace(_ member: ArchiveMember) -> MemberTrace {
      let isFile = isTree && (member.shard == nil || member.name == member.shard?.folder)
      return MemberTrace(name: member.name, kind: member.kind, modified: isFile ? 0 : member.modified)
    }

    mutating func begin(_ member: ArchiveMember, _ form: MemberForm) { current = (trace(member), SHA256()) }

    mutating func pass(_ bytes: Span<UInt8>) {
      bytes.withUnsafeBytes { current?.hash.update(bufferPointer: $0) }
    }

    mutating func record(_ sample: Sample) { events.append(.record(sample)) }

    mutating func image(_ sample: Sample, in member: ArchiveMember, _ origin: ImageOrigin) {
      events.append(.image(sample, trace(member), origin.format))
    }

    mutating func end() {
      guard let (trace, hash) = current else { return }
      current = nil
      var complete = trace
      complete.digest = HexDigest(hash.finalize())
      events.append(.member(complete))
    }
  }

  private let walker: SampleWalker
  private let choose: (Int) -> Bool
  private var tracer: Tracer
  private var handedOut = 0
  private var isAtEnd = false

  init(
    _ survey: DatasetSurvey, relabelling: LabelChanges?, limits: InputLimits, choose: @escaping (Int) -> Bool,
    onProgress: @escaping ProgressReport
  ) throws {
    walker = try SampleWalker(survey, limits: limits, relabelling: relabelling, onProgress: onProgress)
    self.choose = choose
    tracer = Tracer(isTree: survey.container.isSeveralFiles)
  }

  func next() throws -> Event? {
    while handedOut == tracer.events.count {
      tracer.events.removeAll(keepingCapacity: true)
      handedOut = 0
      guard !isAtEnd else { return nil }
      isAtEnd = try !walker.step(&tracer, choose: choose)
    }
    defer { handedOut += 1 }
    return tracer.events[handedOut]
  }
}
