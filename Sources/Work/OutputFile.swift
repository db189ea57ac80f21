import Foundation
import Foundations
import Glibc

/// A file that is written when long work is done. Whether it can be is asked before the work starts.
package struct OutputFile: Sendable {
  package let path: String

  /// - Throws: `WorkError.io` with the system's reason if no file can be made or replaced there now.
  package init(_ path: String) throws {
    self.path = path
    func refuse(_ number: Int32) -> WorkError { .io(path: path, operation: "write here", errno: number) }
    var isDirectory: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue {
      throw refuse(EISDIR)
    }
    let folder = DurableFile(path).parent
    if FileManager.default.fileExists(atPath: folder, isDirectory: &isDirectory), !isDirectory.boolValue {
      throw refuse(ENOTDIR)
    }
    // A new file needs both: to be entered into its directory, and the way to it.
    guard access(folder, W_OK | X_OK) == 0 else { throw refuse(errno) }
  }
}
