import Datasets
import Jobs
import NeuralNet
import Watermarks

extension Learner {
  init(_ definition: NetworkDefinition) {
    self.init(architecture: definition.architecture, width: definition.width)
  }

  /// Whether the architecture exists for images of this size. An unknown one passes: whoever builds it says what is wrong.
  func fits(_ survey: DatasetSurvey) -> Bool {
    guard NetworkDefinition.isClassifier(architecture) else { return true }
    let input = NeuralNet.ImageShape(survey.shape)
    let definition = NetworkDefinition(
      architecture: architecture, width: width, input: input, classes: survey.classNames.count,
      form: NetworkDefinition.usualForm(of: architecture, for: input))
    return (try? definition.validated()) != nil
  }
}
