package import Fidelity
package import Jobs
import Networks

/// The datasets of the deep fidelity paper.
/// - Source: METHODS §4
package enum FidelityDataset: String, Codable, Sendable, CaseIterable {
  case mnist, cifar10, cifar100

  /// Accuracy of the paper's host, in [0, 1].
  var paperAccuracy: Double {
    switch self {
    case .mnist: 0.9946
    case .cifar10: 0.8670
    case .cifar100: 0.7540
    }
  }

  var title: String {
    switch self {
    case .mnist: "MNIST"
    case .cifar10: "CIFAR-10"
    case .cifar100: "CIFAR-100"
    }
  }

  func data(at path: String, isChecked: Bool) -> PaperData {
    switch self {
    case .mnist: PaperData(dataset: .mnist, path: path, isChecked: isChecked)
    case .cifar10: PaperData(dataset: .cifar10, path: path, isChecked: isChecked)
    case .cifar100:
      PaperData(
        [
          [
            PaperDataset.File(
              name: "cifar-100-binary.tar.gz", bytes: 168_513_733,
              digest: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec")
          ]
        ], title: title, name: rawValue, path: path, isChecked: isChecked)
    }
  }
}

/// How large a reproduction of the fidelity table is.
package struct FidelitySettings: Codable, Sendable, Equatable {
  /// What host and marked models are.
  package var model: Learner
  /// Training images; nil for all.
  package var samples: Int?
  package var hostEpochs: Int
  /// Of embedding.
  package var epochs: Int
  /// Adam's, of both.
  package var rate: Double
  package var triggers = TriggerSet.usualCount
  package var losses = EmbeddingLoss.allCases
}

extension PaperScale {
  /// Narrow networks, ten thousand images, fewer epochs at ten times the rate, for two cores; or the paper's networks and
  /// schedule (METHODS §4), hosts trained by the same. In so few steps a hundred triggers are hardly learned against the SPL
  /// at its published weight: there are twenty, which come more often.
  package func fidelitySettings(for dataset: FidelityDataset) -> FidelitySettings {
    switch self {
    case .small:
      let model =
        dataset == .cifar100
        ? Learner(architecture: "wrn-10-2", width: 32) : Learner(architecture: "resnet18", width: 8)
      return FidelitySettings(
        model: model, samples: 10_000, hostEpochs: dataset == .mnist ? 4 : 10, epochs: dataset == .mnist ? 6 : 10,
        rate: 1e-3, triggers: 20)
    case .paper:
      return FidelitySettings(
        model: Learner(published: dataset == .cifar100 ? "wrn-28-10" : "resnet18"), hostEpochs: 50, epochs: 50,
        rate: 1e-4)
    }
  }
}
