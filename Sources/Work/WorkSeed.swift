import Foundation
import Foundations

/// The seed of a command whose finished parts are kept: `seed.json` among them, so that a command that was given none
/// goes on with the one it has drawn (docs/formats, "Qualification").
package struct WorkSeed: Codable, Equatable {
  package let seed: UInt64

  /// - Parameters:
  ///   - given: the command line's; nil takes the kept one, or draws one.
  ///   - directory: where finished parts are kept; nil keeps nothing.
  /// - Throws: `WorkError.malformed` for a kept seed that cannot be read, `io` if it cannot be written.
  package init(_ given: UInt64?, keptIn directory: String?) throws {
    let path = directory.map { "\($0)/seed.json" }
    if given == nil, let path, FileManager.default.fileExists(atPath: path) {
      self = try CanonicalJSON.decode(Self.self, from: path)
      return
    }
    seed = given ?? .random(in: 0...UInt64(Int32.max))
    guard let directory, let path else { return }
    try DurableFile(directory).createDirectory(mode: 0o700)
    try DurableFile(path).replace(with: CanonicalJSON.encode(self), mode: 0o600)
  }
}
