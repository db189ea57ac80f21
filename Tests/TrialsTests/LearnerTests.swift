import Datasets
import Foundations
import Jobs
import NeuralNet
import Testing

@testable import Fixtures
@testable import Training
@testable import Trials
@testable import Work

@Suite struct LearnerTests {
  private let digits = ImageShape(channels: 1, height: 28, width: 28)

  @Test func onlyImagesThatAreTooSmallLeaveALearnerOut() throws {
    #expect(try !Learner(architecture: "vgg16", width: 8).fits(digits, classes: 10))
    #expect(try Learner(architecture: "resnet18", width: 8).fits(digits, classes: 10))
    #expect(try Learner(architecture: "vgg16", width: 8).fits(.init(channels: 3, height: 32, width: 32), classes: 10))
  }

  @Test func aWideResNetStandsInWhereOneArchitectureWouldBeLeft() throws {
    let directory = try TemporaryDirectory()
    let archive = directory.file("digits.tar")
    try DrawnDataset(seed: 2, shape: ImageShape(channels: 1, height: 28, width: 28)).writeMNIST(
      to: archive, train: 20, test: 20)
    let survey = try DatasetSurvey(file: archive)
    func fitted(_ names: String...) throws -> (learners: [String], fitting: QualificationSettings.Fitting) {
      var settings = QualificationSettings(seed: 1)
      settings.learners = names.compactMap { Learner($0) }
      let fitting = try settings.fit(to: survey)
      return (settings.learners.map(\.description), fitting)
    }
    let usual = try fitted("resnet18:8", "vgg16:8")
    #expect(usual.learners == ["resnet18:8", "wrn-10-1:16"])
    #expect(usual.fitting.leftOut.map(\.description) == ["vgg16:8"])
    #expect(usual.fitting.standIn?.description == "wrn-10-1:16")
    // Two that fit are enough, and who asks for one gets one.
    #expect(try fitted("resnet18:8", "cnn:8", "vgg16:8").learners == ["resnet18:8", "cnn:8"])
    #expect(try fitted("resnet18:8").fitting == .init(leftOut: [], standIn: nil))
    let nobody = #expect(throws: WorkError.self) { try fitted("vgg16:8") }
    #expect(nobody?.code == "no-learner")
  }

  @Test(arguments: [
    ("resnet81:8", "no such classifier"), ("unet:8", "no such classifier"),
    ("densenet121:9", "width 9 is not a multiple of 2"), ("vgg16:99999", "width 99999 is not in"),
  ])
  func anyOtherMistakeIsTold(text: String, reason: String) throws {
    let learner = try #require(Learner(text))
    let error = #expect(throws: NeuralNetError.self) { try learner.fits(digits, classes: 10) }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
  }
}
