import Trials
package import Watermarks

/// What a suspect may do to be rid of a mark.
package enum Attack: Sendable {
  /// Trains on with a share of the clean training split.
  /// - Source: SSCL-BW §IV-E
  package struct FineTuning: Encodable, Sendable {
    package var share = 0.1
    package var epochs = 20
    /// The largest rate of the one-cycle schedule; nil for what fine-tuning takes by itself.
    package var rate: Double?
    /// Epochs between two looks.
    package var every = 1
    package var augments = true

    package init() {}
  }

  /// Zeroes the last features that benign images use least.
  /// - Source: SSCL-BW §IV-E
  package struct Pruning: Encodable, Sendable {
    /// Shares of the features, in (0, 1].
    package var rates = (1...9).map { Double($0) / 10 }
    /// Of the clean training split, to measure activations on.
    package var share = 0.1

    package init() {}
  }

  /// Trains a student on the suspect's answers.
  /// - Source: METHODS §3
  package struct Extraction: Encodable, Sendable {
    package typealias Answers = StudentTraining.Answers

    package var answers = Answers.probabilities
    /// The student; nil for the suspect's own.
    package var architecture: String?
    package var width: Int?
    /// An archive whose training images are asked about; nil for a share of the clean training split.
    package var transfer: String?
    package var share = 0.5
    package var epochs = 20
    /// Of the first 60 % of the steps.
    package var rate = 0.01
    package var every = 20
    package var augments = true

    package init() {}
  }

  /// Changes every query before the model sees it.
  package struct Transformation: Encodable, Sendable {
    package var transforms = ImageTransform.usual

    package init() {}

    private enum CodingKeys: CodingKey { case transforms }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(transforms.map(\.description), forKey: .transforms)
    }
  }

  case fineTuning(FineTuning)
  case pruning(Pruning)
  case extraction(Extraction)
  case transformation(Transformation)

  /// The command's word for it.
  package var name: String {
    switch self {
    case .fineTuning: "finetune"
    case .pruning: "prune"
    case .extraction: "extract"
    case .transformation: "transform"
    }
  }

  /// What becomes of the suspect, as rows name it.
  var kind: String {
    switch self {
    case .fineTuning: QualificationRow.Trained.fineTuned
    case .pruning: "pruned"
    case .extraction: "student"
    // Its queries change, and the model stays as it is.
    case .transformation: "suspect"
    }
  }

  /// What is swept, as rows name it.
  package var parameter: String {
    switch self {
    case .fineTuning, .extraction: "epochs"
    case .pruning: "pruned"
    case .transformation: "transform"
    }
  }
}

extension Attack: Encodable {
  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .fineTuning(let settings): try settings.encode(to: encoder)
    case .pruning(let settings): try settings.encode(to: encoder)
    case .extraction(let settings): try settings.encode(to: encoder)
    case .transformation(let settings): try settings.encode(to: encoder)
    }
  }
}
