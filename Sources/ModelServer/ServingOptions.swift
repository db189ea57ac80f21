/// How a model is served, well or, for rehearsals, badly.
package struct ServingOptions: Sendable, Equatable {
  package enum Dialect: String, Sendable, CaseIterable {
    case v2
    case tfServing = "tf-serving"
  }

  package enum Form: Sendable, Equatable {
    case probabilities
    /// The names and scores of the so many first classes.
    case top(Int)
    /// The first class's name.
    case label
  }

  package var dialect: Dialect
  /// The model's name in every path.
  package var name: String
  package var form = Form.probabilities
  /// Decimals that scores are rounded to; nil for all.
  package var digits: Int?
  /// Added to every answer, milliseconds.
  package var latency = 0
  /// Share of predictions that fail with status 500, in [0, 1], and the seed of which.
  package var failRate = 0.0
  package var seed: UInt64 = 0
  /// Images computed at once at most.
  package var batch = 64
  /// Images that may wait; beyond them a request is refused with 503.
  package var queue = 1024
  package var threads: Int

  package init(dialect: Dialect, name: String, threads: Int) {
    self.dialect = dialect
    self.name = name
    self.threads = threads
  }
}
