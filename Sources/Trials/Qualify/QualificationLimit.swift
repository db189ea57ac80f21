import Pages

/// A rule of the gate, what it allows and what was measured: what a report shows, and the reason if it is broken.
struct QualificationLimit {
  let rule: String
  let allowed: String
  let measured: String
  /// Nil where nothing was measured.
  let holds: Bool?
  /// What to say if it does not hold.
  let reason: String
}

extension QualificationGate {
  /// Every rule against these models.
  ///
  /// A user who trains from scratch has to be found out, every one. What a few epochs of fine-tuning teach a model that
  /// knows the clean images depends on the carriers that were drawn; there a share is asked for.
  func limits(_ rows: [QualificationRow]) -> [QualificationLimit] {
    let innocent = rows.filter { $0.scenario != .malicious }
    let users = rows.filter { $0.scenario == .malicious }
    let scratch = users.filter { !$0.model.isFineTuned }
    let fineTuned = users.filter(\.model.isFineTuned)
    let accused = innocent.count(where: isFoundOut)
    let convicted = scratch.count(where: isFoundOut)
    let found = fineTuned.count(where: isFoundOut)
    let drop = users.compactMap(\.baDrop).max()
    let success = scratch.map(\.wsr).min()
    let gain = scratch.compactMap(\.figures.deltaP).min()
    return [
      QualificationLimit(
        rule: "Innocent models accused", allowed: "at most \(Figures.percent(settings.largestInnocentRate, 0))",
        measured: "\(accused) of \(innocent.count)",
        holds: innocent.isEmpty ? nil : Double(accused) <= settings.largestInnocentRate * Double(innocent.count),
        reason: "\(accused) of \(innocent.count) innocent models are accused"),
      QualificationLimit(
        rule: "Models trained on the release from scratch convicted", allowed: "all",
        measured: "\(convicted) of \(scratch.count)", holds: scratch.isEmpty ? nil : convicted == scratch.count,
        reason: "\(scratch.count - convicted) of \(scratch.count) models trained on the release are not convicted"),
      QualificationLimit(
        rule: "Models fine-tuned on the release convicted",
        allowed: "at least \(Figures.percent(settings.leastFineTuned, 0))", measured: "\(found) of \(fineTuned.count)",
        holds: fineTuned.isEmpty ? nil : Double(found) >= settings.leastFineTuned * Double(fineTuned.count),
        reason: "\(found) of \(fineTuned.count) models fine-tuned on the release are convicted"),
      QualificationLimit(
        rule: "Accuracy lost by training on the release",
        allowed: "at most \(Figures.decimal(settings.largestDrop * 100, 1)) points",
        measured: Figures.decimal(drop.map { $0 * 100 }, 1), holds: drop.map { $0 <= settings.largestDrop },
        reason: "accuracy drops by up to \(Self.points(drop)) points"),
      QualificationLimit(
        rule: "WSR of models trained on the release from scratch",
        allowed: "at least \(Figures.percent(settings.leastSuccess, 0))", measured: Figures.percent(success),
        holds: success.map { $0 >= settings.leastSuccess },
        reason: "WSR is down to \(Self.points(success)) % on the release's models"),
      QualificationLimit(
        rule: "ΔP of models trained on the release from scratch",
        allowed: "at least \(Figures.decimal(settings.leastGain, 2))", measured: Figures.decimal(gain, 3),
        holds: gain.map { $0 >= settings.leastGain },
        reason: "ΔP is down to \(Self.points(gain)) points on the release's models"),
    ]
  }

  private static func points(_ share: Double?) -> Double { ((share ?? 0) * 1000).rounded() / 10 }
}
