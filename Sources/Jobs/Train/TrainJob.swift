extension JobKind {
  package static let train = Self(rawValue: "train")
}

/// Learns a generator, and a surrogate before it, from one archive.
///
/// Its stages: survey, read, surrogate, evaluate, rank, reader, painter, generator, digest.
package enum TrainJob: JobDefinition {
  package static let turn = JobTurn.ahead

  package static func directories(for spec: TrainSpec) -> [String] {
    [spec.workDirectory, spec.generator.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }]
  }

  package static func product(of result: TrainResult, for spec: TrainSpec) throws(WrongResult) -> String? {
    guard result.generator == spec.generator else {
      throw WrongResult("the job trained \(result.generator), not \(spec.generator)")
    }
    return spec.generator
  }
}

package struct TrainResult: JobPart {
  package static let kind = JobKind.train

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
