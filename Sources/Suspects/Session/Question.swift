/// One image for a suspect.
package struct Question: Sendable, Equatable {
  /// Unique in an audit; never sent.
  package var id: String
  /// (C, H, W)
  package var pixels: [UInt8]

  package init(id: String, pixels: [UInt8]) {
    self.id = id
    self.pixels = pixels
  }
}

/// What came of asking.
package struct Questioning: Sendable, Equatable {
  /// By question, for every question that was handed in and reached; those of an earlier process are among them.
  package var answers: [String: Answer]
  /// nil if every question was dealt with.
  package var interruption: Interruption?
  /// The model's fingerprint after the last question; nil where it was not asked again.
  package var fingerprint: String?

  /// The least that the answers tell; all of them can be read as this kind. nil without answers.
  package var kind: Answer.Kind? { answers.values.compactMap(\.kind).min() }
}
