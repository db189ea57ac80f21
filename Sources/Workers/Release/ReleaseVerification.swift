import Datasets
import Evidence
import Foundation
package import Jobs
import Watermarks

/// `dandyroll release verify`: checks a release directory against itself, its vault record and its original.
package struct ReleaseVerification: Encodable, Sendable {
  /// One rule, and whether it holds; `detail` says what was found.
  package struct Check: Encodable, Sendable, Equatable {
    package var rule: String
    package var holds: Bool
    package var detail: String
  }

  package enum Signature: String, Encodable, Sendable {
    /// Nobody signed; nobody looked, for want of the owner's key; the owner did; somebody else did, or something else.
    case none, unchecked, holds, broken
  }

  package private(set) var checks: [Check] = []
  /// Of `release.json`.
  package private(set) var signature = Signature.none
  package var holds: Bool { checks.allSatisfy(\.holds) }

  /// - Parameters:
  ///   - directory: the release directory.
  ///   - vault: the vault that holds all releases; without it the commitment is not opened.
  ///   - original: the archive before marking; without it bytes and ε are not compared.
  ///   - ownerKey: the public key file that must have signed; nil takes no look at the signature.
  /// - Throws: if something cannot be read at all; a rule that does not hold is a failed check instead.
  package init(
    directory: String, vault: String?, original: String?, ownerKey: String? = nil, limits: InputLimits
  ) throws {
    let limits = Limits(limits)
    let document = try manifests(directory)
    try signature(directory, ownerKey)
    let survey: DatasetSurvey
    do {
      survey = try DatasetSurvey(file: "\(directory)/\(document.archive.path)", limits: limits)
    } catch let error as DatasetError {
      check("the archive can be read", false, "\(error)")
      return
    }
    contents(document, survey)
    var marks: [Vault.Mark]?
    var chosen: Vault.Opening?
    if let vault {
      let record = Vault(root: vault, release: document.name)
      let opening = try record.opening()
      let opened = try record.marks()
      try commitment(document, survey, record, opening, opened)
      try markedSamples(survey, opened, limits)
      marks = opened
      chosen = opening
      if let original {
        let source = try BagIt.digest(of: original)
        check("the original is the archive that was marked", source == opening.statement.source, "SHA-256 \(source)")
      }
    }
    if let original {
      let before = try DatasetSurvey(file: original, limits: limits)
      if let chosen, let leftOut = chosen.leftOut {
        check(
          "the samples that were not to be marked are those whose pixels the original has twice",
          leftOut == MarkedChoice.leftOut(of: chosen.statement.targetClass, in: before), "\(leftOut.count) left out")
      }
      let comparison = try ArchiveComparison(
        original: before, released: survey,
        marked: marks.map { Set($0.map(\.index)) },
        rewritten: document.rewritesAll == true ? MarkedJPEG(quality: document.jpegQuality) : nil, limits: limits)
      compare(comparison, document, marks)
    }
  }

  private mutating func check(_ rule: String, _ holds: Bool, _ detail: String) {
    checks.append(Check(rule: rule, holds: holds, detail: detail))
  }

  /// BagIt's digests and `release.json`.
  private mutating func manifests(_ directory: String) throws -> ReleaseDocument {
    let problems = try BagIt(directory: directory).problems()
    check("every file has the digest that the manifests state", problems.isEmpty, problems.joined(separator: "; "))
    let path = "\(directory)/release.json"
    let document = try CanonicalJSON.decode(ReleaseDocument.self, from: path)
    guard document.format == ReleaseDocument.currentFormat else {
      throw WorkError.malformed(path: path, reason: "format “\(document.format)”")
    }
    let name = document.archive.path
    guard name.hasPrefix("data/"), !name.dropFirst(5).contains("/"), name != "data/.." else {
      throw WorkError.malformed(path: path, reason: "archive path “\(name)”")
    }
    return document
  }

  /// Whether the owner signed `release.json`.
  private mutating func signature(_ directory: String, _ ownerKey: String?) throws {
    let file = "\(directory)/release.json.minisig"
    let minisig = FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) }
    guard let ownerKey else {
      signature = minisig == nil ? .none : .unchecked
      return
    }
    let key = try OwnerPublicKey(file: ownerKey)
    let content = FileManager.default.contents(atPath: "\(directory)/release.json") ?? Data()
    let holds = try minisig.map { try key.verifies(minisig: $0, of: content) } ?? false
    signature = minisig == nil ? .none : holds ? .holds : .broken
    check("release.json is signed by the owner's key", holds, minisig == nil ? "no signature" : key.name)
  }

  private mutating func contents(_ document: ReleaseDocument, _ survey: DatasetSurvey) {
    check(
      "release.json states the archive's digest", HexDigest(survey.digest) == document.archive.sha256,
      "SHA-256 \(survey.digest.hex)")
    let matches =
      survey.count == document.samples.total && survey.classNames == document.classes
      && survey.layout.rawValue == document.layout
      && document.image
        == .init(channels: survey.shape.channels, height: survey.shape.height, width: survey.shape.width)
    check(
      "release.json states the archive's layout, shape, classes and samples", matches,
      "\(survey.layout.rawValue), \(survey.shape), \(survey.classNames.count) classes, \(survey.count) samples")
  }

  /// Opens the commitment: the root, the generator, and the coins.
  private mutating func commitment(
    _ document: ReleaseDocument, _ survey: DatasetSurvey, _ record: Vault, _ opening: Vault.Opening,
    _ marks: [Vault.Mark]
  ) throws {
    let statement = opening.statement
    let digests = Dictionary(marks.map { ($0.index, $0.marked) }, uniquingKeysWith: { first, _ in first })
    let root = try ReleaseCommitment.root(of: statement, marks: digests)
    check(
      "the vault's record opens the published commitment",
      root == document.commitment.root && statement.samples == document.commitment.leaves
        && (document.jpegQuality != nil || statement.epsilon == document.largestChange)
        && digests.count == statement.markedSamples, "root \(root)")
    let generator = try BagIt.digest(of: record.generator)
    check("the vault's generator is the committed one", generator == statement.generator, "SHA-256 \(generator)")
    let chosen = MarkedChoice.indices(
      statement, generator: try Generator(contentsOf: record.generator), survey: survey, leftOut: opening.leftOut ?? [])
    check(
      "the marked samples are those that the commitment chooses", chosen == marks.map(\.index),
      "\(chosen.count) of class “\(survey.classNames[statement.targetClass])”")
  }

  /// Every marked sample is in the archive as it was committed.
  private mutating func markedSamples(_ survey: DatasetSurvey, _ marks: [Vault.Mark], _ limits: Limits) throws {
    let committed = Dictionary(marks.map { ($0.index, $0) }, uniquingKeysWith: { first, _ in first })
    let stream = try SampleStream(survey, limits: limits, choose: { committed[$0] != nil })
    var found = 0
    while let sample = try stream.next() {
      guard let mark = committed[sample.index] else { continue }
      let digest = HexDigest(ContentDigest(of: sample.pixels))
      if digest == mark.marked && sample.member == mark.member && sample.offset == mark.offset { found += 1 }
    }
    check("every marked sample is in the archive as committed", found == marks.count, "\(found) of \(marks.count)")
  }

  private mutating func compare(
    _ comparison: ArchiveComparison, _ document: ReleaseDocument, _ marks: [Vault.Mark]?
  ) {
    check("labels, splits and order are the original's", comparison.sameLabels, "\(document.samples.total) samples")
    check(
      "no value changed by more than "
        + (document.jpegQuality.map { "\(document.largestChange)/255, stated for JPEG of quality \($0)" }
          ?? "ε = \(document.largestChange)/255"),
      comparison.largestChange <= document.largestChange, "largest change \(comparison.largestChange)/255")
    if let marks {
      check(
        "every committed sample changed, and no other", comparison.changed == Set(marks.map(\.index)),
        "\(comparison.changed.count) of \(marks.count)")
    } else {
      check("some samples changed", !comparison.changed.isEmpty, "\(comparison.changed.count) changed")
    }
    check(
      "every other byte is the original's", comparison.firstDifference == nil,
      comparison.firstDifference ?? "\(comparison.members) members")
  }
}
