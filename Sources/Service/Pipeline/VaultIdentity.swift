import Foundation
import Glibc
import ServiceFoundation

/// Tells the vault that the ledger knows from the empty directory in which it is usually mounted: a file with a number of its
/// own lies in it. Without the vault nothing is lost; the work waits for it.
struct VaultIdentity: Sendable {
  let vault: String

  private var path: String { vault + "/identity" }

  /// The number of the vault that is there; nil for a new one. Blocks.
  func found() throws(FileError) -> String? {
    let file: OpenFile
    do {
      file = try OpenFile.foreign(path)
    } catch .failed(_, _, ENOENT) {
      return nil
    } catch {
      throw error
    }
    _ = try file.stamp()
    let text = String(decoding: try file.read(100, at: 0), as: UTF8.self).trimmingCharacters(
      in: .whitespacesAndNewlines)
    return text.isEmpty ? nil : text
  }

  /// Gives a vault without a number this one. Blocks.
  func mark(_ identity: String) throws(FileError) {
    try FileMove.write(Array((identity + "\n").utf8), to: path)
  }

  /// Why the directory is not the vault with the number `known`, and the way out; nil if it is. Blocks.
  func obstacle(known: String) -> String? {
    do throws(FileError) {
      guard let found = try found() else {
        return "\(vault) is not the vault that the ledger knows, its file “identity” is missing: mount or restore it"
          + " (if it is lost for good, write \(known) into that file, and what it held is made anew)"
      }
      return found == known ? nil : "\(path) belongs to another vault, the ledger's is \(known): mount or restore that"
    } catch {
      return "the vault cannot be looked at: \(error)"
    }
  }
}
