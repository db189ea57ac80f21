/// What was found out about a suspect before the first question.
package struct Profile: Codable, Sendable, Equatable {
  package var identity: ModelIdentity
  package var fingerprint: String
  package var pipeline: InputPipeline
  package var scores: OutputForm.Scores
  /// What the suspect's metadata promise; nil where only an answer can tell.
  package var answers: Answer.Kind?

  init(
    identity: ModelIdentity, pipeline: InputPipeline, scores: OutputForm.Scores, answers: Answer.Kind? = nil
  ) {
    self.identity = identity
    fingerprint = identity.fingerprint
    self.pipeline = pipeline
    self.scores = scores
    self.answers = answers
  }
}
