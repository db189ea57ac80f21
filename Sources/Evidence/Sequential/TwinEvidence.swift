/// Randomised twins: of two marked variants of a sample a secret coin chose the one that was published. A model that never
/// saw the release prefers either with chance ½, whatever transfers; each sample's coin is fresh randomness.
///
/// A coin counts once. Asking about the same sample next week asks about the same coin.
/// - Source: METHODS §5.2
package struct TwinEvidence: Sendable, Equatable {
  package let source: RandomSource
  /// Samples that prefer the published twin, the withheld one, or neither.
  package private(set) var published = 0
  package private(set) var withheld = 0
  package private(set) var ties = 0
  /// By how much each sample prefers the published twin: positive, negative, or 0.
  package private(set) var differences: [Double] = []
  private var spent: Set<Int> = []

  package init(release: String) { source = .coins(release: release) }

  /// - Parameters:
  ///   - sample: index of the sample in the release.
  ///   - published: what the model gives to the published twin: a probability of the label, minus a loss, or a hit.
  ///   - withheld: the same of the other twin.
  ///   - difference: by how much it prefers the published one, on a scale on which magnitudes mean something, such as that
  ///     of losses; nil for published − withheld.
  /// - Throws: `coinSpentTwice`, `notFinite`.
  package mutating func add(
    sample: Int, published: Double, withheld: Double, difference: Double? = nil
  ) throws(EvidenceError) {
    guard published.isFinite, withheld.isFinite else { throw .notFinite(what: "twin score of sample", index: sample) }
    let difference = difference ?? published - withheld
    guard difference.isFinite else { throw .notFinite(what: "twin difference of sample", index: sample) }
    guard spent.insert(sample).inserted else { throw .coinSpentTwice(sample: sample, source) }
    differences.append(difference)
    if published > withheld {
      self.published += 1
    } else if published < withheld {
      self.withheld += 1
    } else {
      ties += 1
    }
  }

  package var pairs: DiscordantPairs { DiscordantPairs(favourable: published, adverse: withheld, equal: ties) }

  /// The exact binomial p-value, at a number of samples that was settled in advance.
  package var p: PValue { pairs.p }

  /// The test of the same coins that sees magnitudes too. Which of the two is believed is settled beforehand.
  package var flips: SignFlips {
    do { return try SignFlips(differences) } catch { preconditionFailure("differences are finite: \(error)") }
  }
}
