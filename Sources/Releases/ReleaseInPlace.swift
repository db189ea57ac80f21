import Archives
import Foundation
package import Foundations
package import Jobs
package import Work

/// A release from the command line: the `release` job into a directory that the user names.
package struct ReleaseInPlace: Sendable {
  private let archive: String
  private let generator: String
  private let directory: String
  private let vault: String
  private let rate: MarkingRate?
  private let seed: UInt64
  private let images: ImageWriting
  private let terms: ReleaseTerms
  private let lpips: LPIPSFiles?
  private let limits: InputLimits
  private let created: Int
  private let secret: VaultSecret

  /// - Parameters:
  ///   - directory: the release directory to make; its name is the release's if it has the form `release-NAME-N`.
  ///   - vault: where the private record goes.
  ///   - created: whole seconds since 1970.
  ///   - secret: what the vault gets if it has none yet.
  package init(
    archive: String, generator: String, directory: String, vault: String, rate: MarkingRate?, seed: UInt64,
    images: ImageWriting = ImageWriting(), terms: ReleaseTerms = ReleaseTerms(), lpips: LPIPSFiles? = nil,
    limits: InputLimits, created: Int,
    secret: VaultSecret = .drawn()
  ) {
    self.archive = archive
    self.generator = generator
    self.directory = directory
    self.vault = vault
    self.rate = rate
    self.seed = seed
    self.images = images
    self.terms = terms
    self.lpips = lpips
    self.limits = limits
    self.created = created
    self.secret = secret
  }

  /// - Throws: `WorkError.alreadyThere` if the directory exists.
  package func run(_ context: WorkContext) throws -> ReleaseResult {
    guard !FileManager.default.fileExists(atPath: directory) else { throw WorkError.alreadyThere(path: directory) }
    let parent = DurableFile(directory).parent
    let staging = directory + ".partial"
    let name = ReleaseName((directory as NSString).lastPathComponent)
    let archiveName = DatasetSource.name(ofPath: archive)
    let spec = ReleaseSpec(
      archive: archive, archiveName: archiveName,
      dataset: name?.dataset.description ?? ReleaseName.dataset(ofArchive: archiveName),
      releaseVersion: name?.version ?? 1,
      generator: generator, rate: rate, seed: seed, outbox: parent, staging: staging,
      vault: vault, batch: 64, images: images, terms: terms, lpips: lpips, created: created, limits: limits)
    try DurableFile(parent).createDirectory()
    defer { try? DurableFile(staging).remove() }
    let secret = try VaultSecret.kept(in: vault, fresh: secret)
    return try ReleaseWork(spec, secret: secret, context, directory: directory).run()
  }
}
