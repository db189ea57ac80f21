extension DatasetSurvey {
  /// What versions read that took PNG files with transparency or 16 bits for unreadable: what a release made by one of
  /// them says of a sample is about the sample of that number among the others.
  struct EarlierReading: Sendable {
    /// Indices of the samples that were none, ascending; at least one.
    let unread: [Int]
    /// What `repeated` was, in today's indices.
    let repeated: [Int]
    let geometry: SampleGeometry
  }

  /// The same archive as whoever counted so many samples in it: where these are not all that there are, as an earlier
  /// version read it. Unchanged if no version would have counted so many.
  package func counting(_ samples: Int) -> Self {
    guard samples != count, let earlier, samples == count - earlier.unread.count, samples > 0 else { return self }
    let unread = Set(earlier.unread)
    let read = (0..<count).filter { !unread.contains($0) }
    // The index that each sample had.
    var index = [Int](repeating: 0, count: count)
    for (earlier, today) in read.enumerated() { index[today] = earlier }
    // Members that are no samples now lie between those that are.
    var skippedImages = skippedImages
    var (place, sample) = (0, 0)
    while sample < count {
      if !self.skippedImages.contains(place) {
        if unread.contains(sample) { skippedImages.insert(place) }
        sample += 1
      }
      place += 1
    }
    var reading = DatasetSurvey(
      file: file, container: container, layout: layout, geometry: earlier.geometry, classNames: classNames,
      labels: read.map { labels[$0] }, splits: read.map { splits[$0] }, skipped: skipped,
      foreignPictures: foreignPictures, repeated: earlier.repeated.map { index[$0] }, faint: [], earlier: nil,
      fileBytes: fileBytes, archiveBytes: archiveBytes, memberCount: memberCount, digest: digest, warnings: warnings,
      skippedImages: skippedImages, places: places.keeping(read), identity: identity)
    // Seen at another size than the usual one, it still is.
    if shape != geometry.trainingShape { reading.shape = shape }
    return reading
  }
}
