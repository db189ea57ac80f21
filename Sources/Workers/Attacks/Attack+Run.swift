import Datasets
import NeuralNet
import Watermarks

extension Attack.FineTuning {
  func run(on subject: AttackSubject, _ take: (AttackWork.Outcome) throws -> Void) throws -> Int? {
    let benign = try subject.benign(share: share)
    var settings = subject.training(epochs: epochs, augments: augments)
    settings.peakRate = rate ?? ClassifierSettings.fineTuningRate(of: settings.architecture)
    let training = try ClassifierTraining(
      samples: benign, classes: subject.model.definition.classes, settings: settings, seed: subject.seed,
      threads: subject.context.threads, from: subject.model)
    try TrainingRun(stage: "finetune", checkpoint: nil, context: subject.context)
      .finish(training, subject.reporter) {
        guard let epoch = epoch(training.stepsTaken, of: training.stepsPerEpoch, every: every, last: epochs) else {
          return
        }
        try take(.init(parameter: .number(Double(epoch)), finding: subject.trial.finding(of: training.model)))
      }
    return benign.count
  }
}

extension Attack.Pruning {
  func run(on subject: AttackSubject, _ take: (AttackWork.Outcome) throws -> Void) throws -> Int? {
    let benign = try subject.benign(share: share)
    let pruning = try LastFeaturePruning(subject.model, benign: benign, threads: subject.context.threads)
    // At rate 0 nothing is pruned: that is the model before.
    for rate in Set(rates).sorted() where rate > 0 {
      try take(.init(parameter: .number(rate), finding: subject.trial.finding(of: pruning.model(rate: rate))))
    }
    return benign.count
  }
}

extension Attack.Extraction {
  func run(on subject: AttackSubject, _ take: (AttackWork.Outcome) throws -> Void) throws -> Int? {
    let transfer = try transfer.map(subject.transferSet) ?? subject.benign(share: share)
    var settings = subject.training(epochs: epochs, augments: augments)
    settings.peakRate = rate
    if let architecture, architecture != settings.architecture {
      settings = try ClassifierSettings(
        published: architecture, width: width, epochs: epochs, batch: settings.batch, augments: augments)
      settings.peakRate = rate
    } else if let width {
      settings.width = width
    }
    let training = try StudentTraining(
      of: subject.model, transfer: transfer, answers: answers, settings: settings, seed: subject.seed,
      threads: subject.context.threads)
    try TrainingRun(stage: "extract", checkpoint: nil, context: subject.context)
      .finish(training, subject.reporter) {
        guard let epoch = epoch(training.stepsTaken, of: training.stepsPerEpoch, every: every, last: epochs) else {
          return
        }
        let student = training.model
        try take(
          .init(
            parameter: .number(Double(epoch)), finding: subject.trial.finding(of: student), student: student.definition,
            agreement: subject.trial.agreement(of: student, with: subject.model)))
      }
    return transfer.count
  }
}

extension Attack.Transformation {
  func run(on subject: AttackSubject, _ take: (AttackWork.Outcome) throws -> Void) throws -> Int? {
    for transform in transforms {
      let change = transform.change(of: subject.survey.shape, seed: subject.seed)
      try take(
        .init(
          parameter: .text(transform.description),
          finding: subject.trial.finding(of: subject.model, seenThrough: change)))
    }
    return nil
  }
}

/// The epoch that has just ended, if it is one to look after: every so many, and the last.
private func epoch(_ steps: Int, of stepsPerEpoch: Int, every: Int, last: Int) -> Int? {
  guard steps % stepsPerEpoch == 0 else { return nil }
  let epoch = steps / stepsPerEpoch
  return epoch % every == 0 || epoch == last ? epoch : nil
}
