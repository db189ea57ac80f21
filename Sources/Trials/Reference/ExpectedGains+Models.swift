package import Evidence
package import Foundations
package import Networks
import NeuralNet
package import Releases
import Training
package import Watermarks
import Work

extension OwnedRelease {
  /// Clean models whose gains are subtracted from a suspect's: the surrogate that is kept with the generator. Empty where
  /// none is, and for claims of one class.
  func references() throws -> [(model: Model, digest: HexDigest)] {
    guard claim.columns > 1 else { return [] }
    return try Self.references(record, generator: generator, digest: opening.statement.generator)
  }

  package static func references(
    _ record: Vault, generator: Generator, digest: HexDigest
  ) throws -> [(model: Model, digest: HexDigest)] {
    guard let kept = try KeptSurrogate(path: record.surrogate, digest: digest, input: generator.input) else {
      return []
    }
    return [(kept.model, try HexDigest(ofFile: record.surrogate))]
  }
}

extension ExpectedGains {
  /// What models gain on the images of one round after another.
  /// - Parameters:
  ///   - labels: of the images, (rounds, m).
  ///   - carriers: c, the key's own first.
  ///   - pictures: pixels (m, C, H, W) of a round's images, clean (form 0) or under carrier form − 1.
  /// - Returns: nil without models.
  package init?(
    of models: [(model: Model, digest: HexDigest)], _ claim: Claim, labels: [[UInt16]], carriers: Int, threads: Int,
    pictures: (_ round: Int, _ form: Int) throws -> [UInt8]
  ) throws {
    guard !models.isEmpty, claim.columns > 1 else { return nil }
    let plans = try models.map { try ClassifierPlan($0.model, batch: 64, threads: threads) }
    var (logarithms, hits): ([[[Double]]], [[[Double]]]) = ([], [])
    for (round, labels) in labels.enumerated() {
      // By model and form.
      var answers = plans.map { _ in [[Float]]() }
      for form in 0...carriers {
        let pixels = try pictures(round, form)
        for (index, plan) in plans.enumerated() {
          answers[index].append(plan.probabilities(pixels.span, count: labels.count))
        }
      }
      func mean(_ kind: ScoreKind) throws -> [[Double]] {
        let matrices = try zip(plans, answers).map { plan, answers in
          let scores = answers.map { plan.scores($0, of: claim, labels: labels, kind) }
          return try KeyedScores(
            kind, clean: scores[0], carriers: Array(scores.dropFirst()), keySize: claim.columns
          ).totals.matrix
        }
        return (0..<claim.columns).map { column in
          (0..<carriers).map { carrier in
            // Where no image has a score there is nothing to subtract from either.
            matrices.reduce(0) { $0 + ($1[column][carrier] ?? 0) } / Double(matrices.count)
          }
        }
      }
      logarithms.append(try mean(.probabilities))
      hits.append(try mean(.label))
    }
    self.init(models: models.map(\.digest), logarithms: logarithms, hits: hits)
  }
}
