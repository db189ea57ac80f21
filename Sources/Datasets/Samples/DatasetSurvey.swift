package import Foundations

/// What one pass over an archive found: the layout, and the label of every sample in stream order.
///
/// Memory is 3 bytes a sample, whatever the size of the images, and 16 more while the archive is read.
package struct DatasetSurvey: Sendable {
  package let file: String
  package let container: ArchiveContainer
  package let layout: Layout
  package let shape: ImageShape
  /// K names, in the order of the class indices.
  package let classNames: [String]
  /// Class index of sample n, below K.
  package let labels: [UInt16]
  /// Split of sample n.
  package let splits: [Split]
  /// Image files that are no samples because they cannot be read, at most `FixedLimits.skippedNames` of them.
  package let skipped: [SkippedSample]
  /// Indices of the samples whose pixels another picture of the archive has as well, ascending. They are not to be marked:
  /// the other one would show what the mark is.
  package let repeated: [Int]
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
}

extension DatasetSurvey {
  /// Number of samples.
  package var count: Int { labels.count }

  /// Number of image files that are no samples because they cannot be read.
  package var skippedCount: Int { skippedImages.count }

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
  /// Reads the whole archive once and checks everything that a later pass relies on: the container to its end, every
  /// label, the size of every batch, and every image file by decoding it.
  ///
  /// - Throws: `DatasetError`, and what `onProgress` throws.
  package init(
    file: String, limits: InputLimits = InputLimits(), onProgress: @escaping ProgressReport
  ) throws {
    var surveyor = try Surveyor(limits: limits) {
      try ArchiveReader(path: file, limits: limits, onProgress: onProgress)
    }
    self = try surveyor.run()
  }
}
