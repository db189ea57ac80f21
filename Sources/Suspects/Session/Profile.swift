/// What was found out about a suspect before the first question.
package struct Profile: Codable, Sendable, Equatable {
  package var identity: ModelIdentity
  package var fingerprint: String
  package var pipeline: InputPipeline
  package var scores: OutputForm.Scores
  /// What the suspect's metadata promise; nil where only an answer can tell.
  package var answers: Answer.Kind?
  /// For each of our classes the one that answers name it by: itself, or the first that the suspect has as one with it; nil
  /// for one that it has not. Absent where all are there, each by itself.
  package var answeredAs: [Int?]?

  init(
    identity: ModelIdentity, pipeline: InputPipeline, classes: ClassTable, scores: OutputForm.Scores,
    answers: Answer.Kind? = nil
  ) {
    self.identity = identity
    fingerprint = identity.fingerprint
    self.pipeline = pipeline
    self.scores = scores
    self.answers = answers
    answeredAs = classes.answeredAs
  }
}
