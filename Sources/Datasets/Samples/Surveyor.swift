import Archives
import Foundations

/// The first pass over an archive.
struct Surveyor {
  let reader: ArchiveReader
  let limits: InputLimits
  /// Opens the archive once more.
  private let again: () throws -> ArchiveReader
  private(set) var layout: Layout?
  /// Of records and IDX files, and of image files.
  private var shape: ImageShape?
  private var pictures = GeometryTally()
  private var earlierPictures = GeometryTally()
  private var labels: [UInt16] = []
  private var splits: [Split] = []
  /// Class names from a file of the layout, or else from the folders in order of appearance.
  private var namedClasses: [String]?
  private var folderClasses: [String] = []
  private var folderIndex: [String: UInt16] = [:]
  private var filesSeen: Set<String> = []
  private var images = ImageTally()
  private var idx = IDXTally()
  private var shard: ShardTally?
  private let tables: MetadataTables?
  private var isShardLookedFor = false
  private var places = MemberPlaces()
  private var samplePlaces = SamplePlaces()
  private var last: ArchiveMember?
  var digests: PixelDigests
  /// The first image that is in a hidden or system folder.
  var hiddenImage: String?
  /// The first member that holds samples in a form that is not read, and what it is.
  var foreign: (member: String, format: ForeignFormat)?

  /// What is kept about image members while they stream past.
  private struct ImageTally {
    var count = 0
    var skipped: [SkippedSample] = []
    var firstBad: SkippedSample?
    var skippedPlaces: Set<Int> = []
    var first: ArchiveMember?
    /// Pictures of formats that are not read.
    var foreign = 0
    /// Samples of which next to nothing is to be seen, and those that earlier versions took for unreadable.
    var faint: [Int] = []
    var deep: [Int] = []

    mutating func skip(_ member: ArchiveMember, _ reason: String) {
      guard skipped.count < FixedLimits.skippedNames else { return }
      skipped.append(SkippedSample(member: member.name, reason: reason))
    }
  }

  /// - Parameters:
  ///   - mostPixels: bytes of decoded samples that the survey may keep.
  ///   - tables: what says the pictures' classes, where their folders do not.
  ///   - again: opens the same archive once more.
  init(
    limits: InputLimits, mostPixels: Int, tables: MetadataTables? = nil, again: @escaping () throws -> ArchiveReader
  ) throws {
    reader = try again()
    digests = PixelDigests(mostPixels: mostPixels)
    self.limits = limits
    self.tables = tables
    layout = tables.map { _ in .metadataFolder }
    self.again = again
  }

  mutating func run() throws -> DatasetSurvey {
    while let member = try reader.nextMember() {
      places.add(member)
      try lookForShard(at: member)
      let content = try content(of: member)
      if layout?.isToldByAMember ?? true, let last {
        if case .image = content { try checkShard(member, last) }
        if content == .other { try checkShard(last, member) }
      }
      last = member
      if WebDataset.isOfASample(member) { try shard?.read(member, reader) }
      switch content {
      case .records(let format, let split): try readRecords(member, format, split)
      case .idxImages(let split, let form):
        samplePlaces.add(member, at: reader.place, first: idx.imageCount)
        shape = try idx.readImages(member, of: split, form, shape: shape, reader, limits, &digests)
      case .idxLabels(let split, let form):
        let classes = layout?.rules.classCount ?? 0
        try idx.readLabels(member, of: split, form, classes: classes, reader, limits)
      case .image(let className, let split): try readImage(member, className, split)
      case .classNames: try readClassNames(member)
      case .other: try readOther(member)
      }
    }
    let suspects = places.suspects()
    if !suspects.isEmpty { try MemberPlaces.check(suspects, in: again()) }
    return try summary()
  }

  /// A shard is told by how its members stand together, so some of them are looked at before the first one is read.
  private mutating func lookForShard(at member: ArchiveMember) throws {
    guard layout == nil, !isShardLookedFor, member.kind == .file, !member.isCompanion,
      WebDataset.isPicture(member) || ShardLabel(member) != nil
    else { return }
    isShardLookedFor = true
    guard let label = try ShardLabel.find(in: again()) else { return }
    (layout, shard) = (.webDataset, ShardTally(label))
  }

  /// What the member is: to the layout once that is known, and until then to the first layout that claims it.
  private mutating func content(of member: ArchiveMember) throws -> MemberContent {
    for candidate in layout.map({ [$0] }) ?? Layout.allCases.filter(\.isToldByAMember) {
      let content = try reader.content(of: member, in: candidate)
      guard content != .other else { continue }
      layout = candidate
      if let file = member.path.last.flatMap({ candidate.rules.requiredFile(String($0)) }) {
        guard filesSeen.insert(file).inserted else { throw reader.error(.duplicateMember) }
      }
      return content
    }
    return .other
  }

  private mutating func readRecords(_ member: ArchiveMember, _ format: RecordFormat, _ split: Split) throws {
    guard member.size > 0, member.size % format.bytes == 0 else {
      throw reader.error(.recordSize(bytes: member.size, record: format.bytes))
    }
    shape = format.shape
    samplePlaces.add(member, at: reader.place, first: labels.count)
    let classes = layout?.rules.classCount ?? 0
    var position = 0
    var next = format.labelAt
    var pictures = PixelDigests.Records(format, isSample: true)
    while try reader.nextBlock({ block in
      while next < position + block.count {
        let label = block[next - position]
        guard label < classes else {
          throw reader.error(.labelOutOfRange(label: Int(label), classes: classes), offset: next)
        }
        labels.append(UInt16(label))
        splits.append(split)
        next += format.bytes
      }
      pictures.read(block, into: &digests)
      position += block.count
    }) {}
  }

  private mutating func readClassNames(_ member: ArchiveMember) throws {
    guard member.size <= FixedLimits.classNameBytes else {
      throw reader.error(.memberTooLarge(bytes: member.size, limit: FixedLimits.classNameBytes))
    }
    let names: [String]
    do {
      names = try TextLines(try reader.rest()).lines
    } catch let error as TextLines.NotText {
      throw reader.error(.classNames(error.why))
    }
    let classes = layout?.rules.classCount ?? names.count
    guard names.count == classes else {
      throw reader.error(.classNames("\(names.count) names, expected \(classes)"))
    }
    guard Set(names).count == names.count else { throw reader.error(.classNames("a name occurs twice")) }
    guard !names.joined().unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      throw reader.error(.classNames("control characters"))
    }
    // Of shards each may have its list.
    guard reader.container != .shards || namedClasses == nil || namedClasses == names else {
      throw reader.error(.classNames("another shard has another list"))
    }
    namedClasses = names
  }

  private mutating func readImage(_ member: ArchiveMember, _ className: String?, _ split: Split) throws {
    if className != nil { try checkPlace(member) }
    try reader.checkSize(member, limits)
    let label = try tables.map { try index(of: member, in: $0) } ?? className.map { try index(ofClass: $0) }
    let place = images.count
    images.count += 1
    do {
      let image = try DecodedImage(decoding: try reader.rest(), limits: limits)
      let found = image.shape
      pictures.add(found)
      if image.unseen.isFaint { images.faint.append(splits.count) }
      if image.unseen.isEmpty { earlierPictures.add(found) } else { images.deep.append(splits.count) }
      samplePlaces.add(member, at: reader.place, first: splits.count)
      if let label { labels.append(label) } else { shard?.addSample() }
      splits.append(split)
      digests.add(image.pixels, channels: found.channels, isSample: true, isDeep: !image.unseen.isEmpty)
    } catch let fault as ImageFault where fault != .outOfMemory {
      images.firstBad = images.firstBad ?? SkippedSample(member: member.name, reason: "\(fault)")
      images.skip(member, "\(fault)")
      images.skippedPlaces.insert(place)
      // No archive within the limits can have enough good samples to make up for more than this.
      if Double(images.skippedPlaces.count) > limits.badSampleShare * Double(limits.members) { try checkShare() }
    }
  }

  /// A picture that is no sample, whatever it is called, so that whoever counted on it learns why.
  mutating func pass(_ member: ArchiveMember, _ format: ForeignFormat) {
    images.foreign += 1
    images.skip(member, "\(ImageFault.foreign(format))")
  }

  /// All images lie equally deep, with or without a split, like the first.
  private mutating func checkPlace(_ member: ArchiveMember) throws {
    guard let first = images.first else {
      images.first = member
      return
    }
    guard member.path.count == first.path.count, ImageFolder.hasSplit(member) == ImageFolder.hasSplit(first) else {
      throw reader.error(.misplacedImage("it does not lie like \(DatasetError.printable(first.name))"))
    }
  }

  private mutating func index(ofClass name: String) throws -> UInt16 {
    if let index = folderIndex[name] {
      // The same to Unicode, and another folder on most disks.
      guard folderClasses[Int(index)].utf8.elementsEqual(name.utf8) else {
        throw reader.error(
          .misplacedImage("its class folder and another one differ only in how Unicode composes a letter"))
      }
      return index
    }
    guard folderClasses.count < ImageFolder.classLimit else {
      throw reader.error(.tooManyClasses(limit: ImageFolder.classLimit))
    }
    let index = UInt16(folderClasses.count)
    folderIndex[name] = index
    folderClasses.append(name)
    return index
  }

  private func index(of picture: ArchiveMember, in tables: MetadataTables) throws -> UInt16 {
    guard let label = tables.label(of: picture) else {
      throw reader.error(.metadata("no row of a table above it names it"))
    }
    return label
  }

  private func checkShare() throws {
    let bad = images.skippedPlaces.count
    guard let first = images.firstBad, Double(bad) > limits.badSampleShare * Double(images.count) else { return }
    throw DatasetError(
      .tooManyBadSamples(
        bad: bad, of: images.count, share: limits.badSampleShare, first: "\(first.member): \(first.reason)"),
      file: reader.path, member: first.member)
  }

  private mutating func summary() throws -> DatasetSurvey {
    guard let layout else {
      if let foreign {
        throw DatasetError(.foreignSamples(foreign.format), file: reader.path, member: foreign.member)
      }
      if let hiddenImage {
        throw DatasetError(
          .misplacedImage("it is in a hidden or system folder, as are all others"), file: reader.path,
          member: hiddenImage)
      }
      throw DatasetError(.unknownLayout(lookedFor: Layout.allCases.map { $0.rules.lookedFor }), file: reader.path)
    }
    let missing = layout.rules.requiredFiles.filter { !filesSeen.contains($0) }
    guard missing.isEmpty else { throw DatasetError(.missingMembers(missing), file: reader.path) }
    try checkShare()
    guard let geometry = shape.map(SampleGeometry.uniform) ?? pictures.geometry else {
      throw DatasetError(.unknownLayout(lookedFor: [layout.rules.lookedFor]), file: reader.path)
    }
    try checkClassFolders()
    if layout == .mnistIDX { (labels, splits) = try idx.samples(file: reader.path) }
    let classNames: [String]
    if let found = try shard?.finish(reader, named: namedClasses) {
      (labels, classNames) = found
    } else {
      classNames = tables?.classNames ?? rankClasses(layout)
    }
    let earlier = earlierPictures.geometry.map {
      DatasetSurvey.EarlierReading(
        unread: images.deep, repeated: digests.repeated(withoutDeep: true), geometry: $0)
    }
    var survey = DatasetSurvey(
      file: reader.path, container: reader.container, layout: layout, geometry: geometry, classNames: classNames,
      labels: labels, splits: splits,
      skipped: layout.hasImageFiles ? images.skipped : [], foreignPictures: layout.hasImageFiles ? images.foreign : 0,
      repeated: digests.repeated(), faint: images.faint,
      earlier: images.deep.isEmpty ? nil : earlier, fileBytes: reader.fileBytes,
      archiveBytes: reader.archiveBytes,
      memberCount: reader.memberCount, digest: reader.digest(), warnings: reader.warnings,
      skippedImages: images.skippedPlaces, places: samplePlaces, identity: reader.identity)
    // Grey images among colour ones leave it short.
    if let shape = geometry.shape, digests.pixels?.count == survey.count * shape.bytes {
      survey.pixels = digests.pixels
    }
    return survey
  }

  /// Folders that are all named like splits are no classes: their images lie a level too high.
  private func checkClassFolders() throws {
    guard let first = images.first, folderClasses.allSatisfy(ImageFolder.isNamedLikeASplit) else { return }
    throw DatasetError(.misplacedImage(ImageFolder.expected), file: reader.path, member: first.name)
  }

  /// The class names in the order of their indices; folders' labels are changed to that order.
  private mutating func rankClasses(_ layout: Layout) -> [String] {
    if let names = namedClasses ?? layout.rules.classNames { return names }
    let order = folderClasses.indices.sorted {
      folderClasses[$0].utf8.lexicographicallyPrecedes(folderClasses[$1].utf8)
    }
    var rank = [UInt16](repeating: 0, count: order.count)
    for (place, index) in order.enumerated() { rank[index] = UInt16(place) }
    labels = labels.map { rank[Int($0)] }
    return order.map { folderClasses[$0] }
  }
}
