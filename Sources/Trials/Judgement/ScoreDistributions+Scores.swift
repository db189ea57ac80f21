import Evidence
import Jobs

extension ScoreDistributions {
  init(_ scores: KeyedScores) {
    let totals = scores.totals
    let real = scores.realScores
    self.init(
      clean: real.clean.compactMap { $0 }, marked: real.marked.compactMap { $0 },
      carriers: totals.deltaP.prefix(totals.keySize).compactMap { $0 }, decoys: totals.otherDeltaP)
  }
}
