package import Archives
package import Foundations

/// Hands out chosen samples of a surveyed archive at the least cost.
///
/// Few samples of a plain container are read from their places, and of a compressed one in a pass that ends behind the
/// last of them, if the file is still the surveyed one by device, inode, size and time. Everything else takes one pass for
/// all who want samples, to the end, where the digest must be the surveyed one.
package struct SampleReader {
  /// Samples that somebody wants, and what becomes of them.
  package struct Selection {
    let chosen: Set<Int>
    let take: (Sample) throws -> Void

    /// - Parameter take: gets them in stream order.
    package init(_ chosen: Set<Int>, take: @escaping (Sample) throws -> Void) {
      self.chosen = chosen
      self.take = take
    }
  }

  private let survey: DatasetSurvey
  private let limits: InputLimits
  private let detour: Int
  private let onProgress: ProgressReport

  package init(_ survey: DatasetSurvey, limits: InputLimits, onProgress: @escaping ProgressReport) {
    self.init(survey, limits: limits, detour: 16 << 10, onProgress: onProgress)
  }

  /// - Parameter detour: what reading a member elsewhere in the file costs, in bytes of a pass: its header, and what is
  ///   read in vain.
  init(_ survey: DatasetSurvey, limits: InputLimits, detour: Int, onProgress: @escaping ProgressReport) {
    self.survey = survey
    self.limits = limits
    self.detour = detour
    self.onProgress = onProgress
  }

  /// Reads the archive once at most, and not at all if nothing is chosen.
  ///
  /// - Throws: `DatasetError`, and what the closures throw.
  package func read(_ selections: [Selection]) throws {
    let chosen = selections.dropFirst().reduce(selections.first?.chosen ?? []) { $0.union($1.chosen) }
    guard !chosen.isEmpty else { return }
    func take(_ sample: Sample) throws {
      for selection in selections where selection.chosen.contains(sample.index) { try selection.take(sample) }
    }
    let few = few(chosen)
    if let few, try seek(few, take) { return }
    let stream = try SampleStream(
      survey, limits: limits, choose: { chosen.contains($0) }, onProgress: onProgress)
    var left = chosen.count
    while let sample = try stream.next() {
      try take(sample)
      left -= 1
      if left == 0, few != nil, try stream.end() { return }
    }
  }
}

// MARK: - From their places

extension SampleReader {
  /// The members of so few samples that what they cost is less than half of a pass; nil if there are more, or if the file
  /// is not one that can be known again.
  private func few(_ chosen: Set<Int>) -> Few? {
    guard let identity = survey.identity else { return nil }
    let groups = groups(of: chosen)
    let total = groups.reduce(0) { $0 + cost(of: $1) }
    return total <= survey.archiveBytes / 2 ? Few(groups: groups, cost: total, identity: identity) : nil
  }

  private struct Few {
    let groups: [Group]
    /// In bytes of a pass.
    let cost: Int
    let identity: FileIdentity
  }

  /// - Returns: false where a pass is needed.
  private func seek(_ few: Few, _ take: (Sample) throws -> Void) throws -> Bool {
    guard
      let seeker = try ArchiveSeeker(
        path: survey.file, container: survey.container, identity: few.identity, limits: limits)
    else { return false }
    var done = 0
    for group in few.groups {
      try onProgress(ArchiveProgress(bytesRead: done, bytesTotal: few.cost))
      try read(group, seeker, take)
      done += cost(of: group)
    }
    try seeker.check()
    try onProgress(ArchiveProgress(bytesRead: done, bytesTotal: few.cost))
    return true
  }

  private typealias Group = (member: SamplePlaces.Member, samples: ArraySlice<Int>)

  /// The chosen samples by the members that hold them.
  private func groups(of chosen: Set<Int>) -> [Group] {
    var rest = chosen.sorted()[...]
    var groups: [Group] = []
    while let first = rest.first {
      let member = survey.places.member(of: first, among: survey.count)
      let samples = rest.prefix { member.samples.contains($0) }
      groups.append((member, samples))
      rest = rest.dropFirst(samples.count)
    }
    return groups
  }

  private func cost(of group: Group) -> Int {
    let whole = group.member.size
    // A tar archive's records lie there as they are; what is packed is read to its end.
    let isDirect = !survey.layout.hasImageFiles && survey.container != .zip
    return detour
      + (isDirect ? min(whole, group.samples.count * (survey.shape(of: 0).bytes + detour / 4)) : whole)
  }

  /// Whatever is not as the survey says is of another archive.
  private func read(_ group: Group, _ seeker: ArchiveSeeker, _ take: (Sample) throws -> Void) throws {
    do {
      try unchecked(group, seeker, take)
    } catch let error as DatasetError where error.file == survey.file {
      switch error.cause {
      case .io, .library: throw error
      default: throw changed(group.member)
      }
    }
  }

  private func unchecked(_ group: Group, _ seeker: ArchiveSeeker, _ take: (Sample) throws -> Void) throws {
    let reader = try seeker.reader(at: group.member.place)
    guard let member = try reader.nextMember(), member.name == group.member.name, member.size == group.member.size
    else { throw changed(group.member) }
    switch try reader.content(of: member, in: survey.layout) {
    case .image:
      guard let index = group.samples.first, group.member.samples.count == 1 else { throw changed(group.member) }
      let file = try reader.rest()
      let sample: Sample
      do throws(ImageFault) {
        sample = try survey.sample(index, in: member, decoding: file, limits: limits).sample
      } catch {
        throw changed(group.member)
      }
      try take(sample)
    case .records(let format, _):
      try records(group, member, .stored, format, headerBytes: 0, reader, seeker, take)
    case .idxImages(_, let form):
      let shape = survey.shape(of: group.member.samples.lowerBound)
      try records(
        group, member, form, RecordFormat(bytes: shape.bytes, labelAt: 0, pixelsAt: 0, shape: shape),
        headerBytes: IDXHeader.bytes(dimensions: 3), reader, seeker, take)
    case .idxLabels, .classNames, .other: throw changed(group.member)
    }
  }

  private func records(
    _ group: Group, _ member: ArchiveMember, _ form: MemberForm, _ format: RecordFormat, headerBytes: Int,
    _ reader: ArchiveReader, _ seeker: ArchiveSeeker, _ take: (Sample) throws -> Void
  ) throws {
    func range(of index: Int) -> Range<Int> {
      let start = headerBytes + (index - group.member.samples.lowerBound) * format.bytes + format.pixelsAt
      return start..<start + format.shape.bytes
    }
    func hand(_ index: Int, _ pixels: [UInt8]) throws {
      try take(
        Sample(
          index: index, split: survey.splits[index], label: Int(survey.labels[index]), member: member.name,
          offset: range(of: index).lowerBound, shape: format.shape, pixels: pixels))
    }
    var waiting = group.samples
    if form == .stored {
      while let index = waiting.first, let pixels = try seeker.bytes(range(of: index), of: member) {
        try hand(index, pixels)
        waiting.removeFirst()
      }
      if waiting.isEmpty { return }
    }
    let content = try MemberStream(reader, form, limits: limits)
    var pixels: [UInt8] = []
    // To the member's end, where its check sum stands.
    var position = 0
    while try content.nextBlock({ block in
      let end = position + block.count
      while let index = waiting.first {
        let wanted = range(of: index).clamped(to: position..<end)
        guard !wanted.isEmpty else { break }
        block.extracting(wanted.lowerBound - position..<wanted.upperBound - position)
          .withUnsafeBufferPointer { pixels.append(contentsOf: $0) }
        guard pixels.count == format.shape.bytes else { break }
        try hand(index, pixels)
        pixels.removeAll()
        waiting.removeFirst()
      }
      position = end
    }) {}
    guard waiting.isEmpty else { throw changed(group.member) }
  }

  private func changed(_ member: SamplePlaces.Member) -> DatasetError {
    DatasetError(.archiveChanged, file: survey.file, member: member.name)
  }
}
