import Evidence
import Jobs

extension ScoreDistributions {
  init(_ scores: KeyedScores) {
    let gains = scores.totals.deltaP
    self.init(
      clean: scores.clean.compactMap { $0 }, marked: scores.realScores.marked.compactMap { $0 },
      carriers: gains.prefix(scores.keySize).compactMap { $0 },
      decoys: gains.dropFirst(scores.keySize).compactMap { $0 })
  }
}
