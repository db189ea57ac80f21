import Datasets
import Evidence
import Foundations
package import Jobs
import Networks

/// `twins`: of two variants of a sample, x + δ and x − δ, which are far apart in the features of a classifier of the clean
/// data, a committed coin chooses the one that is released. Whoever learned the release prefers the released ones; to
/// anybody else the two are alike but for the coin.
///
/// The test asks about released samples, so it is for models at hand (METHODS §5.8).
/// - Source: METHODS §3, §5.2 and §9
struct TwinsMethod: WatermarkMethod {
  static let steps = MethodSetting(
    "twin-steps", 90, .integer(1...10_000), "Steps that the two variants of a sample take away from each other.")
  let declaration = MethodDeclaration(
    .twins, "one of two variants of a sample, by a committed coin",
    settings: [RadioactiveMethod.epsilon, steps] + SharedSettings.ofSurrogate, rate: .percent(ofDataset: 10))

  var marksByClassifier: Bool { true }

  func prepare(_ preparation: some Preparation) throws -> Prepared {
    let settings = preparation.settings
    let surrogate = try preparation.surrogate()
    let metrics = ["surrogateAccuracy": surrogate.accuracy].filter(\.value.isFinite)
    return Prepared(
      network: surrogate.model,
      description: TwinsDescription(
        epsilon: settings[RadioactiveMethod.epsilon], steps: settings[Self.steps], metrics: metrics),
      surrogate: surrogate, metrics: metrics)
  }

  func watermark(_ content: Generator.Content) throws -> any Watermark {
    let description = try content.description(as: TwinsDescription.self)
    guard (1...64).contains(description.epsilon), (1...10_000).contains(description.steps),
      let network = content.network
    else { throw content.fault("ε or its steps are out of range, or it has no network") }
    return TwinsWatermark(description: description, network: network)
  }
}

extension MethodName {
  package static let twins = MethodName(rawValue: "twins")
}

/// The content of a generator file of `twins` (docs/formats, "Network files").
struct TwinsDescription: Codable {
  var objective = MethodName.twins.rawValue
  /// ε in 1/255.
  var epsilon: Int
  var steps: Int
  var metrics: [String: Double] = [:]
}

/// The marks of `twins`. What a claim could say of other images is nothing: it is that marked images are rather taken for
/// anything but what they show, which no test of this method looks at.
private struct TwinsWatermark: Watermark {
  let description: TwinsDescription
  let network: Model

  var budget: ChangeBudget { .linf(description.epsilon) }
  var isJudgedByTwins: Bool { true }

  func plan(_ request: ReleaseRequest) -> ReleasePlan { ReleasePlan(claim: .untargeted, drawing: request) }

  func key(of claim: Claim) -> KeySpace? { nil }

  func marker(
    _ secret: ReleaseSecret, of claim: Claim, amplitude: Int, batch: Int, threads: Int
  ) throws -> any SampleMarker {
    precondition(amplitude == 1, "twins have one amplitude")
    let input = network.definition.input
    // Twice, for two images of each.
    let most = threads * max(1, ScaledPlan.usualLimit / (2 * input.height * input.width))
    return TwinsMarker(
      twins: try FeatureTwins(
        network, steps: description.steps, epsilon: description.epsilon, batch: min(batch, most), threads: threads),
      secret: secret, size: input.bytes)
  }
}

private struct TwinsMarker: SampleMarker {
  let twins: FeatureTwins
  let secret: ReleaseSecret
  let size: Int

  func mark(_ pixels: [UInt8], _ batch: MarkerBatch) throws -> [UInt8] {
    variant(pixels, samples: batch.indices, isReleased: true)
  }

  func markTwins(_ pixels: [UInt8], _ batch: MarkerBatch) throws -> [UInt8]? {
    variant(pixels, samples: batch.indices, isReleased: false)
  }

  func mark(_ pixels: [UInt8], samples: [Int], carrier number: Int) -> [UInt8] {
    variant(pixels, samples: samples, isReleased: true)
  }

  /// x + δ where the coin and what is asked for are the same, else x − δ. A sample whose δ is 0 throughout, since all of its
  /// values are black or white, moves by 1 in its first value either way it can: the same in both, and no preference.
  private func variant(_ pixels: [UInt8], samples: [Int], isReleased: Bool) -> [UInt8] {
    let changes: [Int]
    do { changes = try twins.changes(of: pixels, starts: samples.map(secret.twinStart)) } catch {
      preconditionFailure("a hash is the state of a stream: \(error)")
    }
    var shown = pixels
    for (place, sample) in samples.enumerated() {
      let isPlus = secret.twinCoin(sample) == isReleased
      let values = place * size..<(place + 1) * size
      for index in values {
        shown[index] = UInt8(clamping: Int(pixels[index]) + (isPlus ? changes[index] : -changes[index]))
      }
      if changes[values].allSatisfy({ $0 == 0 }) {
        shown[values.lowerBound] = pixels[values.lowerBound] == 0 ? 1 : pixels[values.lowerBound] - 1
      }
    }
    return shown
  }
}
