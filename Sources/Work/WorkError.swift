import Foundation
package import Foundations
import Glibc
package import Jobs

/// Why work could not be done, where it is not the archive's, the image's or the network's fault.
package enum WorkError: Error, Equatable {
  /// A system call failed.
  case io(path: String, operation: String, errno: Int32)
  case missing(path: String)
  /// A file of ours that does not have the format it claims.
  case malformed(path: String, reason: String)
  case unknownClass(String, archive: String, classes: [String])
  /// Every training sample is of the target class: a mark that says so tells nothing.
  case oneClass(String, archive: String)
  /// The rate selects no sample, or more than the target class has.
  case impossibleRate(String, selects: Int, available: Int, archive: String)
  /// A network made for other images or classes than the archive has.
  case otherShape(file: String, expects: String, archive: String, found: String)
  /// A model of another network than the one that it is set beside.
  case otherNetwork(file: String, found: String, host: String, expected: String)
  /// No watermark of a model in the vault; several, of which one must be named; or no such suspect in a file.
  case noModelWatermark(vault: String, name: String?)
  case ambiguousModelWatermark(vault: String, names: [String])
  case noSuspect(file: String, name: String?, known: [String])
  case tooFewSamples(archive: String, split: String, found: Int, needed: Int)
  /// Data that is not the dataset that the paper's numbers are for.
  case otherData(path: String, dataset: String, expected: String, found: String)
  case alreadyThere(path: String)
  /// A release that is in the outbox and does not check out against what the job would publish.
  case otherRelease(path: String, reason: String)
  /// No architecture that was asked for can take the dataset's images.
  case noLearner(archive: String, [Learner])
  /// No model of a reference panel has learned anything.
  case uselessReferences(archive: String, models: [String])
  /// A directory of finished work that was made for something else.
  case otherWork(path: String, reason: String)
  /// A directory that another run works in.
  case inUse(path: String)
  /// A release in the vault that was made from another archive; no release that was made from it; or several.
  case otherSource(release: String, archive: String)
  case noRelease(vault: String, archive: String)
  case ambiguousRelease(vault: String, archive: String, releases: [String])
  /// Decoy keys were asked of a generator whose marks have no key.
  case noDecoys(generator: String, objective: String)
  /// An amplitude was asked of a generator whose marks have only their own.
  case noAmplitude(generator: String, objective: String)
  /// Keyed marks belong to a release: a generator alone has none to show.
  case noKey(generator: String)
  /// The matrix of an assignment was asked of a release that assigns nothing.
  case noAssignment(release: String)
  /// Weights can be judged only by marks that have carriers in a network's features.
  case noFeatureCarriers(release: String, method: String)
  /// More decoy carriers than the book has beside the key's own.
  case tooManyDecoys(generator: String, asked: Int, most: Int)
  /// Answers to questions that no export in the vault has asked.
  case unknownAnswers(path: String, name: String, vault: String)
  /// A secret that others than its owner may read.
  case openSecret(path: String)
  /// An owner's secret key where the public one is needed.
  case secretKey(path: String)
  /// A suspect that does not fit its configuration.
  case unaskable(suspect: String, reason: String)
  /// The caller asked to stop; a checkpoint has been written if the work has any.
  case stopped
}

extension WorkError: CustomStringConvertible {
  package var description: String { line.printable }

  private var line: String {
    switch self {
    case .io(let path, let operation, let number):
      "\(path): cannot \(operation): \(String(cString: strerror(number)))"
    case .missing(let path): "\(path): no such file, or not readable"
    case .malformed(let path, let reason): "\(path): malformed: \(reason)"
    case .unknownClass(let name, let archive, let classes):
      "\(archive): no class “\(name)”; the classes are \(classes.joined(separator: ", "))"
    case .oneClass(let name, let archive):
      "\(archive): every training sample is of class “\(name)”; a mark needs others to tell it from: put the images of each "
        + "class into a folder of its own"
    case .impossibleRate(let rate, let selects, let available, let archive):
      "\(archive): rate “\(rate)” selects \(selects) samples; the target class has \(available) in the training split"
    case .otherShape(let file, let expects, let archive, let found):
      "\(file): made for \(expects); \(archive) has \(found)"
    case .otherNetwork(let file, let found, let host, let expected):
      "\(file): \(found); \(host) is \(expected): both must be of one architecture, width, image size and classes"
    case .noModelWatermark(let vault, let name):
      "\(vault): no model watermark" + (name.map { " “\($0)”" } ?? "") + " here; `model watermark --vault` makes one"
    case .ambiguousModelWatermark(let vault, let names):
      "\(vault): the watermarks of \(names.joined(separator: ", ")) are here; one must be named"
    case .noSuspect(let file, let name, let known):
      known.isEmpty
        ? "\(file): no suspect in it"
        : "\(file): \(name.map { "no suspect “\($0)”" } ?? "several suspects, of which one must be named"); there are "
          + known.joined(separator: ", ")
    case .tooFewSamples(let archive, let split, let found, let needed):
      "\(archive): \(found) samples in the \(split) split; at least \(needed) are needed"
    case .otherData(let path, let dataset, let expected, let found):
      "\(path): not the \(dataset) that is known here: \(found); expected: \(expected)"
    case .alreadyThere(let path): "\(path): already there"
    case .otherRelease(let path, let reason): "\(path): holds another release: \(reason)"
    case .noLearner(let archive, let learners):
      "\(archive): images too small for \(learners.map(\.description).joined(separator: ", "))"
    case .uselessReferences(let archive, let models):
      "\(archive): none of the \(models.count) reference models is better than guessing; train them for more epochs"
    case .otherWork(let path, let reason): "\(path): holds other work: \(reason); name another directory"
    case .inUse(let path): "\(path): another run works in it"
    case .otherSource(let release, let archive): "\(release): was not made from \(archive)"
    case .noRelease(let vault, let archive): "\(vault): no release here was made from \(archive)"
    case .ambiguousRelease(let vault, let archive, let releases):
      "\(vault): \(releases.joined(separator: ", ")) were made from \(archive); one must be named"
    case .noDecoys(let generator, let objective):
      "\(generator): objective “\(objective)” has no decoy keys; only “keyed” has"
    case .noAmplitude(let generator, let objective):
      "\(generator): marks of objective “\(objective)” have one amplitude; only those of “keyed” have others"
    case .noKey(let generator):
      "\(generator): keyed marks are drawn for a release; qualify and queries score models against one"
    case .noAssignment(let release): "\(release): its marks assign no carriers to classes, so it has no matrix"
    case .noFeatureCarriers(let release, let method):
      "\(release): marks of method “\(method)” have no carriers in features, so weights say nothing of them; those of "
        + "“radioactive” have, others are judged by answers: model evaluate, audits"
    case .tooManyDecoys(let generator, let asked, let most):
      "\(generator): \(asked) decoy carriers were asked for, its book has \(most)"
    case .unknownAnswers(let path, let name, let vault): "\(path): no export in \(vault) has a question “\(name)”"
    case .openSecret(let path): "\(path): others may read this secret; its mode must be 0600"
    case .secretKey(let path):
      "\(path) is the secret key; the public one is \(path.hasSuffix(".key") ? "\(path.dropLast(4)).pub" : "NAME.pub")"
    case .unaskable(let suspect, let reason): "suspect \(suspect): \(reason)"
    case .stopped: "stopped on request"
    }
  }

  /// The stable word for the cause in REASON.json (docs/formats, "Failed inputs").
  package var code: String {
    switch self {
    case .io: "io-error"
    case .missing: "missing-file"
    case .malformed: "malformed-file"
    case .unknownClass: "unknown-class"
    case .oneClass: "one-class"
    case .impossibleRate: "impossible-rate"
    case .otherShape: "other-shape"
    case .otherNetwork: "other-network"
    case .noModelWatermark: "no-model-watermark"
    case .ambiguousModelWatermark: "ambiguous-model-watermark"
    case .noSuspect: "no-suspect"
    case .tooFewSamples: "too-few-samples"
    case .otherData: "other-data"
    case .alreadyThere: "already-there"
    case .otherRelease: "other-release"
    case .noLearner: "no-learner"
    case .uselessReferences: "useless-references"
    case .otherWork: "other-work"
    case .inUse: "in-use"
    case .otherSource: "other-source"
    case .noRelease: "no-release"
    case .ambiguousRelease: "ambiguous-release"
    case .noDecoys: "no-decoys"
    case .noAmplitude: "no-amplitude"
    case .noKey: "no-key"
    case .noAssignment: "no-assignment"
    case .noFeatureCarriers: "no-feature-carriers"
    case .tooManyDecoys: "too-many-decoys"
    case .unknownAnswers: "unknown-answers"
    case .openSecret: "open-secret"
    case .secretKey: "secret-key"
    case .unaskable: "unaskable"
    case .stopped: "stopped"
    }
  }

  /// Whether the same work may pass later with nothing changed but the world.
  package var isTransient: Bool {
    if case .inUse = self { return true }
    guard case .io(_, _, let number) = self else { return false }
    return [ENOSPC, EDQUOT, EIO, EBUSY, ESTALE, EAGAIN, EINTR, ENOMEM].contains(number)
  }

  /// Whether what was given breaks a rule, so that the same input will always be refused.
  package var isRefusal: Bool {
    switch self {
    case .io, .missing, .alreadyThere, .otherRelease, .otherWork, .inUse, .openSecret, .unaskable, .stopped: false
    case .malformed, .unknownClass, .oneClass, .impossibleRate, .otherShape, .noLearner, .uselessReferences,
      .tooFewSamples, .otherData, .otherSource, .noRelease, .ambiguousRelease, .noDecoys, .noAmplitude, .tooManyDecoys,
      .noKey, .noAssignment, .noFeatureCarriers, .unknownAnswers, .secretKey, .otherNetwork, .noModelWatermark,
      .ambiguousModelWatermark, .noSuspect:
      true
    }
  }
}

extension WorkError {
  /// What a file that was to be read is refused with.
  package init(_ fault: FileFault, path: String) {
    switch fault {
    case _ where fault.isMissing: self = .missing(path: path)
    case .system(let operation, let number): self = .io(path: path, operation: operation, errno: number)
    default: self = .malformed(path: path, reason: fault.description)
    }
  }

  /// What a call of the system on a file of ours failed with.
  package init(_ failure: SystemCall.Failure) {
    self =
      failure.isLocked
      ? .inUse(path: failure.path)
      : .io(path: failure.path, operation: failure.operation, errno: failure.errno)
  }

  /// Reads something of a file.
  package static func reading<Result>(
    _ path: String, _ body: () throws(FileFault) -> Result
  ) throws(WorkError) -> Result {
    do { return try body() } catch { throw WorkError(error, path: path) }
  }
}
