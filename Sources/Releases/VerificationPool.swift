package import Datasets
package import Evidence
import Work

/// The samples that audits may ask about: every one that the claim concerns and that carries no mark, of a split that nothing
/// is trained on if there is one.
package struct VerificationPool {
  private let file: String
  package let split: Split
  package let candidates: [Int]
  /// Classes without an image of that split, marked or not: nothing is asked about images of these.
  package let absent: [String]

  /// - Parameters:
  ///   - marks: indices of the release's marked samples; none for an archive of other images.
  ///   - suspect: the classes of who is asked, if it has not all of them: no answer about an image of another could be
  ///     right.
  package init(_ survey: DatasetSurvey, claim: Claim, except marks: Set<Int>, of suspect: SuspectClasses? = nil) {
    file = survey.file
    split = survey.heldOut ?? .train
    absent = zip(survey.classNames, survey.counts(in: split)).filter { $1 == 0 }.map(\.0)
    let asked = claim.asked(of: suspect)?.claim ?? claim
    candidates = survey.indices(in: split).filter { index in
      let label = Int(survey.labels[index])
      guard !marks.contains(index), claim.concerns(label: label) else { return false }
      guard let suspect else { return true }
      return suspect.name(of: label).map { asked.concerns(label: $0) } ?? false
    }
  }

  /// What is to be said of `absent`; nil where no class is.
  package var remark: String? {
    guard !absent.isEmpty else { return nil }
    let named = absent.prefix(5).map { "“\($0)”" }.joined(separator: ", ")
    let more = absent.count > 5 ? " and \(absent.count - 5) more classes" : ""
    return "no image of \(named)\(more) is held out (\(split)): questions are about images of the other classes"
  }

  /// Draws samples by the release's secret; those used before only when all others are used up.
  /// - Returns: the samples, and how many of them were used before.
  /// - Throws: `WorkError.tooFewSamples` if the pool is smaller than `count`.
  package func draw(_ count: Int, after used: [Int], with secret: ReleaseSecret) throws -> (
    samples: [Int], usedBefore: Int
  ) {
    guard candidates.count >= count else {
      throw WorkError.tooFewSamples(
        archive: file, split: "\(split)", found: candidates.count, needed: count)
    }
    let used = Set(used)
    let order = candidates.sorted {
      (used.contains($0) ? 1 : 0, secret.lot($0), $0) < (used.contains($1) ? 1 : 0, secret.lot($1), $1)
    }
    let drawn = Array(order.prefix(count))
    return (drawn, drawn.count { used.contains($0) })
  }
}

extension Vault.Verification {
  init(_ pool: VerificationPool) {
    self.init(source: "\(pool.split)", samples: pool.candidates)
  }
}
