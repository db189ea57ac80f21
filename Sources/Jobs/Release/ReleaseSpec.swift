package import Foundations

/// Stream one dataset archive through a trained generator into a release directory.
package struct ReleaseSpec: JobPart {
  package static let kind = JobKind.release

  /// Path of the archive, and the file name it had when it was dropped (its name inside the release).
  package var archive: String
  package var archiveName: String
  /// The dataset's name and the release's number, ≥ 1: the directory is `release-<dataset>-<version>`.
  package var dataset: String
  package var releaseVersion: Int
  package var generator: String
  /// Nil marks as much as the generator's method does by default.
  package var rate: MarkingRate?
  package var seed: UInt64
  /// The release appears as a directory in `outbox`, built first in `staging` on the same filesystem.
  package var outbox: String
  package var staging: String
  /// Private records go to `<vault>/release-<dataset>-<version>/`.
  package var vault: String
  /// Images in one pass of the U-Net, ≥ 1. Results do not depend on it.
  package var batch: Int
  /// Nil in specs from before there was a choice: as without any.
  package var images: ImageWriting?
  /// Nil in specs from before there were terms: none.
  package var terms: ReleaseTerms?
  /// LPIPS, by which the marks are measured beside PSNR; nil measures PSNR alone.
  package var lpips: LPIPSFiles?
  /// The owner's secret key, which signs what the release says of itself; nil leaves it unsigned.
  package var signingKey: String?
  /// Whole seconds since 1970, the release's date.
  package var created: Int
  package var limits: InputLimits

  package init(
    archive: String, archiveName: String, dataset: String, releaseVersion: Int, generator: String, rate: MarkingRate?,
    seed: UInt64, outbox: String, staging: String, vault: String, batch: Int, images: ImageWriting? = nil,
    terms: ReleaseTerms? = nil, lpips: LPIPSFiles? = nil, signingKey: String? = nil, created: Int, limits: InputLimits
  ) {
    self.archive = archive
    self.archiveName = archiveName
    self.dataset = dataset
    self.releaseVersion = releaseVersion
    self.generator = generator
    self.rate = rate
    self.seed = seed
    self.outbox = outbox
    self.staging = staging
    self.vault = vault
    self.batch = batch
    self.images = images
    self.terms = terms
    self.lpips = lpips
    self.signingKey = signingKey
    self.created = created
    self.limits = limits
  }

  /// The release directory's name.
  package var name: String { "release-\(dataset)-\(releaseVersion)" }
}
