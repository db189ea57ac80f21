import Crypto
import Foundations
import Glibc

/// Reads the files of a directory one after the other, each a member of its name. Those of a set of shards that are archives
/// stand for directories, in which their members lie.
///
/// Each shard is held to the rules of its own container, the names in it count with its directory, and no archive in a shard
/// is looked into.
final class TreeReader: ContainerReader, ArchiveOrigin {
  private let source: DatasetSource
  private let limits: InputLimits
  private let report: ProgressReport
  private let buffer: UnsafeMutableRawBufferPointer
  private var upcoming = 0
  private var current: Current?
  private var digests = FileListDigest()
  private var reported = 0
  /// Bytes of the files before the current one, as they are stored and as they are expanded.
  private var done = 0
  private var expandedDone = 0
  private(set) var warnings: [String] = []

  private enum Current {
    case plain(StrangersFile, StrangersTree.File, SHA256, position: Int)
    case shard(Open)
  }

  /// A shard that is being read.
  private struct Open {
    let shard: ArchiveMember.Shard
    let file: FileSource
    let reader: any ContainerReader
    /// Whether its directory has been handed out and nothing else.
    var isAtFolder = true
  }

  init(_ source: DatasetSource, limits: InputLimits, report: @escaping ProgressReport) {
    self.source = source
    self.limits = limits
    self.report = report
    buffer = .allocate(byteCount: FileSource.blockBytes, alignment: 64)
  }

  deinit { buffer.deallocate() }

  var path: String { source.path }
  var size: Int { source.bytes }
  /// Nothing tells that none of them has changed but reading them.
  var identity: FileIdentity? { nil }

  /// Members of directories and shards are not sought: this tells them apart and no more.
  var place: MemberPlace { MemberPlace(position: expandedBytes) }

  var bytesRead: Int {
    switch current {
    case nil: done
    case .plain(_, _, _, let position): done + position
    case .shard(let open): done + open.file.bytesRead
    }
  }

  var expandedBytes: Int {
    switch current {
    case nil: expandedDone
    case .plain(_, _, _, let position): expandedDone + position
    case .shard(let open): expandedDone + open.reader.expandedBytes
    }
  }

  func reportNow() throws {
    reported = bytesRead
    try report(ArchiveProgress(bytesRead: reported, bytesTotal: size))
  }

  func reportEnd() throws {
    reported = size
    try report(ArchiveProgress(over: path, bytes: size))
  }

  /// Nothing is left once all files have been read.
  func verifyEnd() {}

  func digest() -> HexDigest {
    precondition(upcoming == source.files.count && current == nil)
    return digests.digest()
  }

  func next() throws -> ArchiveMember? {
    if case .shard(var open) = current {
      open.isAtFolder = false
      current = .shard(open)
      if let member = try within(open, { try open.reader.next() }) { return try place(member, in: open.shard) }
      try close(open)
    }
    guard upcoming < source.files.count else { return nil }
    let file = source.files[upcoming]
    upcoming += 1
    let modified = file.modified.quotientAndRemainder(dividingBy: 1_000_000_000)
    var member = ArchiveMember(
      name: file.name, size: file.size, modified: modified.remainder < 0 ? modified.quotient - 1 : modified.quotient,
      isExecutable: file.isExecutable)
    guard source.container == .shards, DatasetSource.isShard(file.name) else {
      guard file.size <= limits.batchMemberBytes else {
        throw error(.memberTooLarge(bytes: file.size, limit: limits.batchMemberBytes), file.name)
      }
      let opened = try open(file)
      current = .plain(opened, file, SHA256(), position: 0)
      return member
    }
    let open = try openShard(file)
    current = .shard(open)
    (member.name, member.kind, member.size) = (open.shard.folder, .directory, 0)
    member.shard = open.shard
    return member
  }

  func nextBlock(at position: Int) throws -> UnsafeRawBufferPointer? {
    switch current {
    case nil: return nil
    case .shard(let open):
      guard !open.isAtFolder else { return nil }
      return try within(open, { try open.reader.nextBlock(at: position) })
    case .plain(let opened, let file, var hash, let position):
      // It leaves `current` while it changes, so that the state of the hash is not copied.
      current = nil
      let count: Int
      do throws(FileFault) { count = try opened.read(into: buffer, at: position) } catch {
        throw failure(error, file.name)
      }
      guard position + count <= file.size, count > 0 || position == file.size else {
        throw error(.archiveChanged, file.name)
      }
      guard count > 0 else {
        digests.add(file.name, HexDigest(hash.finalize()))
        done += file.size
        expandedDone += file.size
        if done - reported >= FileSource.reportEvery || upcoming == source.files.count { try reportNow() }
        return nil
      }
      let block = UnsafeRawBufferPointer(rebasing: buffer[..<count])
      hash.update(bufferPointer: block)
      current = .plain(opened, file, hash, position: position + count)
      return block
    }
  }

  // MARK: - Files

  /// - Throws: `archiveChanged` for one that is not as the look at the directory found it.
  private func open(_ file: StrangersTree.File) throws -> StrangersFile {
    let opened: StrangersFile
    do throws(FileFault) { opened = try StrangersFile(file.name, below: source.root) } catch {
      throw failure(error, file.name)
    }
    guard opened.size == file.size else { throw error(.archiveChanged, file.name) }
    return opened
  }

  private func openShard(_ file: StrangersTree.File) throws -> Open {
    guard file.size > 0 else { throw error(.emptyFile, file.name) }
    let (report, before, total) = (report, done, size)
    let stream = FileSource(try open(file), path: path) {
      try report(ArchiveProgress(bytesRead: before + $0.bytesRead, bytesTotal: total))
    }
    let head = try stream.head(ForeignFormat.headBytes)
    guard let container = ArchiveContainer(head: head) else {
      throw error(
        ForeignFormat(head: head).map { .foreignFormat($0, isInside: false) } ?? .unknownContainer, file.name)
    }
    let shard = ArchiveMember.Shard(name: file.name, container: container)
    do {
      return Open(shard: shard, file: stream, reader: try container.reader(stream, limits: limits))
    } catch let fault as DatasetError {
      throw Self.naming(shard, fault)
    }
  }

  private func close(_ open: Open) throws {
    guard try open.file.next() == nil else { throw error(.trailingData, open.shard.name) }
    digests.add(open.shard.name, open.file.digest())
    warnings += open.reader.warnings.prefix(ArchiveReader.warningLimit - warnings.count)
      .map { "\(open.shard.name): \($0)" }
    expandedDone += open.reader.expandedBytes
    done += open.file.size
    reported = done
    current = nil
  }

  /// A shard's member as one of the whole.
  private func place(_ member: ArchiveMember, in shard: ArchiveMember.Shard) throws -> ArchiveMember {
    var member = member
    member.name = shard.folder + member.name
    member.shard = shard
    if let fault = ArchiveMember.fault(inName: Array(member.name.utf8), limits: limits) {
      throw error(fault, member.name)
    }
    return member
  }

  // MARK: - Errors

  private func error(_ cause: DatasetError.Cause, _ member: String) -> DatasetError {
    DatasetError(cause, file: path, member: member)
  }

  private func failure(_ fault: FileFault, _ name: String) -> DatasetError {
    switch fault {
    // It was there a moment ago.
    case .system("open", let number) where number == ENOENT || number == ENOTDIR: error(.archiveChanged, name)
    case .system(let operation, let number): error(.io(operation: operation, errno: number), name)
    default: error(.archiveChanged, name)
    }
  }

  /// Errors about members of a shard say which one.
  private func within<Result>(_ open: Open, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let fault as DatasetError { throw Self.naming(open.shard, fault) }
  }

  private static func naming(_ shard: ArchiveMember.Shard, _ fault: DatasetError) -> DatasetError {
    var fault = fault
    fault.member = fault.member.map { "\(shard.name): \($0)" } ?? shard.name
    return fault
  }
}
