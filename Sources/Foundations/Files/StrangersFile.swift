import Glibc

/// A file that a stranger may have made, open for reading: the one place where such files are opened.
///
/// Only regular files are taken, and none waits: a FIFO under the expected name, or a link to a device, is refused before
/// anything of it is read. The size is what the file had when it was opened; whoever reads says how much he takes.
package final class StrangersFile: Sendable {
  /// What the file is called in messages.
  package let path: String
  /// Bytes, when it was opened. Files that the kernel makes up, as those of /proc, have none.
  package let size: Int
  private let descriptor: Int32

  /// Opens a file that the user has named; that it is a link is the user's business, what is behind it is looked at.
  /// - Parameter limit: the most bytes that it may have.
  /// - Throws: `FileFault`.
  package convenience init(_ path: String, limit: Int = .max) throws(FileFault) {
    try self.init(Self.call("open") { open(path, Self.flags) }, path: path, limit: limit)
  }

  /// Opens a file by a name that a stranger has written, below a directory that the user has named: neither the file nor a
  /// directory on the way to it is a link, and the name does not lead out.
  /// - Throws: `FileFault`.
  package convenience init(_ name: String, below directory: String, limit: Int = .max) throws(FileFault) {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard let last = parts.last, !parts.contains(where: { ["", ".", ".."].contains($0) }), !name.utf8.contains(0) else {
      throw .leavesDirectory
    }
    let way = O_RDONLY | O_DIRECTORY | O_CLOEXEC
    var parent = try Self.call("open") { open(directory, way) }
    defer { close(parent) }
    for part in parts.dropLast() {
      let next = try Self.call("open") { openat(parent, String(part), way | O_NOFOLLOW) }
      close(parent)
      parent = next
    }
    let file: Int32
    do throws(FileFault) {
      file = try Self.call("open") { openat(parent, String(last), Self.flags | O_NOFOLLOW) }
    } catch {
      throw error == .system(operation: "open", errno: ELOOP) ? .link : error
    }
    try self.init(file, path: "\(directory)/\(name)", limit: limit)
  }

  /// Without O_NONBLOCK a FIFO would be waited for; without O_NOCTTY a terminal would become ours.
  private static let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC

  private init(_ descriptor: Int32, path: String, limit: Int) throws(FileFault) {
    self.descriptor = descriptor
    self.path = path
    var status = stat()
    // The descriptor is this object's from here on, so a failure closes it.
    size = fstat(descriptor, &status) == 0 ? Int(status.st_size) : -1
    guard size >= 0 else { throw .system(operation: "examine", errno: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular(Self.kind(status.st_mode)) }
    guard size <= limit else { throw .tooLarge(bytes: size, limit: limit) }
  }

  deinit { close(descriptor) }

  private static func kind(_ mode: mode_t) -> String {
    switch mode & S_IFMT {
    case S_IFDIR: "a directory"
    case S_IFIFO: "a FIFO"
    case S_IFSOCK: "a socket"
    case S_IFCHR, S_IFBLK: "a device"
    default: "something else"
    }
  }

  private static func call(_ operation: String, _ body: () -> Int32) throws(FileFault) -> Int32 {
    while true {
      let result = body()
      if result >= 0 { return result }
      guard errno == EINTR else { throw .system(operation: operation, errno: errno) }
    }
  }
}

extension StrangersFile {
  /// What the file is now; it may have changed since it was opened.
  package func identity() throws(FileFault) -> FileIdentity {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system(operation: "examine", errno: errno) }
    return FileIdentity(status)
  }

  /// Reads from an offset until the buffer is full or the file ends.
  /// - Returns: bytes read.
  package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileFault) -> Int {
    var filled = 0
    while filled < buffer.count {
      let count = pread(
        descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled, off_t(offset + filled))
      if count == 0 { break }
      if count > 0 {
        filled += count
      } else if errno != EINTR {
        throw .system(operation: "read", errno: errno)
      }
    }
    return filled
  }

  /// A range of the file; it is allocated at once, so the caller has judged its length.
  /// - Throws: `FileFault.changed` if the file ends before.
  package func bytes(_ range: Range<Int>) throws(FileFault) -> [UInt8] {
    let bytes = try bytes(upTo: range.count, at: range.lowerBound)
    guard bytes.count == range.count else { throw .changed }
    return bytes
  }

  /// The whole file.
  /// - Throws: `FileFault.tooLarge` for one that turns out to have more than `limit` bytes, whatever its size was.
  package func bytes(limit: Int) throws(FileFault) -> [UInt8] {
    guard size <= limit else { throw .tooLarge(bytes: size, limit: limit) }
    var whole: [UInt8] = []
    while true {
      let block = try bytes(upTo: Self.blockBytes, at: whole.count)
      whole += block
      guard whole.count <= limit else { throw .tooLarge(bytes: whole.count, limit: limit) }
      if block.count < Self.blockBytes { return whole }
    }
  }

  /// The whole file as text.
  /// - Throws: `FileFault.notText` for what is not UTF-8.
  package func text(limit: Int) throws(FileFault) -> String {
    guard let text = String(validating: try bytes(limit: limit), as: UTF8.self) else { throw .notText }
    return text
  }

  /// Hands over the whole file in blocks that lie in memory one at a time.
  package func forEachBlock(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.blockBytes, alignment: 64)
    defer { buffer.deallocate() }
    var offset = 0
    while true {
      let count = try read(into: buffer, at: offset)
      if count == 0 { return }
      offset += count
      try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  /// The lines of the file.
  /// - Parameter limit: bytes of a line.
  package func lines(limit: Int) -> LineReader { LineReader(limit: limit, source: blocks()) }

  /// The file's content from its start, a block a call; nil at its end.
  package func blocks() -> () throws -> [UInt8]? {
    var offset = 0
    return { [self] in
      let block = try bytes(upTo: Self.blockBytes, at: offset)
      offset += block.count
      return block.isEmpty ? nil : block
    }
  }

  static let blockBytes = 256 << 10

  private func bytes(upTo count: Int, at offset: Int) throws(FileFault) -> [UInt8] {
    var fault: FileFault?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(FileFault) {
        filled = try read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
      } catch {
        filled = 0
        fault = error
      }
    }
    if let fault { throw fault }
    return bytes
  }
}
