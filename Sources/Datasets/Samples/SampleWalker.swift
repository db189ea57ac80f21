import Archives
import Foundations

/// What a later pass over an archive hands out, in stream order and without gaps: the members' bytes, except those that
/// belong to the pixels of chosen samples, which come decoded.
protocol SampleVisitor {
  /// A member starts; its content follows, in this form.
  mutating func begin(_ member: ArchiveMember, _ form: MemberForm) throws
  /// Content that belongs to no chosen sample.
  mutating func pass(_ bytes: Span<UInt8>) throws
  /// Pixels of a chosen sample, in place of as many bytes of content.
  mutating func record(_ sample: Sample) throws
  /// The content of the member that began is complete.
  mutating func end() throws
  /// A whole member that is a chosen sample, and what it was decoded from.
  mutating func image(_ sample: Sample, in member: ArchiveMember, _ origin: ImageOrigin) throws
}

/// A later pass over a surveyed archive.
final class SampleWalker {
  let survey: DatasetSurvey
  private let reader: ArchiveReader
  private let limits: InputLimits
  private let relabelling: LabelChanges?
  /// Index of the next sample, and place of the next image member.
  private var index = 0
  private var imagePlace = 0
  private var state = State.between

  private enum State {
    case between
    case passing
    case records(RecordRun)
    case labels(LabelRun)
  }

  /// Where in an IDX file of labels the walk is.
  private struct LabelRun {
    let content: MemberStream
    /// Index of the sample that the first label is of.
    let first: Int
    var position = 0
  }

  /// Where in a member of records the walk is.
  private struct RecordRun {
    let member: ArchiveMember
    let content: MemberStream
    let format: RecordFormat
    let split: Split
    /// Index of the sample after the member's last.
    let end: Int
    /// Choices that were made before; nil where each is made when its record comes.
    var choices: ArraySlice<Bool>?
    /// Bytes before the first record that are still to come.
    var headerBytes = 0
    /// Offset of the current record in the content, and of the next byte in the record.
    var start = 0
    var at = 0
    var isChosen = false
    var pixels: [UInt8] = []
  }

  /// - Parameter relabelling: what is to be said of classes in place of what stands there.
  init(
    _ survey: DatasetSurvey, limits: InputLimits, relabelling: LabelChanges? = nil,
    onProgress: @escaping ProgressReport
  ) throws {
    self.survey = survey
    self.limits = limits
    self.relabelling = relabelling
    reader = try ArchiveReader(path: survey.file, limits: limits, onProgress: onProgress)
  }

  /// Goes on by a block or a member; false at the verified end of the surveyed archive.
  func step<Visitor: SampleVisitor>(_ visitor: inout Visitor, choose: (Int) -> Bool) throws -> Bool {
    switch state {
    case .between:
      guard let member = try reader.nextMember() else {
        guard index == survey.count, reader.digest() == survey.digest else { throw changed() }
        return false
      }
      try start(member, &visitor, choose)
    case .passing:
      if try !reader.nextBlock({ try visitor.pass($0) }) {
        try visitor.end()
        state = .between
      }
    case .records(var run):
      // The run leaves `state` while it changes, so that its pixels are not copied.
      state = .between
      if try run.content.nextBlock({ try walk($0, &run, &visitor, choose) }) {
        state = .records(run)
      } else {
        guard run.at == 0, run.headerBytes == 0 else { throw changed() }
        try visitor.end()
      }
    case .labels(var run):
      if try run.content.nextBlock({ try relabel($0, &run, &visitor) }) {
        state = .labels(run)
      } else {
        try visitor.end()
        state = .between
      }
    }
    return true
  }

  private func start<Visitor: SampleVisitor>(
    _ member: ArchiveMember, _ visitor: inout Visitor, _ choose: (Int) -> Bool
  ) throws {
    switch try reader.content(of: member, in: survey.layout) {
    case .records(let format, let split):
      guard member.size % format.bytes == 0 else { throw changed() }
      try visitor.begin(member, .stored)
      state = .records(
        RecordRun(
          member: member, content: try MemberStream(reader, .stored, limits: limits), format: format, split: split,
          end: survey.count))
    case .idxImages(let split, let form): try startImages(member, split, form, &visitor, choose)
    case .image:
      try reader.checkSize(member, limits)
      let place = imagePlace
      imagePlace += 1
      guard !survey.skippedImages.contains(place) else { return try pass(member, &visitor) }
      guard index < survey.count else { throw changed() }
      let current = index
      index += 1
      let moved = try relabelling?.moved(member, of: current) ?? member
      guard choose(current) else { return try pass(moved, &visitor) }
      let (sample, origin) = try decode(member, current)
      try visitor.image(sample, in: moved, origin)
    case .idxLabels(let split, let form):
      guard let relabelling, relabelling.concern(split), let first = survey.splits.firstIndex(of: split) else {
        return try pass(member, &visitor)
      }
      try visitor.begin(member, form)
      state = .labels(LabelRun(content: try MemberStream(reader, form, limits: limits), first: first))
    case .classNames, .other:
      try reader.checkSize(member, limits)
      guard let relabelling, relabelling.concern(member) else { return try pass(member, &visitor) }
      let content = try relabelling.content(try reader.rest(), of: member, reader)
      var rewritten = member
      rewritten.size = content.count
      try visitor.begin(rewritten, .stored)
      try visitor.pass(content.span)
      try visitor.end()
    }
  }

  /// Labels of an IDX file, those of samples of other classes exchanged.
  private func relabel<Visitor: SampleVisitor>(
    _ block: Span<UInt8>, _ run: inout LabelRun, _ visitor: inout Visitor
  ) throws {
    var labels = block.withUnsafeBufferPointer { Array($0) }
    for place in labels.indices {
      let sample = run.first + run.position + place - IDXHeader.bytes(dimensions: 1)
      if sample >= run.first, let label = relabelling?.label(of: sample) { labels[place] = UInt8(label) }
    }
    run.position += labels.count
    try visitor.pass(labels.span)
  }

  /// An IDX file of images: as it is stored unless some of them are chosen.
  private func startImages<Visitor: SampleVisitor>(
    _ member: ArchiveMember, _ split: Split, _ form: MemberForm, _ visitor: inout Visitor, _ choose: (Int) -> Bool
  ) throws {
    let end = index + survey.splits.count { $0 == split }
    guard end <= survey.count else { throw changed() }
    let choices = (index..<end).map(choose)
    guard choices.contains(true) else {
      index = end
      return try pass(member, &visitor)
    }
    let shape = survey.shape(of: index)
    let format = RecordFormat(bytes: shape.bytes, labelAt: 0, pixelsAt: 0, shape: shape)
    let headerBytes = IDXHeader.bytes(dimensions: 3)
    try visitor.begin(member, form)
    state = .records(
      RecordRun(
        member: member, content: try MemberStream(reader, form, limits: limits), format: format, split: split, end: end,
        choices: choices[...], headerBytes: headerBytes, start: headerBytes))
  }

  private func pass<Visitor: SampleVisitor>(_ member: ArchiveMember, _ visitor: inout Visitor) throws {
    try visitor.begin(member, .stored)
    state = .passing
  }

  private func decode(_ member: ArchiveMember, _ index: Int) throws -> (Sample, ImageOrigin) {
    let file = try reader.rest()
    do throws(ImageFault) {
      return try survey.sample(index, in: member, decoding: file, limits: limits)
    } catch {
      throw reader.error(.badImage(error))
    }
  }

  /// Cuts one block of records into what passes and what is chosen.
  private func walk<Visitor: SampleVisitor>(
    _ block: Span<UInt8>, _ run: inout RecordRun, _ visitor: inout Visitor, _ choose: (Int) -> Bool
  ) throws {
    let pixels = run.format.pixels
    // Bytes in passed..<at have been walked over but not handed on yet.
    var passed = 0
    var at = min(run.headerBytes, block.count)
    run.headerBytes -= at
    while at < block.count {
      if run.at == 0 {
        guard index < run.end else { throw changed() }
        run.isChosen = run.choices?.popFirst() ?? choose(index)
      }
      let end = min(run.format.bytes, run.at + block.count - at)
      // Of IDX files the labels stand elsewhere.
      let labelAt = run.format.labelAt
      if labelAt < pixels.lowerBound, (run.at..<end).contains(labelAt), let label = relabelling?.label(of: index) {
        let place = at - run.at + labelAt
        if passed < place { try visitor.pass(block.extracting(passed..<place)) }
        try visitor.pass([UInt8(label)].span)
        passed = place + 1
      }
      if run.isChosen {
        let from = max(run.at, pixels.lowerBound)
        let to = min(end, pixels.upperBound)
        if from < to {
          let offset = at - run.at
          if passed < offset + from { try visitor.pass(block.extracting(passed..<offset + from)) }
          block.extracting(offset + from..<offset + to).withUnsafeBufferPointer { run.pixels.append(contentsOf: $0) }
          passed = offset + to
          if to == pixels.upperBound { try visitor.record(sample(&run)) }
        }
      }
      at += end - run.at
      run.at = end
      if end == run.format.bytes {
        run.start += end
        run.at = 0
        index += 1
      }
    }
    if passed < block.count { try visitor.pass(block.extracting(passed..<block.count)) }
  }

  /// The chosen sample whose pixels are complete.
  private func sample(_ run: inout RecordRun) -> Sample {
    defer { run.pixels = [] }
    return Sample(
      index: index, split: run.split, label: Int(survey.labels[index]), member: run.member.name,
      offset: run.start + run.format.pixelsAt, shape: run.format.shape, pixels: run.pixels)
  }

  private func changed() -> DatasetError {
    DatasetError(.archiveChanged, file: survey.file)
  }

  /// Ends the walk here, if what is left is worth passing over, and the file is the surveyed one as far as can be told
  /// without reading that.
  /// - Returns: whether it has.
  func end() throws -> Bool {
    guard let identity = survey.identity, reader.identity == identity, reader.bytesLeft > reader.fileBytes / 16 else {
      return false
    }
    try reader.reportNow()
    return true
  }
}

extension DatasetSurvey {
  /// A sample that is an image file.
  /// - Throws: what is wrong with it.
  func sample(
    _ index: Int, in member: ArchiveMember, decoding file: [UInt8], limits: InputLimits
  ) throws(ImageFault) -> (sample: Sample, origin: ImageOrigin) {
    let image = try DecodedImage(decoding: file, limits: limits)
    let shape = shape(of: index)
    guard let pixels = image.pixels(as: shape) else { throw .corrupt("its size has changed") }
    let sample = Sample(
      index: index, split: splits[index], label: Int(labels[index]), member: member.name, offset: 0, shape: shape,
      pixels: pixels.seen, unseen: pixels.unseen)
    return (sample, image.origin(as: shape))
  }
}
