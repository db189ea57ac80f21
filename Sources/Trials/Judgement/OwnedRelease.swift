package import Datasets
package import Evidence
import Foundation
package import Releases
package import Watermarks
import Work

/// A release as its owner knows it: the vault's record, opened, and the generator.
package struct OwnedRelease {
  package let record: Vault
  let opening: Vault.Opening
  package let generator: Generator
  private let root: String

  /// - Parameters:
  ///   - name: the release directory's name.
  ///   - root: the vault that holds all releases.
  /// - Throws: `WorkError.malformed` for a claim about classes that the generator does not know.
  package init(_ name: String, in root: String, methods: MethodRegistry) throws {
    self.root = root
    record = Vault(root: root, release: name)
    opening = try record.opening()
    generator = try Generator(contentsOf: record.generator, methods: methods)
    guard opening.statement.claim.fits(classes: generator.classes.count) else {
      throw WorkError.malformed(
        path: record.directory, reason: "\(opening.statement.claim) of \(generator.classes.count) classes")
    }
  }

  /// The release of this name; without a name the only one in the vault that was made from the surveyed archive.
  /// - Parameter survey: as the model sees it that is to be judged.
  /// - Throws: `WorkError.otherSource`, `noRelease`, `ambiguousRelease`; `missing` for a name that the vault does not hold.
  package init(
    _ name: String?, madeFrom survey: DatasetSurvey, in root: String, methods: MethodRegistry
  ) throws {
    let source = survey.digest
    if let name {
      try self.init(name, in: root, methods: methods)
      guard opening.statement.source == source else {
        throw WorkError.otherSource(release: record.directory, archive: survey.file)
      }
    } else {
      let made = try Vault.names(in: root).filter {
        try Vault(root: root, release: $0).opening().statement.source == source
      }
      guard let only = made.first else { throw WorkError.noRelease(vault: root, archive: survey.file) }
      guard made.count == 1 else {
        throw WorkError.ambiguousRelease(vault: root, archive: survey.file, releases: made)
      }
      try self.init(only, in: root, methods: methods)
    }
    try generator.check(sees: survey, file: record.generator)
  }

  var secret: ReleaseSecret { opening.statement.secret }
  package var claim: Claim { opening.statement.claim }
  /// Multiples of the budget that verification images carry.
  var amplitude: Int { key?.amplitude ?? 1 }
  /// What was drawn for it; nil for marks without a key.
  var key: KeySpace? { generator.watermark.key(of: claim) }

  /// The release's reference panel; nil if there is none.
  func panel() throws -> ReferencePanel? {
    try ReferencePanel(vault: root, release: record.name, archive: opening.releasedArchive)
  }
}

extension Vault {
  /// Names of the releases that a vault holds, sorted.
  package static func names(in root: String) -> [String] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    return entries.sorted().filter {
      !$0.hasPrefix(".") && !$0.hasSuffix(".partial")
        && FileManager.default.fileExists(atPath: "\(root)/\($0)/opening.json")
    }
  }
}
