import Crypto
package import Foundations
package import Glibc

/// A file that is written front to back, with the digest of what was written.
package struct FileSink: ~Copyable {
  private var writer: DurableFile.Writer
  private var hash = SHA256()

  /// Creates the file, or empties it. A file that others may not read is made anew, so that nobody has it open.
  package init(path: String, mode: mode_t = 0o644) throws {
    do throws(SystemCall.Failure) { writer = try DurableFile.Writer(path, mode: mode) } catch {
      throw DatasetError(.io(operation: "creating", errno: error.errno), file: path)
    }
  }

  package var path: String { writer.path }
  package var bytesWritten: Int { writer.bytesWritten }

  package mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
    do throws(SystemCall.Failure) { try writer.write(bytes) } catch {
      throw DatasetError(.io(operation: "writing", errno: error.errno), file: path, offset: bytesWritten)
    }
    hash.update(bufferPointer: bytes)
  }

  /// Forces everything to the disk.
  package func sync() throws {
    do throws(SystemCall.Failure) { try writer.synchronise() } catch {
      throw DatasetError(.io(operation: "syncing", errno: error.errno), file: path)
    }
  }

  package var digest: HexDigest { HexDigest(hash.finalize()) }
}
