import Glibc
import ServiceFoundation

/// What a job says on its standard error: a file of bounded size, with one older file beside it.
final class JobLog {
  private let path: String
  private let limit: Int
  private var size = 0
  private var file: OpenFile?

  /// Appends to the file at `path`.
  ///
  /// - Throws: `ServiceError.file`.
  init(path: String, limit: Int) throws(ServiceError) {
    self.path = path
    self.limit = limit
    let file = try OpenFile(path, O_WRONLY | O_CREAT | O_APPEND)
    size = try file.stamp().size
    self.file = consume file
  }

  /// - Throws: `ServiceError.file`; the log takes nothing more after that.
  func append(_ bytes: ArraySlice<UInt8>) throws(ServiceError) {
    guard file != nil else { return }
    if size > 0, size + bytes.count > limit {
      file = nil
      if rename(path, path + ".1") != 0 { throw .file(operation: "rotate", path: path, errno: errno) }
      file = try OpenFile(path, O_WRONLY | O_CREAT | O_APPEND)
      size = 0
    }
    do {
      try file?.write(bytes)
    } catch {
      file = nil
      throw error
    }
    size += bytes.count
  }
}
