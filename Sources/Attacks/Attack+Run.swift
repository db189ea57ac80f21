import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
import Networks
import Training
import Trials
import Watermarks
import Work

extension Attack.FineTuning {
  func run(on subject: AttackSubject, _ take: (AttackWork.Outcome) throws -> Void) throws -> AttackWork.Material? {
    let benign = try subject.benign(share: share)
    var settings = ClassifierSettings(of: subject.model.definition, epochs: epochs, augments: augments)
    settings.peakRate = rate ?? ClassifierSettings.fineTuningRate(of: settings.architecture)
    try subject.store.models(
      "finetune", recipe: subject.recipe("finetune", of: self, images: benign), stage: "finetune",
      after: looks(every: every, of: epochs)
    ) {
      try ClassifierTraining(
        samples: benign, classes: subject.model.definition.classes, settings: settings, seed: subject.seed,
        threads: subject.context.threads, from: subject.model)
    } look: { epoch, model in
      try take(.init(parameter: .number(Double(epoch)), finding: subject.trial.finding(of: model)))
    }
    return .init(images: benign.count)
  }
}

extension Attack.Pruning {
  func run(on subject: AttackSubject, _ take: (AttackWork.Outcome) throws -> Void) throws -> AttackWork.Material? {
    let benign = try subject.benign(share: share)
    let pruning = try LastFeaturePruning(subject.model, benign: benign, threads: subject.context.threads)
    for rate in rates {
      try take(.init(parameter: .number(rate), finding: subject.trial.finding(of: pruning.model(rate: rate))))
    }
    return .init(images: benign.count)
  }
}

extension Attack.Extraction {
  /// How the student is trained.
  /// - Parameter own: the suspect's network.
  /// - Throws: `NeuralNetError.invalidDefinition` for an unknown architecture.
  func training(ofStudentOf own: NetworkDefinition) throws -> ClassifierSettings {
    var settings = ClassifierSettings(of: own, epochs: epochs, augments: augments)
    if let architecture, architecture != own.architecture {
      settings = try ClassifierSettings(
        published: architecture, width: width, epochs: epochs, batch: settings.batch, augments: augments)
    } else if let width {
      settings.width = width
    }
    settings.peakRate = rate
    return settings
  }

  /// What can be refused before anything is read.
  /// - Throws: as `training(ofStudentOf:)`; `WorkError.noLearner` for a student that cannot take the images, `missing` for
  ///   a transfer archive that is not there.
  func check(for own: NetworkDefinition, archive: String) throws {
    let settings = try training(ofStudentOf: own)
    let student = Learner(architecture: settings.architecture, width: settings.width)
    guard try student.fits(own.input, classes: own.classes) else {
      throw WorkError.noLearner(archive: archive, [student])
    }
    if let transfer, !FileManager.default.isReadableFile(atPath: transfer) { throw WorkError.missing(path: transfer) }
  }

  func run(on subject: AttackSubject, _ take: (AttackWork.Outcome) throws -> Void) throws -> AttackWork.Material? {
    let (images, archive): (SampleCache, HexDigest?) =
      if let transfer { try subject.transferSet(transfer) } else { (try subject.benign(share: share), nil) }
    let settings = try training(ofStudentOf: subject.model.definition)
    try subject.store.models(
      "extract", recipe: subject.recipe("extract", of: self, images: images, of: archive), stage: "extract",
      after: looks(every: every, of: epochs)
    ) {
      try StudentTraining(
        of: subject.model, transfer: images, answers: answers, settings: settings, seed: subject.seed,
        threads: subject.context.threads)
    } look: { epoch, student in
      try take(
        .init(
          parameter: .number(Double(epoch)), finding: subject.trial.finding(of: student), student: student.definition,
          agreement: subject.trial.agreement(of: student, with: subject.model)))
    }
    return .init(images: images.count, transferArchive: archive)
  }
}

extension Attack.Transformation {
  func run(on subject: AttackSubject, _ take: (AttackWork.Outcome) throws -> Void) throws -> AttackWork.Material? {
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

/// The epochs that are looked after: every so many, and the last.
private func looks(every: Int, of epochs: Int) -> [Int] {
  Array(stride(from: every, to: epochs, by: every)) + [epochs]
}

extension ClassifierSettings {
  /// How a model of a network's own kind is trained.
  fileprivate init(of own: NetworkDefinition, epochs: Int, augments: Bool) {
    self.init(architecture: own.architecture, width: own.width, epochs: epochs, augments: augments, form: own.form)
  }
}
