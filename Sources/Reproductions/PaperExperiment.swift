import Attacks
import Foundations
import Jobs
import Trials
import Work

/// The experiments behind the tables: which models are trained on what, and whose marks they are asked about.
struct PaperExperiment {
  let workshop: PaperWorkshop
  let dataset: PaperDataset
  let objectives: [MethodName]
  let cells: ReproductionCells

  private typealias Row = ReproductionRow
  private var settings: PaperSettings { workshop.settings }
  private var seed: UInt64 { workshop.seed }

  /// Clean data, then each method.
  /// - Source: SSCL-BW, Table I
  func table1() throws -> [ReproductionRow] {
    let clean = try cells.rows("none") {
      let model = try workshop.user(of: nil, settings.user)
      return [
        Row(
          accuracy: try workshop.accuracy(of: model), method: .none, scenario: .independentModel, model: settings.user,
          seed: seed, paper: .table1(dataset, .none))
      ]
    }
    let marked = try objectives.flatMap { objective in
      try cells.rows(objective.rawValue) {
        let marking = workshop.marking(objective)
        var row = try malicious(marking, settings.user, paper: .table1(dataset, PaperMethod(objective)))
        let release = try workshop.release(marking)
        row.success = try workshop.success(of: workshop.user(of: release, settings.user), for: release)
        return [row]
      }
    }
    return (clean + marked).map { $0.against(clean[0].ba) }
  }

  /// Ind-W: trained on another owner's release; Ind-M: on clean data; Malicious. All are asked about our marks.
  /// - Source: SSCL-BW, Table II
  func table2() throws -> [ReproductionRow] {
    try objectives.flatMap { objective in
      let release = { try workshop.release(workshop.marking(objective)) }
      func row(
        _ scenario: QualificationRow.Scenario, trainedOn data: () throws -> PaperWorkshop.Release?
      ) throws -> [ReproductionRow] {
        try cells.rows("\(objective.rawValue)-\(scenario.rawValue)") {
          let learned = try data()
          let model = try workshop.user(of: learned, settings.user)
          return [
            Row(
              try workshop.finding(of: model, for: release()), method: PaperMethod(objective), scenario: scenario,
              model: settings.user, seed: seed, quality: learned?.quality, paper: .table2(dataset, scenario))
          ]
        }
      }
      let otherOwners = try row(.independentWatermark) { try workshop.release(workshop.marking(objective, owner: 1)) }
      let clean = try row(.independentModel) { nil }
      let malicious = try row(.malicious, trainedOn: release)
      return (otherOwners + clean + malicious).map { $0.against(clean[0].ba) }
    }
  }

  /// - Source: SSCL-BW, Figure 4
  func figure4() throws -> [ReproductionRow] {
    try objectives.flatMap { objective in
      try settings.rates.flatMap { rate in
        var marking = workshop.marking(objective)
        marking.rate = rate
        return try swept(marking, .init(name: "rate", value: .number(rate)))
      }
        + settings.epsilons.flatMap { epsilon in
          var marking = workshop.marking(objective)
          marking.epsilon = epsilon
          return try swept(marking, .init(name: "epsilon", value: .number(Double(epsilon))))
        }
    }
  }

  /// - Source: SSCL-BW, Figure 5
  func figure5() throws -> [ReproductionRow] {
    var fineTuning = Attack.FineTuning()
    fineTuning.epochs = settings.fineTuningEpochs
    var pruning = Attack.Pruning()
    pruning.rates = settings.pruningRates
    return try objectives.flatMap { objective in
      try attacked(objective, .fineTuning(fineTuning)) + attacked(objective, .pruning(pruning))
    }
  }

  /// - Source: SSCL-BW, Figure 6
  func figure6() throws -> [ReproductionRow] {
    try objectives.flatMap { objective in
      try settings.architectures.flatMap { surrogate in
        try settings.architectures.flatMap { user in
          var marking = workshop.marking(objective)
          marking.surrogate = surrogate
          return try cells.rows("\(marking.name)-\(user.architecture)-\(user.width)") {
            [try malicious(marking, user, parameter: .init(name: "surrogate", value: .text(surrogate.description)))]
          }
        }
      }
    }
  }

  // MARK: - Cells

  private func malicious(
    _ marking: PaperWorkshop.Marking, _ user: Learner, parameter: SweptParameter? = nil,
    paper: PaperFigures? = nil
  ) throws -> ReproductionRow {
    let release = try workshop.release(marking)
    let model = try workshop.user(of: release, user)
    return Row(
      try workshop.finding(of: model, for: release), method: PaperMethod(marking.objective), scenario: .malicious,
      model: user, seed: seed, parameter: parameter, quality: release.quality, paper: paper)
  }

  private func swept(
    _ marking: PaperWorkshop.Marking, _ parameter: SweptParameter
  ) throws -> [ReproductionRow] {
    try cells.rows("\(marking.name)-\(parameter.name)") {
      [try malicious(marking, settings.user, parameter: parameter)]
    }
  }

  private func attacked(_ objective: MethodName, _ attack: Attack) throws -> [ReproductionRow] {
    try cells.rows("\(objective.rawValue)-\(attack.parameter)") {
      let release = try workshop.release(workshop.marking(objective))
      let model = try workshop.userFile(of: release, settings.user)
      let work = "\(workshop.directory)/attacks/\(objective.rawValue)"
      let report = try AttackWork(
        attack, on: model, archive: workshop.archive, vault: workshop.vault, release: release.name,
        questions: .init(images: settings.images, decoys: settings.decoys), seed: seed, limits: workshop.limits,
        workDirectory: work
      ).run(workshop.context)
      try DurableFile(work).remove()
      return report.rows.map { row in
        Row(
          row.finding, method: PaperMethod(objective), scenario: .malicious, model: settings.user, seed: seed,
          kind: row.model.kind, parameter: row.parameter, quality: release.quality
        ).against(report.rows[0].finding.ba)
      }
    }
  }
}

extension ReproductionRow {
  /// The row with its drop of accuracy.
  fileprivate func against(_ clean: Double) -> Self {
    var row = self
    row.baDrop = clean - ba
    return row
  }
}
