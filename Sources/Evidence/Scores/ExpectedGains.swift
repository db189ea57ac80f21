package import Foundations

/// What clean models gain under each carrier: an innocent suspect is expected to gain as much, so it is subtracted from what
/// a suspect gains (FORMATS.md, "Audits").
///
/// A carrier looks a little like one class to every network, whoever trained it, and clean models share that lean. What they
/// answer depends on no key, so the rank of what is left is as exact as before, and has more power.
/// - Source: METHODS §8
package struct ExpectedGains: Codable, Sendable, Equatable {
  /// Digests of the models' files.
  package var models: [HexDigest]
  /// Mean gains over models and over a round's images, (rounds, columns, c): of log max(P, 10⁻³), and of hits.
  package var logarithms: [[[Double]]]
  package var hits: [[[Double]]]

  package init(models: [HexDigest], logarithms: [[[Double]]], hits: [[[Double]]]) {
    self.models = models
    self.logarithms = logarithms
    self.hits = hits
  }

  /// (columns, c).
  package func gains(ofRound round: Int, _ kind: ScoreKind) -> [[Double]] {
    kind == .label ? hits[round] : logarithms[round]
  }

  /// Whether there is a number that a mean gain can be for every round, column and carrier.
  package func fits(rounds: Int, columns: Int, carriers: Int) -> Bool {
    [logarithms, hits].allSatisfy { parts in
      parts.count == rounds
        && parts.allSatisfy { $0.count == columns && $0.allSatisfy { $0.count == carriers } }
        && parts.joined().joined().allSatisfy((-7.0...7).contains)
    }
  }
}
