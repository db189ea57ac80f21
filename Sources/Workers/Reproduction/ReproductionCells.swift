import Evidence
import Foundation
import Jobs

/// Finished rows of a reproduction, kept so that one that was stopped goes on with the next.
struct ReproductionCells {
  let directory: String

  /// The rows of a cell: as they were kept, or made now and kept.
  func rows(_ name: String, make: () throws -> [ReproductionRow]) throws -> [ReproductionRow] {
    let path = "\(directory)/\(name).json"
    if let data = FileManager.default.contents(atPath: path) {
      return try JobJSON.decode([ReproductionRow].self, from: data)
    }
    let rows = try make()
    try DurableFile(directory).createDirectory()
    try DurableFile(path).replace(with: try JobJSON.document(rows))
    return rows
  }
}

/// What all files of a reproduction's directory were made for: `reproduction.json` in it.
struct ReproductionBasis: Codable, Equatable {
  var program: String
  var archive: HexDigest
  var settings: PaperSettings
  var seed: UInt64

  /// Binds a new directory to this, or checks that it is.
  /// - Throws: `WorkError.otherWork` if the directory was made for something else.
  func bind(_ directory: String) throws {
    let path = "\(directory)/reproduction.json"
    guard let data = FileManager.default.contents(atPath: path) else {
      return try DurableFile(path).replace(with: try JobJSON.document(self))
    }
    let kept = try JobJSON.decode(Self.self, from: data)
    guard kept != self else { return }
    let reason =
      if kept.archive != archive { "it was made from other data" } else if kept.seed != seed {
        "it has seed \(kept.seed)"
      } else if kept.settings != settings { "it has another scale" } else { "version \(kept.program) made it" }
    throw WorkError.otherWork(path: directory, reason: reason)
  }
}
