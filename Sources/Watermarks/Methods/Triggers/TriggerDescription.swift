import Datasets
import Foundations
import Jobs

/// The content of a generator file of the methods that show one trigger (docs/formats, "Network files"). The trigger is the
/// same in every release: it follows from the settings, the seed and the shape of the pictures.
struct TriggerDescription: Codable {
  var objective: String
  var settings: MethodSettings
  /// Of what is drawn for the trigger.
  var seed: UInt64
  /// t, by index and name; nil where samples are given to any class.
  var targetClass: Int?
  var targetName: String?

  init(_ preparation: some Preparation, isTargeted: Bool) {
    settings = preparation.settings
    objective = settings.objective.rawValue
    seed = preparation.seed
    targetClass = isTargeted ? preparation.target : nil
    targetName = isTargeted ? preparation.survey.classNames[preparation.target] : nil
  }

  /// - Throws: `WatermarkError.notAGenerator` for what no preparation has made.
  static func read(_ content: Generator.Content, of method: MethodDeclaration, isTargeted: Bool) throws -> Self {
    let description = try content.description(as: Self.self)
    if let (key, rule) = description.settings.problem(under: method) { throw content.fault("\(key): \(rule)") }
    // A trigger is drawn for the whole picture.
    guard content.input.height * content.input.width <= InputLimits().imagePixels else {
      throw content.fault("its images are larger than any that is read")
    }
    guard description.settings[SharedSettings.allowLabelChanges] else {
      throw content.fault("nobody consents to other labels")
    }
    guard
      isTargeted
        ? description.targetClass.map(content.classes.indices.contains) ?? false : description.targetClass == nil
    else { throw content.fault("the target class is out of range") }
    return description
  }
}

extension Preparation {
  /// What a generator of such a method is: its settings, once the pictures are known to have room for the trigger.
  /// - Parameter side: the least side that they may have, pixels.
  /// - Throws: `WatermarkError.tooSmall`.
  func trigger(isTargeted: Bool, side: Int, as what: String) throws -> Prepared {
    guard survey.shape.shorterSide >= side else {
      throw WatermarkError.tooSmall(
        method: settings.objective, archive: survey.file, needs: what, found: "\(survey.shape)")
    }
    let description = TriggerDescription(self, isTargeted: isTargeted)
    return Prepared(description: description, target: description.targetName ?? "")
  }
}
