import Foundation
import Foundations
import Jobs
import Work

/// Finished rows of a reproduction, kept so that one that was stopped goes on with the next.
struct ReproductionCells {
  let directory: String

  /// The rows of a cell: as they were kept, or made now and kept.
  /// - Throws: `WorkError.malformed` for a kept cell that cannot be read; what making throws.
  func rows<Row: Codable>(_ name: String, make: () throws -> [Row]) throws -> [Row] {
    let path = "\(directory)/\(name).json"
    if let data = FileManager.default.contents(atPath: path) {
      do { return try CanonicalJSON.decode([Row].self, from: data) } catch {
        throw WorkError.malformed(
          path: path, reason: "these are no rows of this version; remove it to measure them again")
      }
    }
    let rows = try make()
    try DurableFile(directory).createDirectory()
    try DurableFile(path).replace(with: try CanonicalJSON.document(rows))
    return rows
  }
}
