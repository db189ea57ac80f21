package import Archives
package import Foundations

/// What one pass over an archive found: the layout, and the label of every sample in stream order.
///
/// Memory is 3 bytes a sample, 8 more where images differ in size, 32 and its name where it is a file of its own, and 16
/// more while the archive is read.
package struct DatasetSurvey: Sendable {
  package let file: String
  package let container: ArchiveContainer
  package let layout: Layout
  package let geometry: SampleGeometry
  /// (C, H, W) of what networks see of a sample: the sample itself, or its middle at this size (`SampleCache`).
  package internal(set) var shape: ImageShape
  /// K names, in the order of the class indices.
  package let classNames: [String]
  /// Class index of sample n, below K.
  package let labels: [UInt16]
  /// Split of sample n.
  package let splits: [Split]
  /// Image files that are no samples because they cannot be read, and pictures in other formats; at most
  /// `FixedLimits.skippedNames` of them.
  package let skipped: [SkippedSample]
  /// How many pictures in other formats there are beside the image files that cannot be read.
  let foreignPictures: Int
  /// Indices of the samples whose pixels another picture of the archive has as well, ascending. They are not to be marked:
  /// the other one would show what the mark is.
  package let repeated: [Int]
  /// Indices of the samples that are nearly all transparent, ascending. They are not to be marked: next to nothing of a mark
  /// would be left.
  package let faint: [Int]
  /// What earlier versions read, where that is not the same.
  let earlier: EarlierReading?
  /// Size of the file as stored, and of the tar stream in it, bytes.
  package let fileBytes: Int
  package let archiveBytes: Int
  package let memberCount: Int
  /// SHA-256 of the file.
  package let digest: HexDigest
  /// What libarchive warned about.
  package let warnings: [String]
  /// Places of `skipped` among all image members in stream order.
  let skippedImages: Set<Int>
  /// Where the samples are.
  let places: SamplePlaces
  /// The file when it was read; nil if a change since then might not show.
  package internal(set) var identity: FileIdentity?
  /// (N, C, H, W) of all samples as they are in the archive, if whoever made the survey wanted them too.
  var pixels: [UInt8]?

  init(
    file: String, container: ArchiveContainer, layout: Layout, geometry: SampleGeometry, classNames: [String],
    labels: [UInt16], splits: [Split], skipped: [SkippedSample], foreignPictures: Int, repeated: [Int], faint: [Int],
    earlier: EarlierReading?, fileBytes: Int, archiveBytes: Int, memberCount: Int, digest: HexDigest,
    warnings: [String], skippedImages: Set<Int>, places: SamplePlaces, identity: FileIdentity?
  ) {
    self.file = file
    self.container = container
    self.layout = layout
    self.geometry = geometry
    shape = geometry.trainingShape
    self.classNames = classNames
    self.labels = labels
    self.splits = splits
    self.skipped = skipped
    self.foreignPictures = foreignPictures
    self.repeated = repeated
    self.faint = faint
    self.earlier = earlier
    self.fileBytes = fileBytes
    self.archiveBytes = archiveBytes
    self.memberCount = memberCount
    self.digest = digest
    self.warnings = warnings
    self.skippedImages = skippedImages
    self.places = places
    self.identity = identity
  }
}

extension DatasetSurvey {
  /// (C, H, W) of a sample as it is in the archive.
  package func shape(of sample: Int) -> ImageShape { geometry.shape(of: sample) }

  /// Whether what networks see of some samples is not the samples.
  package var isResized: Bool { geometry.shape != shape }

  /// Whether a sample has every pixel that networks see of it. What is painted on one that is enlarged first may be finer
  /// than its pixels.
  package func hasDetail(_ sample: Int) -> Bool { shape(of: sample).shorterSide >= shape.shorterSide }

  /// The same archive, seen by networks at this size: the shorter side, pixels; 0 leaves it as it is.
  package func seen(at side: Int) -> Self {
    guard side > 0 else { return self }
    var other = self
    other.shape = ImageShape(channels: shape.channels, height: side, width: side)
    return other
  }

  /// The same archive as a network sees it that takes such images; nil if it was made for others.
  /// - Parameter resized: whether it learned from samples that were resized.
  package func seen(as input: ImageShape, resized: Bool) -> Self? {
    if let shape = geometry.shape, shape != input, !resized { return nil }
    guard input.channels == shape.channels else { return nil }
    var other = self
    other.shape = input
    return other
  }
}

extension DatasetSurvey {
  /// Number of samples.
  package var count: Int { labels.count }

  /// Number of image files that are no samples because they cannot be read, and of pictures in other formats.
  package var skippedCount: Int { skippedImages.count + foreignPictures }

  /// Samples of each class, K numbers.
  package func counts(in split: Split) -> [Int] {
    var counts = [Int](repeating: 0, count: classNames.count)
    for (label, place) in zip(labels, splits) where place == split { counts[Int(label)] += 1 }
    return counts
  }

  /// Indices of the samples of a split, ascending, of one class or of all.
  package func indices(in split: Split, label: Int? = nil) -> [Int] {
    labels.indices.filter { splits[$0] == split && (label == nil || Int(labels[$0]) == label) }
  }

  /// The class with the most training samples; of several the first by name.
  package var commonestClass: Int? {
    let counts = counts(in: .train)
    return counts.indices.max {
      counts[$0] != counts[$1]
        ? counts[$0] < counts[$1] : classNames[$1].utf8.lexicographicallyPrecedes(classNames[$0].utf8)
    }
  }

  /// The split that nothing is trained on: the test split, without one the validation split; nil without either.
  package var heldOut: Split? {
    [Split.test, .validation].first { split in splits.contains(split) }
  }

  /// The class with this name, or failing that with this index in decimal.
  package func classIndex(named name: String) -> Int? {
    classNames.firstIndex(of: name) ?? Int(name).flatMap { classNames.indices.contains($0) ? $0 : nil }
  }
}

extension DatasetSurvey {
  /// Pictures whose folders say no classes.
  private var isOneFolder: Bool { layout == .imageFolder && classNames.count == 1 }

  /// Reads the whole archive once and checks everything that a later pass relies on: the container to its end, every
  /// label, the size of every batch, and every image file by decoding it. Pictures whose folders say no classes are looked through
  /// for tables that do, and read again.
  ///
  /// - Parameter pixels: bytes that the decoded samples may have to be kept for the caches that are made next, so that the
  ///   archive is not read again for them; samples of several sizes are never kept.
  /// - Throws: `DatasetError`, and what `onProgress` throws.
  package init(
    file: String, limits: InputLimits = InputLimits(), keeping pixels: Int = 0, onProgress: @escaping ProgressReport
  ) throws {
    func again() throws -> ArchiveReader { try ArchiveReader(path: file, limits: limits, onProgress: onProgress) }
    var surveyor = try Surveyor(limits: limits, mostPixels: pixels, again: again)
    let tables: MetadataTables?
    do {
      let survey = try surveyor.run()
      tables = survey.isOneFolder ? try MetadataTables.find(in: again()) : nil
      guard tables != nil else {
        self = survey
        return
      }
    } catch let error as DatasetError {
      guard case .misplacedImage = error.cause else { throw error }
      tables = try MetadataTables.find(in: again())
      guard tables != nil else { throw error }
    }
    surveyor = try Surveyor(limits: limits, mostPixels: pixels, tables: tables, again: again)
    self = try surveyor.run()
  }
}
