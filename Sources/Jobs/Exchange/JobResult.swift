/// What a finished job leaves behind.
package enum JobResult: Sendable, Equatable {
  case train(TrainResult)
  case release(ReleaseResult)
  case audit(AuditResult)
  case qualify(QualifyResult)
  case reference(ReferenceResult)
}

package struct TrainResult: Codable, Sendable, Equatable {
  /// Path of the generator file and the SHA-256 of its bytes, in hex.
  package var generator: String
  package var generatorDigest: String
  /// Path of the surrogate's file; nil where none was trained.
  package var surrogate: String?
  /// What marked images are to be taken for: a class's name; empty where that is no class.
  package var target: String
  /// Last figures: "surrogateAccuracy" (test split if there is one), "targetLoss", "nonTargetLoss", "perceptualLoss".
  /// Figures that are not finite are left out.
  package var metrics: [String: Double]

  package init(
    generator: String, generatorDigest: String, surrogate: String? = nil, target: String,
    metrics: [String: Double]
  ) {
    self.generator = generator
    self.generatorDigest = generatorDigest
    self.surrogate = surrogate
    self.target = target
    self.metrics = metrics.filter(\.value.isFinite)
  }

  private enum CodingKeys: String, CodingKey {
    case generator, generatorDigest, surrogate, metrics
    case target = "targetClass"
  }
}

package struct ReleaseResult: Codable, Sendable, Equatable {
  /// Path of the release directory in the outbox.
  package var directory: String
  /// SHA-256 of the archive inside it, in hex.
  package var archiveDigest: String
  package var samples: Int
  package var markedSamples: Int
  package var skippedSamples: Int
  /// How far marked samples are from their originals: "psnr" (dB, mean), "ssim" (mean), "largestChange" (1/255), "lpips"
  /// (mean) where weights were named, "featureDistance" (mean) where none were and a surrogate was kept, "jpegQuality"
  /// where marked images were written as JPEG files; nil in results from before it was measured.
  package var quality: [String: Double]?
  /// The first of the image files that were skipped, as many as fit an event; nil where none was.
  package var skipped: [SkippedFile]?

  package init(
    directory: String, archiveDigest: String, samples: Int, markedSamples: Int, skippedSamples: Int,
    quality: [String: Double]? = nil, skipped: [SkippedFile] = []
  ) {
    self.directory = directory
    self.archiveDigest = archiveDigest
    self.samples = samples
    self.markedSamples = markedSamples
    self.skippedSamples = skippedSamples
    self.quality = quality?.filter(\.value.isFinite)
    self.skipped = skipped.isEmpty ? nil : SkippedFile.first(skipped)
  }
}

// MARK: - JSON

/// `{"kind":"train","train":{…}}`; every kind has its result under its own name.
extension JobResult: Codable {
  private enum Key: String, CodingKey {
    case kind, train, release, qualify, reference, audit
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    switch try container.decode(JobKind.self, forKey: .kind) {
    case .train: self = .train(try container.decode(TrainResult.self, forKey: .train))
    case .release: self = .release(try container.decode(ReleaseResult.self, forKey: .release))
    case .audit: self = .audit(try container.decode(AuditResult.self, forKey: .audit))
    case .qualify: self = .qualify(try container.decode(QualifyResult.self, forKey: .qualify))
    case .reference: self = .reference(try container.decode(ReferenceResult.self, forKey: .reference))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    switch self {
    case .train(let result):
      try container.encode(JobKind.train, forKey: .kind)
      try container.encode(result, forKey: .train)
    case .release(let result):
      try container.encode(JobKind.release, forKey: .kind)
      try container.encode(result, forKey: .release)
    case .audit(let result):
      try container.encode(JobKind.audit, forKey: .kind)
      try container.encode(result, forKey: .audit)
    case .qualify(let result):
      try container.encode(JobKind.qualify, forKey: .kind)
      try container.encode(result, forKey: .qualify)
    case .reference(let result):
      try container.encode(JobKind.reference, forKey: .kind)
      try container.encode(result, forKey: .reference)
    }
  }
}
