import Evidence
import Jobs

extension ScoreDistributions {
  init(_ scores: KeyedScores) {
    let gains = scores.totals.deltaP
    let real = scores.realScores
    self.init(
      clean: real.clean.compactMap { $0 }, marked: real.marked.compactMap { $0 },
      carriers: gains.prefix(scores.keySize).compactMap { $0 },
      decoys: gains.dropFirst(scores.keySize).compactMap { $0 })
  }
}
