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
  /// By question, for every question that was reached.
  package var answers: [String: Answer]
  /// nil if every question was dealt with.
  package var interruption: Interruption?
}
