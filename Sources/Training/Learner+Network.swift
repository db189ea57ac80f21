package import Datasets
package import Foundations
import Jobs
package import Networks
import Watermarks

extension Learner {
  package init(_ definition: NetworkDefinition) {
    self.init(architecture: definition.architecture, width: definition.width)
  }

  /// Whether images are large enough for the architecture.
  /// - Parameter classes: K.
  /// - Throws: `NeuralNetError.invalidDefinition` for whatever else is wrong: no such classifier, an impossible width.
  package func fits(_ input: ImageShape, classes: Int) throws -> Bool {
    try NetworkDefinition.requireClassifier(architecture)
    let form = NetworkDefinition.usualForm(of: architecture, for: input)
    let least = NetworkDefinition.leastSide(of: architecture, form: form) ?? 1
    // The other rules are looked at for images that are large enough, so that small ones hide no mistake.
    let enough = ImageShape(
      channels: input.channels, height: max(input.height, least), width: max(input.width, least))
    _ = try NetworkDefinition(
      architecture: architecture, width: width, input: enough, classes: classes, form: form
    ).validated()
    return enough == input
  }

  /// The same for a dataset's images.
  package func fits(_ survey: DatasetSurvey) throws -> Bool {
    try fits(survey.shape, classes: survey.classNames.count)
  }
}
