import Foundation
package import Foundations
package import Jobs
import Releases
package import Work

/// A reference panel from the command line: the `reference` job for a release in a vault.
package struct PanelInPlace: Sendable {
  private let release: String
  private let vault: String
  private let original: String
  private let settings: ReferenceSettings
  private let limits: InputLimits

  /// - Parameters:
  ///   - release: the release directory, or its name in the vault.
  ///   - original: the archive before marking.
  package init(
    release: String, vault: String, original: String, settings: ReferenceSettings, limits: InputLimits
  ) {
    self.release = release
    self.vault = vault
    self.original = original
    self.settings = settings
    self.limits = limits
  }

  /// The release's name in the vault: a directory says it in its `release.json`, whatever it is called by now.
  package static func name(of release: String) throws -> String {
    let path = "\(release)/release.json"
    guard FileManager.default.fileExists(atPath: path) else { return release }
    return try CanonicalJSON.decode(ReleaseDocument.self, from: path).name.description
  }

  package func run(_ context: WorkContext) throws -> ReferenceResult {
    let name = try Self.name(of: release)
    guard let dataset = ReleaseName(name)?.dataset else {
      throw WorkError.missing(path: Vault(root: vault, release: name).directory)
    }
    let work = "\(Vault(root: vault, release: name).directory)/panel.work"
    let result = try ReferenceWork(
      ReferenceSpec(
        archive: original, release: name, vault: vault, models: "\(vault)/panels/\(dataset)", settings: settings,
        workDirectory: work, limits: limits), context
    ).run()
    try DurableFile(work).remove()
    return result
  }
}
