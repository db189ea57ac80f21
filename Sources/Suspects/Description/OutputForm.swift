/// How an endpoint's numbers are meant.
package struct OutputForm: Codable, Sendable, Hashable {
  package enum Scores: String, Codable, Sendable, Hashable {
    /// In [0, 1], summing to 1.
    case probabilities
    /// Any numbers; their softmax is taken.
    case logits
    /// In [0, 1] each, without a sum.
    case independent
  }

  /// The output tensor's name; nil where there is one only.
  package var tensor: String?
  package var scores: Scores

  package init(tensor: String? = nil, scores: Scores = .probabilities) {
    self.tensor = tensor
    self.scores = scores
  }
}
