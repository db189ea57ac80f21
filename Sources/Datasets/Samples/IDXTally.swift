import Archives
import Foundations

/// What a survey keeps about IDX files while they stream past, in any order.
struct IDXTally {
  private struct Images {
    var split: Split
    var count: Int
    var member: String
  }

  private struct Labels {
    var values: [UInt8]
    var member: String
  }

  /// In stream order.
  private var images: [Images] = []
  private var labels: [Split: Labels] = [:]

  /// Images so far.
  var imageCount: Int { images.reduce(0) { $0 + $1.count } }

  /// Checks a file of images.
  /// - Parameter shape: that of the images before it.
  /// - Returns: the shape of its images.
  mutating func readImages(
    _ member: ArchiveMember, of split: Split, _ form: MemberForm, shape: ImageShape?, _ reader: ArchiveReader,
    _ limits: InputLimits, _ digests: inout PixelDigests
  ) throws -> ImageShape {
    var pictures: PixelDigests.Records?
    let header = try read(member, form, dimensions: 3, reader, limits) { header, block in
      var records = pictures ?? PixelDigests.Records(header.pictures, isSample: true)
      records.read(block, into: &digests)
      pictures = records
    }
    let found = ImageShape(channels: 1, height: header.dimensions[1], width: header.dimensions[2])
    if let shape, shape != found { throw reader.error(.mixedShapes(found, expected: shape), offset: 8) }
    images.append(Images(split: split, count: header.samples, member: member.name))
    return found
  }

  /// Reads a file of labels, each below `classes`.
  mutating func readLabels(
    _ member: ArchiveMember, of split: Split, _ form: MemberForm, classes: Int, _ reader: ArchiveReader,
    _ limits: InputLimits
  ) throws {
    var values: [UInt8] = []
    _ = try read(member, form, dimensions: 1, reader, limits) { _, block in
      for position in block.indices {
        guard block[position] < classes else {
          throw reader.error(
            .labelOutOfRange(label: Int(block[position]), classes: classes),
            offset: IDXHeader.bytes(dimensions: 1) + values.count)
        }
        values.append(block[position])
      }
    }
    labels[split] = Labels(values: values, member: member.name)
  }

  /// Label and split of every sample, in the order in which the images came. All required files have been read.
  func samples(file: String) throws -> (labels: [UInt16], splits: [Split]) {
    var result: (labels: [UInt16], splits: [Split]) = ([], [])
    for images in images {
      let labels = labels[images.split] ?? Labels(values: [], member: images.member)
      guard labels.values.count == images.count else {
        throw DatasetError(
          .idxLabels(labels.values.count, images: images.count), file: file, member: labels.member, offset: 4)
      }
      result.labels += labels.values.map(UInt16.init)
      result.splits += Array(repeating: images.split, count: images.count)
    }
    return result
  }

  /// Reads a whole IDX file, and hands what follows its header to `body`.
  private func read(
    _ member: ArchiveMember, _ form: MemberForm, dimensions: Int, _ reader: ArchiveReader, _ limits: InputLimits,
    _ body: (IDXHeader, Span<UInt8>) throws -> Void
  ) throws -> IDXHeader {
    let headerBytes = IDXHeader.bytes(dimensions: dimensions)
    let stream = try MemberStream(reader, form, limits: limits)
    var head: [UInt8] = []
    var header: IDXHeader?
    while try stream.nextBlock({ block in
      var content = 0
      if header == nil {
        content = min(headerBytes - head.count, block.count)
        for position in 0..<content { head.append(block[position]) }
        guard head.count == headerBytes else { return }
        let found = try parse(head, dimensions, reader, limits)
        // A plain file's length is known before it is read.
        if form == .stored { try check(member.size, found, reader) }
        header = found
      }
      guard let header else { return }
      guard stream.position + block.count <= header.fileBytes else {
        throw reader.error(.idxTooLong(expected: header.fileBytes), offset: header.fileBytes)
      }
      try body(header, block.extracting(content..<block.count))
    }) {}
    guard let header else {
      throw reader.error(.idxTooShort(bytes: head.count, expected: headerBytes), offset: head.count)
    }
    try check(stream.position, header, reader)
    return header
  }

  private func parse(
    _ head: [UInt8], _ dimensions: Int, _ reader: ArchiveReader, _ limits: InputLimits
  ) throws -> IDXHeader {
    do {
      return try IDXHeader(head, dimensions: dimensions, limits: limits)
    } catch {
      throw reader.error(error.cause, offset: error.offset)
    }
  }

  private func check(_ bytes: Int, _ header: IDXHeader, _ reader: ArchiveReader) throws {
    let expected = header.fileBytes
    if bytes < expected { throw reader.error(.idxTooShort(bytes: bytes, expected: expected), offset: bytes) }
    if bytes > expected { throw reader.error(.idxTooLong(expected: expected), offset: expected) }
  }
}
