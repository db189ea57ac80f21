package import Glibc

extension DurableFile {
  /// A durable file while it is written, front to back.
  ///
  /// With `replacing` the bytes go to a neighbour, and the file appears under its name only when it is complete and on disk:
  /// `commit` flushes the neighbour, renames it over the file and flushes the directory. Dropped without `commit`, the neighbour
  /// is removed; what a killed process left of it is removed first. One writer at a time is the caller's to see to.
  package struct Writer: ~Copyable {
    /// The file that is being written: the neighbour, where there is one.
    package let path: String
    /// What the neighbour replaces.
    private let target: String?
    private let descriptor: Int32
    private var isNeighbour: Bool
    /// Bytes that the file has taken.
    package private(set) var bytesWritten = 0

    /// Makes the file, or empties it. One that others may not read is made anew, so that nobody has it open.
    package init(_ path: String, mode: mode_t) throws(SystemCall.Failure) {
      let isSecret = mode & 0o077 == 0
      if isSecret { try Self.clear(path) }
      try self.init(path, isSecret ? O_EXCL | O_NOFOLLOW : O_TRUNC, mode: mode)
    }

    /// - Parameters:
    ///   - mode: the neighbour's from its first moment on: nobody can open it while it is written who may not read it
    ///     afterwards.
    ///   - exactly: whether the file gets its mode whatever the umask takes from it.
    ///   - temporary: the neighbour's name; nil for the path and `.partial`.
    package init(
      replacing path: String, mode: mode_t, exactly: Bool = false, under temporary: String? = nil
    ) throws(SystemCall.Failure) {
      let neighbour = temporary ?? path + ".partial"
      // The new one is made, never opened: nobody's link or FIFO is in its place.
      try Self.clear(neighbour)
      try self.init(neighbour, O_EXCL | O_NOFOLLOW, mode: mode, exactly: exactly, target: path)
    }

    init(
      _ path: String, _ flags: Int32, mode: mode_t, exactly: Bool = false, target: String? = nil
    ) throws(SystemCall.Failure) {
      let descriptor = try SystemCall.run("create", path) { open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, mode) }
      if exactly {
        do throws(SystemCall.Failure) {
          try SystemCall.run("set the mode of", path) { fchmod(descriptor, mode) }
        } catch {
          close(descriptor)
          _ = try? SystemCall.run("remove", path) { unlink(path) }
          throw error
        }
      }
      self.descriptor = descriptor
      self.path = path
      self.target = target
      isNeighbour = target != nil
    }

    deinit {
      close(descriptor)
      if isNeighbour { _ = try? SystemCall.run("remove", path) { unlink(path) } }
    }

    private static func clear(_ path: String) throws(SystemCall.Failure) {
      do throws(SystemCall.Failure) { try SystemCall.run("replace", path) { unlink(path) } } catch {
        if DurableFile(path).exists { throw error }
      }
    }

    package mutating func write(_ bytes: UnsafeRawBufferPointer) throws(SystemCall.Failure) {
      var taken = 0
      defer { bytesWritten += taken }
      try SystemCall.write(bytes, to: descriptor, path) { taken += $0 }
    }

    package mutating func write(_ content: some Sequence<UInt8>) throws(SystemCall.Failure) {
      let bytes = Array(content)
      var failure: SystemCall.Failure?
      bytes.withUnsafeBytes {
        do throws(SystemCall.Failure) { try write($0) } catch { failure = error }
      }
      if let failure { throw failure }
    }

    /// Forces what is written to the disk.
    package func synchronise() throws(SystemCall.Failure) {
      try SystemCall.run("fsync", path) { [descriptor] in fsync(descriptor) }
    }

    /// Puts the neighbour in its place, for good.
    package consuming func commit() throws(SystemCall.Failure) {
      try synchronise()
      guard let target else { return }
      try SystemCall.run("rename", target) { [path] in Glibc.rename(path, target) }
      isNeighbour = false
      try DurableFile(DurableFile(target).parent).synchronise()
    }
  }
}
