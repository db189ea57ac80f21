import Foundations
package import Jobs

/// Why a watermark could not be made or read.
package enum WatermarkError: Error, Equatable {
  case notAGenerator(path: String, reason: String)
  /// A name that no method has.
  case unknownMethod(String, known: [String])
  /// A value of a method's own setting, or a setting that it does not have.
  case badSetting(String, rule: String)
  /// A group that the losses or the verification need has no samples.
  case noSamples(group: String)
  /// A release whose claim this method does not make.
  case otherClaim(method: String)
  /// Too few samples for the marks that are asked for: which, and what would help.
  case tooFewSamples(String)
  /// Images that a method cannot mark, since they are of other sizes than networks see.
  case oneSizeOnly(method: MethodName, archive: String, known: [MethodName])
  /// A method that gives samples to other classes, and nobody consents to that.
  case labelChanges(method: MethodName)
  /// Images that are too small for what a method puts on them.
  case tooSmall(method: MethodName, archive: String, needs: String, found: String)
  /// An archive that marks were not computed for: theirs and the one at hand, by their digests.
  case otherArchive(made: String, found: String)
  /// A checkpoint of another training than the one that it is restored into.
  case otherTraining(path: String, reason: String)
  /// A network without a last linear layer, whose features nobody can prune.
  case noHead(architecture: String)
}

extension WatermarkError: CustomStringConvertible {
  package var description: String { line.printable }

  private var line: String {
    switch self {
    case .notAGenerator(let path, let reason): "\(path): not a generator file: \(reason)"
    case .unknownMethod(let name, let known):
      "no method “\(name)”; there are \(known.joined(separator: ", "))"
    case .badSetting(let key, let rule): "\(key): \(rule)"
    case .noSamples(let group): "no samples of \(group)"
    case .otherClaim(let method): "the release claims what no marks of method “\(method)” can show"
    case .tooFewSamples(let reason): reason
    case .oneSizeOnly(let method, let archive, let known):
      "\(archive): the images are of several sizes, or of another than networks see, which “\(method)” does not mark; "
        + "\(known.map(\.rawValue).joined(separator: ", ")) do, or bring all images to one size"
    case .labelChanges(let method):
      "“\(method)” gives marked samples to other classes, so that whoever reads their labels is told what is wrong; "
        + "allow-label-changes = true consents to that (train --set allow-label-changes=true), and keyed, assignment and "
        + "paper leave all labels alone"
    case .tooSmall(let method, let archive, let needs, let found):
      "\(archive): “\(method)” needs \(needs), the images are \(found)"
    case .otherArchive(let made, let found):
      "the marks were computed for the samples of the archive with SHA-256 \(made), and fit no other; this one has "
        + "\(found): train a generator for it"
    case .otherTraining(let path, let reason): "\(path): a checkpoint of another training: \(reason)"
    case .noHead(let architecture): "\(architecture): it does not end in a linear layer"
    }
  }

  /// The stable word for the cause (docs/formats, "Failed inputs").
  package var code: String {
    switch self {
    case .notAGenerator: "not-a-generator"
    case .unknownMethod: "unknown-method"
    case .badSetting: "bad-setting"
    case .noSamples: "no-samples"
    case .otherClaim: "other-claim"
    case .tooFewSamples: "too-few-samples"
    case .oneSizeOnly: "one-size-only"
    case .labelChanges: "label-changes"
    case .tooSmall: "images-too-small"
    case .otherArchive: "other-archive"
    case .otherTraining: "other-training"
    case .noHead: "no-head"
    }
  }
}
