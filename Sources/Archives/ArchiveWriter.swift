package import Foundations

/// Writes an archive front to back, the same bytes for the same calls.
package final class ArchiveWriter {
  private let content: any ContainerWriter
  private let output: Output
  /// Content bytes that the current member's header still promises.
  private var owed = 0

  private enum Output {
    case file(Chunks)
    case tree(TreeWriter)
  }

  /// Gathers a container's bytes into pieces that are worth handing to another thread.
  private final class Chunks {
    let sink: ArchiveSink
    private var chunk: [UInt8] = []

    init(_ sink: ArchiveSink) {
      self.sink = sink
      chunk.reserveCapacity(ArchiveSink.chunkBytes)
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
      if chunk.count + bytes.count > ArchiveSink.chunkBytes { try flush() }
      chunk.append(contentsOf: bytes)
    }

    func flush() throws {
      guard !chunk.isEmpty else { return }
      let full = chunk
      chunk = []
      chunk.reserveCapacity(ArchiveSink.chunkBytes)
      try sink.write(full)
    }
  }

  /// Creates the file at `path`, or empties it; for several files the directory, in which nothing may be in their way.
  /// - Parameter mode: the file's, from its first moment on.
  package init(path: String, container: ArchiveContainer, mode: UInt32 = 0o644) throws {
    if container.isSeveralFiles {
      let tree = try TreeWriter(path: path)
      (content, output) = (tree, .tree(tree))
      return
    }
    let chunks = Chunks(try ArchiveSink(path: path, container: container, mode: mode))
    output = .file(chunks)
    content =
      switch container {
      case .tar, .tarGzip, .tarZstd, .tarXz: try TarWriter(path: path) { try chunks.append($0) }
      case .tarOfTars: try NestedTarWriter(path: path) { try chunks.append($0) }
      case .zip: try ZipWriter(path: path) { try chunks.append($0) }
      case .directory, .shards: preconditionFailure("several files are written by TreeWriter")
      }
  }

  /// Starts a member; the one before it must be complete.
  package func begin(_ member: ArchiveMember) throws {
    precondition(owed == 0, "\(owed) bytes of the member before are missing")
    try content.begin(member)
    owed = member.size
  }

  /// Appends content to the current member.
  package func write(_ bytes: Span<UInt8>) throws {
    guard bytes.count > 0 else { return }
    precondition(bytes.count <= owed, "more bytes than the member's header promises")
    try bytes.withUnsafeBytes { try content.write($0) }
    owed -= bytes.count
  }

  /// Writes a whole member.
  package func add(_ member: ArchiveMember, content: [UInt8]) throws {
    try begin(member)
    try write(content.span)
  }

  /// Ends the archive and forces it to the disk; nothing is complete before this returns.
  ///
  /// - Returns: size and SHA-256 of the file; of several the size of all, their digest, and each.
  package func finish() throws -> (bytes: Int, digest: HexDigest, files: [DatasetFile]) {
    precondition(owed == 0, "\(owed) bytes of the last member are missing")
    try content.finish()
    switch output {
    case .tree(let tree): return (tree.bytes, tree.digest(), tree.files)
    case .file(let chunks):
      try chunks.flush()
      let (bytes, digest) = try chunks.sink.finish()
      return (bytes, digest, [])
    }
  }
}
