import Foundations

/// Reads a tar of tars, as ImageNet's training images come: each archive in it becomes a directory of its own name without
/// `.tar`, and its members become the directory's.
///
/// Both layers are held to the rules for tar archives. There is no third: an archive in an inner one is a member like any.
final class NestedTarReader: ContainerReader {
  static let suffix = ".tar"

  /// Whether the first file in a plain tar is a tar, and no image lies beside it: then it is an image folder that has an
  /// archive in it. Headers alone are read, from one to the next.
  static func recognises(_ file: FileSource) throws -> Bool {
    var (offset, hasInner) = (0, false)
    while offset + 2 * TarHeader.blockBytes <= file.size,
      let header = TarHeader(try file.bytes(offset..<offset + TarHeader.blockBytes))
    {
      let content = offset + TarHeader.blockBytes
      if header.isPlain, header.size > 0 {
        let head = try file.bytes(content..<content + TarHeader.blockBytes)
        if isInner(header.name, head) {
          hasInner = true
        } else if !header.isCompanion {
          guard hasInner, ImageFormat(head: head) == nil else { return false }
        }
      }
      // Directories, and headers that are about the next one, are passed over too.
      let (next, overflow) = content.addingReportingOverflow(header.size)
      guard !overflow, next <= file.size else { break }
      offset = next + -next & (TarHeader.blockBytes - 1)
    }
    return hasInner
  }

  private static func isInner(_ name: some BidirectionalCollection<UInt8>, _ head: [UInt8]) -> Bool {
    name.reversed().starts(with: suffix.utf8.reversed()) && ArchiveContainer(head: head) == .tar
  }

  private let file: FileSource
  private let limits: InputLimits
  private let outer: TarReader
  private var inner: (archive: ArchiveMember, reader: TarReader, place: InnerArchive)?
  /// The member of the outer archive that is being read.
  private var content: Content?
  private var places: Set<String> = []

  /// The content of a member of the outer archive.
  private final class Content: ByteSource {
    let reader: TarReader
    let member: ArchiveMember
    private var first: UnsafeRawBufferPointer?
    private var position = 0

    init(_ reader: TarReader, _ member: ArchiveMember) throws {
      self.reader = reader
      self.member = member
      first = try read()
    }

    var head: [UInt8] { Array((first ?? UnsafeRawBufferPointer(start: nil, count: 0)).prefix(TarHeader.blockBytes)) }

    func next() throws -> UnsafeRawBufferPointer? {
      defer { first = nil }
      return try first ?? read()
    }

    private func read() throws -> UnsafeRawBufferPointer? {
      let block = try reader.nextBlock(at: position)
      position += block?.count ?? 0
      guard block != nil ? position <= member.size : position == member.size else {
        throw DatasetError(.truncated, file: reader.path, member: member.name, offset: position)
      }
      return block
    }
  }

  init(_ file: FileSource, limits: InputLimits) throws {
    self.file = file
    self.limits = limits
    outer = try TarReader(file, of: file, limits: limits)
  }

  /// Begins with the member at a place, which a pass has told.
  init(_ file: FileSource, limits: InputLimits, at place: MemberPlace) throws {
    self.file = file
    self.limits = limits
    let start = place.archive?.position ?? place.position
    outer = try TarReader(FileSource(file, part: start..<file.size), of: file, limits: limits, start: start)
    guard let archive = place.archive else { return }
    let content = archive.content..<archive.content + archive.size
    guard let member = try outer.next(), member.name == archive.name, member.size == archive.size,
      outer.contentPosition == archive.content, content.contains(place.position), content.upperBound <= file.size
    else { throw DatasetError(.archiveChanged, file: file.path, member: archive.name) }
    let part = FileSource(file, part: place.position..<content.upperBound)
    inner = (member, try TarReader(part, of: file, limits: limits, start: place.position), archive)
  }

  var expandedBytes: Int { outer.expandedBytes }

  var place: MemberPlace {
    // The directory that stands for an inner archive lies where that does.
    guard let inner, inner.reader.hasMember else { return outer.place }
    return MemberPlace(position: inner.reader.place.position, archive: inner.place)
  }

  /// Where the current member's content begins.
  var contentPosition: Int { inner?.reader.contentPosition ?? outer.contentPosition }

  var warnings: [String] { outer.warnings }

  func next() throws -> ArchiveMember? {
    if let (archive, reader, _) = inner {
      if var member = try within(archive, { try reader.next() }) {
        member.name = archive.folder + member.name
        member.archive = archive.name
        if let fault = ArchiveMember.fault(inName: Array(member.name.utf8), limits: limits) {
          throw DatasetError(fault, file: file.path, member: member.name)
        }
        return member
      }
      inner = nil
    }
    guard let member = try outer.next() else { return nil }
    let content = try Content(outer, member)
    self.content = content
    guard member.kind == .file, Self.isInner(Array(member.name.utf8), content.head) else { return member }
    guard places.insert(member.place).inserted else {
      throw DatasetError(.duplicateMember, file: file.path, member: member.name)
    }
    let place = InnerArchive(
      name: member.name, position: outer.place.position, content: outer.contentPosition, size: member.size)
    inner = (member, try TarReader(content, of: file, limits: limits, start: place.content), place)
    // The directory that stands for it.
    var directory = member
    (directory.name, directory.kind, directory.size) = (member.folder, .directory, 0)
    directory.archive = member.name
    return directory
  }

  func nextBlock(at position: Int) throws -> UnsafeRawBufferPointer? {
    guard let (archive, reader, _) = inner else { return try content?.next() }
    // The directory that stands for it has no content of its own.
    guard reader.hasMember else { return nil }
    return try within(archive, { try reader.nextBlock(at: position) })
  }

  /// Errors about members of an inner archive say which one.
  private func within<Result>(_ archive: ArchiveMember, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch var error as DatasetError {
      error.member = error.member.map { "\(archive.name): \($0)" } ?? archive.name
      throw error
    }
  }
}

extension TarHeader {
  fileprivate var isCompanion: Bool {
    ArchiveMember(name: String(decoding: name, as: UTF8.self), size: size, modified: 0).isCompanion
  }
}

extension ArchiveMember {
  /// The directory that an archive in an archive becomes, with a slash at its end.
  fileprivate var folder: String { NestedTarReader.folder(of: name) }
}

extension NestedTarReader {
  static func folder(of archive: String) -> String { archive.dropLast(suffix.count) + "/" }
}
