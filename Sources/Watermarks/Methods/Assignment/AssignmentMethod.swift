import Datasets
import Evidence
import Foundations
package import Jobs
import Networks
import NeuralNet

/// `assignment`: samples of several classes are marked, each class with a carrier of its own, and which carrier belongs
/// to which class is drawn from the release's secret. Whoever learned the release moves images under a carrier towards
/// the class that it belongs to; to anybody else no assignment is better than another.
/// - Source: METHODS §8
struct AssignmentMethod: WatermarkMethod {
  enum Colours: String, CaseIterable {
    case brightness
    case both = "brightness and yellow-blue"
  }

  static let classes = MethodSetting(
    "marked-classes", 0, .integer(0...Claim.assignable.upperBound),
    "How many classes are marked; 0 takes as many as there are marks for.")
  static let colours = MethodSetting(
    "carrier-colours", Colours.brightness, .choice, "Colours of the gratings; grey images have one.")
  static let painting = CarrierSettings.painting(.learned)
  let declaration = MethodDeclaration(
    .assignment, "a carrier for each class, by a secret assignment",
    settings: [
      SharedSettings.epsilon, classes, colours, CarrierSettings.selection, painting, CarrierSettings.amplitude,
    ] + SharedSettings.ofSurrogate + SharedSettings.ofGenerator, rate: .percent(ofDataset: 5), takesAnySize: true)

  func prepare(_ preparation: some Preparation) throws -> Prepared {
    let settings = preparation.settings
    let survey = preparation.survey
    var description = AssignmentDescription(
      epsilon: settings[SharedSettings.epsilon],
      form: AssignmentForm(
        // Who trains on grey images mirrors none of them, as a rule: most are digits, letters or scans.
        hasDirections: survey.shape.channels == 1,
        colours: settings[Self.colours] == .both ? [.brightness, .yellowBlue] : [.brightness]),
      classes: settings[Self.classes], amplitude: settings[CarrierSettings.amplitude],
      isPainted: settings[Self.painting] == .learned,
      leastContrast: settings[Self.painting].leastContrast(hiding: settings[SharedSettings.epsilon]),
      settings: settings.losses(for: survey.shape),
      seed: preparation.seed)
    let surrogate = try preparation.surrogate()
    description.metrics["surrogateAccuracy"] = surrogate.accuracy
    if settings[CarrierSettings.selection] == .hardest {
      description.hardest = try HardestSamples(
        of: preparation.samples(), by: surrogate.model, archive: survey.digest, threads: preparation.threads,
        onProgress: preparation.report("rank"))
    }
    var network: Model?
    if description.isPainted {
      let painter = try preparation.painter(
        of: description.form.book(channels: survey.shape.channels), said: description.form, against: surrogate)
      description.metrics.merge(painter.metrics) { $1 }
      description.perceptualTerm = painter.perceptualTerm
      network = painter.model
    }
    // JSON has no word for NaN: a figure must not cost a finished network.
    description.metrics = description.metrics.filter(\.value.isFinite)
    return Prepared(
      network: network, description: description, surrogate: surrogate, metrics: description.metrics)
  }

  func watermark(_ content: Generator.Content) throws -> any Watermark {
    let description = try content.description(as: AssignmentDescription.self)
    guard description.isValid, !description.isPainted || content.network != nil,
      description.form.book(channels: content.input.channels).count > Claim.assignable.lowerBound
    else { throw content.fault("its carriers, amplitude or ranked samples are out of range, or nothing paints") }
    return AssignmentWatermark(
      description: description, classes: content.classes.count,
      book: description.form.book(channels: content.input.channels), shape: content.input, network: content.network)
  }
}

extension MethodName {
  package static let assignment = MethodName(rawValue: "assignment")
}

/// The content of an assignment's generator file (docs/formats, "Network files").
struct AssignmentDescription: Codable {
  var objective = MethodName.assignment.rawValue
  /// ε in 1/255.
  var epsilon: Int
  var form: AssignmentForm
  /// Marked classes; 0 for as many as there are marks for.
  var classes: Int
  /// Multiples of ε on verification images.
  var amplitude: Int
  /// Whether the network says how strongly each value of a released sample carries its mark.
  var isPainted: Bool
  /// The least difference within 3×3 values where a released sample carries its mark, 1/255; nil for everywhere.
  var leastContrast: Int?
  /// Which samples to mark; nil for samples drawn by lot.
  var hardest: HardestSamples?
  var perceptualTerm: String?
  var settings: SSCLBWSettings
  var seed: UInt64
  var metrics: [String: Double] = [:]

  var isValid: Bool {
    (1...255).contains(epsilon) && form.isValid && (0...Claim.assignable.upperBound).contains(classes)
      && DocumentBounds.amplitudes.contains(amplitude) && leastContrast.map((0...255).contains) ?? true
      && hardest?.indices.allSatisfy { $0 >= 0 } ?? true
  }
}

/// The book that carriers are assigned from. A network learns gratings of brightness before all others, and those of
/// short periods before long ones (METHODS §8).
struct AssignmentForm: Codable {
  /// Distance of neighbouring entries, and the least distance from the mean brightness, cycles a pixel: 3 and 10 cycles
  /// over 32 pixels.
  var spacing = 3.0 / 32
  var lowest = 10.0 / 32
  /// Whether a grating and its mirror image are two entries.
  var hasDirections: Bool
  var colours: [CarrierBook.Colour]

  /// Whether a form that was read from a file describes a book of reasonable size.
  var isValid: Bool {
    spacing >= 1.0 / 64 && spacing <= 0.25 && lowest > 0 && lowest <= 0.5
      && Set(colours).count == colours.count && !colours.isEmpty
  }

  /// - Parameter channels: 1 or 3.
  func book(channels: Int) -> CarrierBook {
    CarrierBook(
      spacing: spacing, lowest: lowest, hasDirections: hasDirections, colours: colours, channels: channels)
  }
}
