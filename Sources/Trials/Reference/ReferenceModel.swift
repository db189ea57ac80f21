import Datasets
import Foundations
import Jobs
import NeuralNet
import Training
import Watermarks

/// One model of a reference panel before it is trained: what it is, and what part of the clean data it learns from.
///
/// The models differ in everything that users differ in: architecture, width, seed, data and augmentation. All of it
/// follows from the model's number, so that a panel that grows keeps the models that it has.
struct ReferenceModel: Equatable {
  enum Part: String, Codable, CaseIterable {
    case all
    case firstHalf = "first-half"
    case secondHalf = "second-half"
  }

  /// From 0.
  let number: Int
  let learner: Learner

  /// Architectures that train in minutes, of different kinds and widths.
  private static let learners = [
    "cnn:32", "resnet18:8", "wrn-10-1:16", "cnn:16", "vgg16:8", "resnet34:8", "cnn:48", "resnet18:16",
  ].compactMap { Learner($0) }

  /// The first `count` models for images of a shape; architectures that such images are too small for are left out.
  static func panel(of count: Int, input: ImageShape, classes: Int) throws -> [ReferenceModel] {
    let fitting = try learners.filter { try $0.fits(input, classes: classes) }
    return (0..<count).compactMap { number in
      fitting.isEmpty ? nil : ReferenceModel(number: number, learner: fitting[number % fitting.count])
    }
  }

  var name: String {
    let place = number < 9 ? "0\(number + 1)" : "\(number + 1)"
    return "\(place)-\(learner.architecture)-\(learner.width)"
  }
  var seed: UInt64 { UInt64(number) + 1 }
  // 3 parts against 8 learners: an architecture meets every part before it meets one twice. Of 8 in a row every second
  // pair is augmented, and of the next 8 the other pairs.
  var part: Part { Part.allCases[number % 3] }
  var augments: Bool { (number / 2 + number / 8) % 2 == 0 }

  func training(epochs: Int) -> ClassifierSettings {
    ClassifierSettings(
      architecture: learner.architecture, width: learner.width, epochs: epochs, augments: augments)
  }

  /// Its samples among those of the training split, ascending. Two halves of one number's draw share nothing.
  /// - Parameter limit: how many to draw before halving; 0 for all.
  func samples(among indices: [Int], limit: Int) -> [Int] {
    var stream = RandomStream(seed: UInt64(number / 3), stream: "reference samples")
    let drawn = stream.permutation(indices.count).prefix(limit == 0 ? indices.count : limit).map { indices[$0] }
    switch part {
    case .all: return drawn.sorted()
    case .firstHalf: return drawn.prefix(drawn.count / 2).sorted()
    case .secondHalf: return drawn.dropFirst(drawn.count / 2).sorted()
    }
  }
}
