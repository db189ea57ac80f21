package import Jobs
package import Networks
package import NeuralNet

/// A way to mark a dataset, and to tell who learned from it: one folder here, and one line in `MethodRegistry.standard`.
///
/// A method trains or draws what its marks are made with (`prepare`), once for a dataset; that is kept in a generator file,
/// which only the method can read (`watermark`). Everything after that — releases, audits, trials, attacks, evidence — knows
/// the `Watermark` and its claim, and no method.
package protocol WatermarkMethod: Sendable {
  /// Its name and its settings, for configuration, command line and documents.
  var declaration: MethodDeclaration { get }

  /// Whether the network of its generators is a classifier of the dataset; else it paints.
  var marksByClassifier: Bool { get }

  /// Trains or draws what marks are made with.
  /// - Throws: `WatermarkError`, `NeuralNetError`, and whatever the preparation does.
  func prepare(_ preparation: some Preparation) throws -> Prepared

  /// Reads back what `prepare` made.
  /// - Throws: `WatermarkError.notAGenerator` for what `prepare` could not have made.
  func watermark(_ content: Generator.Content) throws -> any Watermark
}

extension WatermarkMethod {
  package var marksByClassifier: Bool { false }

  /// Nothing is trained or drawn: the generator is the settings, which `Generator.Content.settings` reads back.
  package func prepare(_ preparation: some Preparation) throws -> Prepared {
    Prepared(description: preparation.settings)
  }
}

/// What a preparation leaves behind: the content of a generator file.
package struct Prepared {
  /// What paints; nil for marks that no network paints.
  package var network: Model?
  /// What no network paints but is stored; empty with a network.
  package var tensors: [String: Tensor]
  /// Everything else that `WatermarkMethod.watermark` needs: a JSON object, whose member `objective` is the method's name.
  package var description: any Encodable & Sendable
  /// What the generator was trained against, or chose its samples by; it is kept beside the file.
  package var surrogate: Surrogate?
  /// Last figures by name, such as "surrogateAccuracy".
  package var metrics: [String: Double]
  /// What marked images are to be taken for, for people; empty where that is no class.
  package var target: String

  package init(
    network: Model? = nil, tensors: [String: Tensor] = [:], description: any Encodable & Sendable,
    surrogate: Surrogate? = nil,
    metrics: [String: Double] = [:], target: String = ""
  ) {
    precondition(network == nil || tensors.isEmpty, "a network has all tensors of its file")
    self.network = network
    self.tensors = tensors
    self.description = description
    self.surrogate = surrogate
    self.metrics = metrics
    self.target = target
  }
}

/// A benign classifier of the clean data.
package struct Surrogate {
  package var model: Model
  /// On the test split; on the training split without one; in [0, 1].
  package var accuracy: Double
  /// Digest of its recipe.
  package var recipe: String

  package init(model: Model, accuracy: Double, recipe: String) {
    self.model = model
    self.accuracy = accuracy
    self.recipe = recipe
  }
}
