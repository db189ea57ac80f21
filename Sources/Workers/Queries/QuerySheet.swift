import Datasets
import Evidence
import Foundation

/// What only the owner knows about one export of queries: which image is which (FORMATS.md, "Queries"). It lies in the
/// vault; the exported names tell nothing without it.
struct QuerySheet: Codable, Equatable {
  static let currentFormat = "dandyroll-queries/1"

  var format = Self.currentFormat
  var release: String
  /// The export's number, from 1.
  var number: Int
  var targetClass: Int
  var classes: [String]
  /// Multiples of ε at which the marks were painted.
  var amplitude: Int
  /// Where the images come from: a file name and its split.
  var source: String
  /// The source's SHA-256; nil in sheets from before it was recorded.
  var sourceDigest: HexDigest?
  /// Indices of the verification samples in the source, and their labels.
  var samples: [Int]
  var labels: [Int]
  /// G, carriers of the release's key, and decoy carriers beside them.
  var keySize: Int
  var decoys: Int

  /// Names of the clean images, then of those under each carrier, the key's own first: (1 + G + decoys, m).
  func names(_ secret: ReleaseSecret) -> [[String]] {
    (0...keySize + decoys).map { group in
      samples.indices.map { secret.queryName(export: number, number: group * samples.count + $0) }
    }
  }
}

extension Vault {
  private var queries: String { "\(directory)/queries" }

  /// The sheets of all exports so far, by number.
  /// - Throws: `WorkError.malformed` for a sheet that cannot be read.
  func sheets() throws -> [QuerySheet] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: queries)) ?? []
    return try names.filter { $0.hasSuffix(".json") }.map { name in
      let sheet = try CanonicalJSON.decode(QuerySheet.self, from: "\(queries)/\(name)")
      guard sheet.format == QuerySheet.currentFormat, sheet.samples.count == sheet.labels.count, sheet.keySize >= 1,
        sheet.decoys >= 0,
        sheet.classes.indices.contains(sheet.targetClass)
      else { throw WorkError.malformed(path: "\(queries)/\(name)", reason: "not a \(QuerySheet.currentFormat) sheet") }
      return sheet
    }
    .sorted { $0.number < $1.number }
  }

  func write(_ sheet: QuerySheet) throws {
    try DurableFile(queries).createDirectory(mode: 0o700)
    try DurableFile("\(queries)/\(sheet.number).json").write(CanonicalJSON.encode(sheet), mode: 0o600)
    try DurableFile(queries).synchronise()
  }
}
