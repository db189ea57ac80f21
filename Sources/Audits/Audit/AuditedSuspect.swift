package import Evidence
package import Foundations

/// What came of one question.
package struct Reply: Sendable, Equatable {
  /// Nil: no usable answer, and `problem` says why.
  var answer: SuspectAnswer?
  var problem: String?
  /// Whether the suspect certainly took no notice of the question, so that asking it later repeats nothing.
  var isPostponed = false
  var status: Int?
  var attempts: Int
  /// Milliseconds since 1970.
  var time: Int
}

/// What is known of a suspect before the first question.
package struct Introduction: Sendable, Equatable {
  /// What identifies the model.
  var fingerprint: String
  /// What it says of itself and how pictures become its input, JSON.
  var profile: String
  /// What of our classes it has; nil where it has all of them, each by itself.
  var classes: SuspectClasses?
}

/// Why nothing more can be asked for now.
package enum AskingEnd: Error, Equatable {
  case interrupted(AuditHealth.Interruption)
  /// All questions of the day have been asked, as planned: nothing is wrong.
  case dayIsSpent
  case modelChanged
  /// What the suspect says of itself does not fit its configuration.
  case misfit(reason: String)
  case stopped
}

/// What happens to a question, in this order; whoever takes it makes it durable before the next can happen.
package enum AskingEvent: Sendable, Equatable {
  /// It is about to be sent; the digest is of the request's body.
  case asked(HexDigest?)
  case done(Reply)
}

/// Whoever answers the questions of an audit. Calls block.
package protocol AuditedSuspect {
  /// Asks what the suspect is, and about no image.
  /// - Throws: `AskingEnd`.
  func introduction() throws -> Introduction

  /// Asks about images, pixels (C, H, W) each.
  /// - Parameter record: takes what happens, with its image's position; it is durable when this returns.
  /// - Returns: why asking has to end before further questions; nil if it can go on.
  /// - Throws: what `record` throws.
  func ask(_ images: [[UInt8]], record: (Int, AskingEvent) throws -> Void) throws -> AskingEnd?
}
