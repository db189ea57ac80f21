extension JobKind {
  package static let release = Self(rawValue: "release")
}

/// Marks one archive with a trained generator.
///
/// Its stages: survey, mark, commit, publish.
package enum ReleaseJob: JobDefinition {
  package static let turn = JobTurn.ahead

  package static func directories(for spec: ReleaseSpec) -> [String] { [spec.staging] }

  package static func product(of result: ReleaseResult, for spec: ReleaseSpec) throws(WrongResult) -> String? {
    let directory = spec.outbox + "/" + spec.name
    guard result.directory == directory else {
      throw WrongResult("the job released \(result.directory), not \(directory)")
    }
    return directory + "/manifest-sha256.txt"
  }
}

package struct ReleaseResult: JobPart {
  package static let kind = JobKind.release

  /// Path of the release directory in the outbox.
  package var directory: String
  /// SHA-256 of the archive inside it, in hex.
  package var archiveDigest: String
  package var samples: Int
  package var markedSamples: Int
  /// True if marked samples may have other classes than in the archive; nil otherwise.
  package var changesLabels: Bool?
  package var skippedSamples: Int
  /// How far marked samples are from their originals: "psnr" (dB, mean), "ssim" (mean), "largestChange" (1/255), "lpips"
  /// (mean) where weights were named, "featureDistance" (mean) where none were and a surrogate was kept, "jpegQuality"
  /// where marked images were written as JPEG files; nil in results from before it was measured.
  package var quality: [String: Double]?
  /// The first of the image files that were skipped, as many as fit an event; nil where none was.
  package var skipped: [SkippedFile]?

  package init(
    directory: String, archiveDigest: String, samples: Int, markedSamples: Int, changesLabels: Bool = false,
    skippedSamples: Int, quality: [String: Double]? = nil, skipped: [SkippedFile] = []
  ) {
    self.directory = directory
    self.archiveDigest = archiveDigest
    self.samples = samples
    self.markedSamples = markedSamples
    self.changesLabels = changesLabels ? true : nil
    self.skippedSamples = skippedSamples
    self.quality = quality?.filter(\.value.isFinite)
    self.skipped = skipped.isEmpty ? nil : SkippedFile.first(skipped)
  }
}
