import Archives
import Foundations

extension Surveyor {
  /// A member that is nothing to the layout. It passes through a release, so that a picture in it that is a sample too,
  /// such as a notebook's copy in a hidden folder, would stand clean beside a marked one.
  mutating func readOther(_ member: ArchiveMember) throws {
    try reader.checkSize(member, limits)
    guard member.kind == .file, member.size > 0 else { return }
    let head = try reader.peek(ForeignFormat.headBytes)
    if ImageFormat(head: head) != nil {
      // Only beside image files can it be one of them.
      guard layout?.hasImageFiles ?? true else { return }
      hiddenImage = hiddenImage ?? member.name
      let file = try reader.rest()
      // An image that cannot be read is none.
      if let image = try? DecodedImage(decoding: file, limits: limits) {
        digests.add(
          image.pixels, channels: image.shape.channels, isSample: false, isDeep: !image.unseen.isEmpty)
      }
    } else if !(layout?.hasImageFiles ?? false), member.size % recordFormat.bytes == 0 {
      try readRecords(PixelDigests.Records(recordFormat, isSample: false))
    } else if !(layout?.hasImageFiles ?? false), let header = idxImages(head, member) {
      try readRecords(PixelDigests.Records(header.pictures, isSample: false), after: IDXHeader.bytes(dimensions: 3))
    } else if !member.isCompanion, layout?.hasImageFiles ?? true, let format = ForeignFormat(head: head) {
      if layout == nil { foreign = foreign ?? (member.name, format) }
      if format.wayOut != nil { pass(member, format) }
    }
  }

  /// What other files are looked through for.
  private var recordFormat: RecordFormat {
    layout == .cifar100Binary ? CIFAR100Binary.format : CIFAR10Binary.format
  }

  private mutating func readRecords(_ records: PixelDigests.Records, after headerBytes: Int = 0) throws {
    var (records, header) = (records, headerBytes)
    while try reader.nextBlock({ block in
      let passed = min(header, block.count)
      header -= passed
      records.read(block.extracting(passed..<block.count), into: &digests)
    }) {}
  }

  /// The header of a plain IDX file of images under a name that is not MNIST's.
  private func idxImages(_ head: [UInt8], _ member: ArchiveMember) -> IDXHeader? {
    let bytes = IDXHeader.bytes(dimensions: 3)
    guard head.count >= bytes, let header = try? IDXHeader(Array(head[..<bytes]), dimensions: 3, limits: limits)
    else { return nil }
    return header.fileBytes == member.size ? header : nil
  }
}

extension Surveyor {
  /// An image of an image folder and a neighbour of the same key that says its class: a shard's, of which not all have one.
  func checkShard(_ image: ArchiveMember, _ neighbour: ArchiveMember) throws {
    guard image.kind == .file, image.path.last.map(ImageFormat.isNamedLikeAnImage) == true,
      neighbour.kind == .file, image.shardKey.key == neighbour.shardKey.key,
      ["cls", "cls.txt", "cls.json"].contains(neighbour.shardKey.ending)
    else { return }
    throw DatasetError(.webDataset(neighbour.name), file: reader.path, member: image.name)
  }
}
