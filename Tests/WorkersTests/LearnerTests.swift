import Jobs
import NeuralNet
import Testing

@testable import Workers

@Suite struct LearnerTests {
  private let digits = ImageShape(channels: 1, height: 28, width: 28)

  @Test func onlyImagesThatAreTooSmallLeaveALearnerOut() throws {
    #expect(try !Learner(architecture: "vgg16", width: 8).fits(digits, classes: 10))
    #expect(try Learner(architecture: "resnet18", width: 8).fits(digits, classes: 10))
    #expect(try Learner(architecture: "vgg16", width: 8).fits(.init(channels: 3, height: 32, width: 32), classes: 10))
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
