import Datasets
import Evidence
package import Jobs
import Networks
import Releases
import Training
import Watermarks
import Work

/// How large an experiment is: what the paper leaves blank is filled in here.
package struct PaperSettings: Codable, Sendable, Equatable {
  /// What users train, and the surrogate that the generator is trained against.
  package var user: Learner
  package var epochs: Int
  /// Of everything but the objective, ε and the surrogate's architecture, which tables vary.
  package var method: MethodSettings
  /// Share of the target class that is marked.
  package var rate: Double
  /// m, verification images, and decoy carriers beside the key's own.
  package var images = 50
  package var decoys = 94
  /// Figure 4: shares of the target class, and ε in 1/255.
  package var rates: [Double]
  package var epsilons: [Int]
  /// Figure 5.
  package var fineTuningEpochs = 20
  package var pruningRates = (1...9).map { Double($0) / 10 }
  /// Figure 6.
  package var architectures: [Learner]
}

extension PaperSettings {
  var surrogate: Learner {
    Learner(architecture: method[SharedSettings.surrogate], width: method[SharedSettings.surrogateWidth])
  }

  /// What of it is possible with a dataset: architectures that take its images, and as many verification images as it
  /// holds out.
  /// - Returns: the settings, and architectures that are left out.
  /// - Throws: `WorkError.noLearner` if users cannot be trained on it, `tooFewSamples` if too little is held out.
  func fitted(to survey: DatasetSurvey, target: Int) throws -> (settings: PaperSettings, leftOut: [Learner]) {
    guard try user.fits(survey) else { throw WorkError.noLearner(archive: survey.file, [user]) }
    let pool = VerificationPool(survey, claim: .targeted(at: target), except: [])
    let needed = VerdictPolicy().leastPairs
    guard pool.candidates.count >= needed else {
      throw WorkError.tooFewSamples(
        archive: survey.file, split: "\(pool.split)", found: pool.candidates.count, needed: needed)
    }
    var settings = self
    settings.images = min(images, pool.candidates.count)
    settings.architectures = try architectures.filter { try $0.fits(survey) }
    return (settings, architectures.filter { !settings.architectures.contains($0) })
  }
}

/// Narrow networks and few epochs for two cores, or the sizes of the paper.
package enum PaperScale: String, Codable, Sendable, CaseIterable {
  case small
  case paper

  package func settings(for dataset: PaperDataset) -> PaperSettings {
    switch self {
    case .small: small(dataset)
    case .paper: published(dataset)
    }
  }

  private func small(_ dataset: PaperDataset) -> PaperSettings {
    // Digits are learned in few epochs by a narrow network; 64×64 photographs in few numbers need many.
    let (width, epochs, surrogateEpochs): (Int, Int, Int) =
      switch dataset {
      case .mnist: (16, 6, 2)
      case .cifar10: (8, 6, 3)
      case .tinyImageNet: (8, 16, 8)
      }
    let user = Learner(architecture: dataset.architecture, width: width)
    return PaperSettings(
      user: user, epochs: epochs,
      method: method(dataset, surrogate: user, epochs: surrogateEpochs, width: 16),
      rate: 0.5, rates: [0.1, 0.5, 1], epsilons: [2, 4, 8, 10],
      architectures: Self.transfer.map { Learner(architecture: $0, width: 8) })
  }

  /// The paper tells the networks of users (§IV-A), that the whole class is marked, and what the figures sweep (§IV-D,
  /// §IV-E). What it leaves open is filled in: epochs that a network from scratch needs, a U-Net and steps that are ample
  /// for 5,000 images, and as many verification images as bring the standard error of ΔP below .02.
  private func published(_ dataset: PaperDataset) -> PaperSettings {
    let user = Learner(published: dataset.architecture)
    return PaperSettings(
      user: user, epochs: 100,
      method: method(dataset, surrogate: user, epochs: 100, width: 64, depth: 4, steps: 10_000),
      rate: 1, images: 1000, rates: (1...10).map { Double($0) / 10 }, epsilons: Array(1...10),
      architectures: Self.transfer.map { Learner(published: $0) })
  }

  private func method(
    _ dataset: PaperDataset, surrogate: Learner, epochs: Int, width: Int, depth: Int = 3, steps: Int = 400
  ) -> MethodSettings {
    var method = MethodSettings(of: .keyed)
    method[SharedSettings.epsilon] = dataset.epsilon
    method[SharedSettings.surrogate] = surrogate.architecture
    method[SharedSettings.surrogateWidth] = surrogate.width
    method[SharedSettings.surrogateEpochs] = epochs
    method[SharedSettings.generatorWidth] = width
    method[SharedSettings.generatorDepth] = depth
    method[SharedSettings.generatorSteps] = steps
    return method
  }

  /// - Source: SSCL-BW, Figure 6
  private static let transfer = ["resnet18", "resnet34", "vgg16", "vgg19"]
}

extension PaperDataset {
  /// What the paper's users train on it.
  /// - Source: SSCL-BW §IV-A
  var architecture: String {
    switch self {
    case .mnist: "cnn"
    case .cifar10, .tinyImageNet: "resnet18"
    }
  }
}

extension PaperDataset {
  /// ε in 1/255, which the paper does not tell. Digits are black and white, and what is faint beside a stroke is not
  /// learned: theirs is what the paper's sources give Label-Consistent marks on MNIST.
  /// - Source: METHODS §2; docs/experiments/papers.md, "Table II"
  fileprivate var epsilon: Int { self == .mnist ? 64 : 8 }
}

extension Learner {
  /// At the width that the architecture was published with.
  package init(published architecture: String) {
    guard let width = NetworkDefinition.defaultWidth(of: architecture) else {
      preconditionFailure("\(architecture) is an architecture of the paper")
    }
    self.init(architecture: architecture, width: width)
  }
}
