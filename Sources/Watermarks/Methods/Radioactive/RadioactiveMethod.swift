import Datasets
import Evidence
import Foundations
package import Jobs
import Networks

/// `radioactive`: every class has a carrier, a direction in the features of a classifier of the clean data that is drawn
/// from the release's secret, and marked samples of the class are moved along it. In whoever learned the release the weights
/// of a class lean towards its carrier, and images that are moved along a carrier are rather taken for its class.
/// - Source: Tekgul & Asokan 2022, eq. 2; METHODS §3
struct RadioactiveMethod: WatermarkMethod {
  static let epsilon = MethodSetting(
    SharedSettings.epsilon.key, 10, SharedSettings.epsilon.form, SharedSettings.epsilon.help,
    storedAs: SharedSettings.epsilon.member)
  static let steps = MethodSetting(
    "radioactive-steps", 90, .integer(1...10_000), "Steps of gradient descent on the pixels of a marked sample.")
  static let rate = MethodSetting(
    "radioactive-rate", 1, .real(0...1e6, above: 0), "Its rate, for pixels in units of a quarter of their range.")
  static let pixelWeight = MethodSetting(
    "radioactive-pixel-weight", 0.0005, .real(0...1e3),
    "λ1, the weight of the squared distance of a marked sample's pixels, in the same units.")
  static let featureWeight = MethodSetting(
    "radioactive-feature-weight", 0.01, .real(0...1e3), "λ2, the weight of the distance of its features.")
  let declaration = MethodDeclaration(
    .radioactive, "features of each class are moved along its secret carrier",
    settings: [epsilon, steps, rate, pixelWeight, featureWeight, CarrierSettings.amplitude]
      + SharedSettings.ofSurrogate, rate: .percent(ofDataset: 10))

  var marksByClassifier: Bool { true }

  func prepare(_ preparation: some Preparation) throws -> Prepared {
    let settings = preparation.settings
    let surrogate = try preparation.surrogate()
    let metrics = ["surrogateAccuracy": surrogate.accuracy].filter(\.value.isFinite)
    return Prepared(
      network: surrogate.model,
      description: RadioactiveDescription(
        epsilon: settings[Self.epsilon],
        marking: FeatureMarking.Settings(
          steps: settings[Self.steps], rate: settings[Self.rate], pixelWeight: settings[Self.pixelWeight],
          featureWeight: settings[Self.featureWeight]),
        amplitude: settings[CarrierSettings.amplitude], metrics: metrics),
      surrogate: surrogate, metrics: metrics)
  }

  func watermark(_ content: Generator.Content) throws -> any Watermark {
    let description = try content.description(as: RadioactiveDescription.self)
    guard description.isValid, let network = content.network else {
      throw content.fault("ε, its steps or weights are out of range, or it has no network")
    }
    return RadioactiveWatermark(description: description, network: network)
  }
}

extension MethodName {
  package static let radioactive = MethodName(rawValue: "radioactive")
}

/// The content of a generator file of `radioactive` (docs/formats, "Network files").
struct RadioactiveDescription: Codable {
  var objective = MethodName.radioactive.rawValue
  /// ε in 1/255.
  var epsilon: Int
  var marking: FeatureMarking.Settings
  /// Multiples of ε on verification images.
  var amplitude: Int
  var metrics: [String: Double] = [:]

  var isValid: Bool {
    let weights = 0.0...1e6
    return (1...64).contains(epsilon) && (1...10_000).contains(marking.steps) && weights.contains(marking.rate)
      && weights.contains(marking.pixelWeight) && weights.contains(marking.featureWeight)
      && DocumentBounds.amplitudes.contains(amplitude)
  }
}
