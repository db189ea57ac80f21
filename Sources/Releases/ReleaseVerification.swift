import Archives
import Datasets
import Evidence
import Foundation
package import Foundations
import Jobs
import Watermarks
package import Work

/// `dandyroll release verify`: checks a release directory against itself, its vault record and its original.
package struct ReleaseVerification: Encodable, Sendable {
  /// One rule, and whether it holds; `detail` says what was found.
  package struct Check: Encodable, Sendable, Equatable {
    package var rule: String
    package var holds: Bool
    package var detail: String

    package init(rule: String, holds: Bool, detail: String) {
      self.rule = rule
      self.holds = holds
      self.detail = detail
    }
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
  ///   - context: hears of every pass over the archives, and may stop it.
  /// - Throws: if something cannot be read at all; a rule that does not hold is a failed check instead.
  package init(
    directory: String, vault: String?, original: String?, ownerKey: String? = nil, limits: InputLimits,
    _ context: WorkContext = WorkContext(threads: 1)
  ) throws {
    let reporter = Reporter(context)
    let document = try manifests(directory, reporter)
    try signature(directory, ownerKey)
    let survey: DatasetSurvey
    do {
      survey = try context.survey(
        "\(directory)/\(document.archive.path)", limits: limits, onProgress: reporter.bytes("survey")
      ).counting(document.commitment.leaves)
    } catch let error as DatasetError {
      check("the archive can be read", false, "\(error)")
      return
    }
    contents(document, survey)
    var marks: [Vault.Mark]?
    var chosen: (statement: ReleaseStatement, leftOut: [Int]?, generator: Generator)?
    if let vault {
      let record = Vault(root: vault, release: document.name)
      let opening = try record.opening()
      let opened = try record.marks()
      let difference = opening.difference(from: document)
      check("the vault's record is this release's", difference == nil, difference ?? record.name)
      let generator = try Generator(contentsOf: record.generator, methods: context.methods)
      try commitment(document, survey, record, generator, opening, opened, reporter)
      try markedSamples(survey, opened, limits, reporter)
      marks = opened
      chosen = (opening.statement, opening.leftOut, generator)
    }
    if let original {
      let before = try context.survey(original, limits: limits, onProgress: reporter.bytes("survey"))
        .counting(document.commitment.leaves)
      if let source = chosen?.statement.source {
        check("the original is the archive that was marked", before.digest == source, "SHA-256 \(before.digest)")
      }
      if let chosen, let leftOut = chosen.leftOut {
        check(
          "the samples that were not to be marked are those whose pixels the original has twice, or hardly any",
          leftOut == MarkedChoice(of: chosen.generator, in: before).leftOut, "\(leftOut.count) left out")
      }
      let comparison = try ArchiveComparison(
        original: before, released: survey,
        marked: marks.map { Set($0.map(\.index)) },
        rewritten: document.rewritesAll == true ? MarkedJPEG(quality: document.jpegQuality) : nil,
        relabels: document.changesLabels == true, displacement: document.displacement,
        openCorners: document.openCorners, limits: limits,
        onProgress: reporter.bytes("compare"))
      compare(comparison, document, marks, budget: chosen?.statement.budget)
    }
  }

  private mutating func check(_ rule: String, _ holds: Bool, _ detail: String) {
    checks.append(Check(rule: rule, holds: holds, detail: detail))
  }

  /// Whether the directory is a complete and valid bag, and `release.json`.
  private mutating func manifests(_ directory: String, _ reporter: Reporter) throws -> ReleaseDocument {
    let document = try CanonicalJSON.decode(ReleaseDocument.self, named: "release.json", below: directory)
    // What lies beside the archive is small; the archive is as long as it is said to be.
    let bag = try BagInspection(
      BagIt(directory: directory),
      largest: { document.archive.holds($0) ? max(0, document.archive.bytes) : FileLimits.tagFile },
      onProgress: reporter.bytes("digest"))
    let unlisted = bag.unlisted.isEmpty ? [] : ["in no manifest: \(bag.unlisted.joined(separator: ", "))"]
    check(
      "every file has the digest that the manifests state", bag.problems.isEmpty,
      (bag.problems + unlisted).joined(separator: "; "))
    if let files = document.archive.files {
      let found = bag.payloadNames.count { document.archive.holds($0) }
      check("release.json states how many files there are", found == files, "\(found) files")
    }
    checks += try ReleaseDirectory(path: directory).statements(of: document, against: bag)
    return document
  }

  /// Whether the owner signed what the release says of itself: `release.json`, and beside it what earlier versions did not
  /// write.
  private mutating func signature(_ directory: String, _ ownerKey: String?) throws {
    let key = try ownerKey.map { try OwnerPublicKey(file: $0) }
    let release = ReleaseDirectory(path: directory)
    for name in ReleaseDirectory.signed {
      guard let content = try release.content(of: name, limit: FileLimits.statement) else { continue }
      let minisig = try release.content(of: ReleaseDirectory.signature(of: name), limit: FileLimits.signature)
        .map { String(decoding: $0, as: UTF8.self) }
      guard let key else {
        if name == ReleaseDirectory.document { signature = minisig == nil ? .none : .unchecked }
        continue
      }
      let holds = try minisig.map { try key.verifies(minisig: $0, of: Data(content)) } ?? false
      if name == ReleaseDirectory.document { signature = minisig == nil ? .none : holds ? .holds : .broken }
      check("\(name) is signed by the owner's key", holds, minisig == nil ? "no signature" : key.name)
    }
  }

  private mutating func contents(_ document: ReleaseDocument, _ survey: DatasetSurvey) {
    let size = survey.fileBytes
    check(
      "release.json states the archive's digest",
      survey.digest == document.archive.sha256 && size == document.archive.bytes
        && survey.container.isSeveralFiles == (document.archive.files != nil),
      "SHA-256 \(survey.digest), \(size) bytes")
    let train = survey.indices(in: .train).count
    let matches =
      survey.count == document.samples.total && train == document.samples.train
      && survey.count - train == document.samples.test && survey.classNames == document.classes
      && survey.layout.rawValue == document.layout
      && document.image == .init(survey.geometry)
    check(
      "release.json states the archive's layout, shape, classes and samples", matches,
      "\(survey.layout.rawValue), \(survey.geometry), \(survey.classNames.count) classes, \(survey.count) samples")
  }

  /// Opens the commitment: the root, the generator, and the coins.
  private mutating func commitment(
    _ document: ReleaseDocument, _ survey: DatasetSurvey, _ record: Vault, _ generator: Generator,
    _ opening: Vault.Opening, _ marks: [Vault.Mark], _ reporter: Reporter
  ) throws {
    let statement = opening.statement
    let digests = Dictionary(marks.map { ($0.index, $0.marked) }, uniquingKeysWith: { first, _ in first })
    let commit = reporter.images("commit")
    // A leaf for each sample there is, not for as many as the record claims.
    let root =
      statement.samples == survey.count
      ? try ReleaseCommitment.root(of: statement, marks: digests) { try commit($0, statement.samples) } : nil
    check(
      "the vault's record opens the published commitment",
      root == document.commitment.root && statement.samples == document.commitment.leaves
        && (document.jpegQuality != nil || statement.epsilon == document.largestChange)
        && (document.jpegQuality != nil || statement.changedPixels == document.changedPixels)
        && (document.jpegQuality != nil || statement.displacement == document.displacement)
        && (document.jpegQuality != nil || statement.openCorners == document.openCorners)
        && digests.count == statement.markedSamples,
      root.map { "root \($0)" } ?? "\(statement.samples) samples are committed, \(survey.count) are there")
    let digest = try HexDigest(ofFile: record.generator, onProgress: reporter.bytes("digest"))
    check("the vault's generator is the committed one", digest == statement.generator, "SHA-256 \(digest)")
    let watermark = generator.watermark
    // What the record says may be of no archive that there is.
    let plan = try? MarkedChoice(of: generator, in: survey).plan(
      marking: statement.markedSamples, of: statement.source, with: statement.secret, leftOut: opening.leftOut ?? [])
    check(
      "the marked samples are those that the commitment chooses",
      plan?.claim == statement.claim && plan?.samples == marks.map(\.index) && statement.budget == watermark.budget,
      "\(plan?.samples.count ?? 0) for “\(statement.claim.subject(among: survey.classNames))”")
    let labels = plan?.labels
    if labels != nil || document.changesLabels == true {
      check(
        "release.json says whether marked samples may have other classes",
        (labels != nil) == (document.changesLabels == true),
        document.changesLabels == true ? "they may" : "they may not")
    }
    if let labels, let plan {
      let given = zip(plan.samples, labels).count { survey.labels[$0] == $1 }
      check(
        "the marked samples have the classes that the commitment gives them", given == labels.count,
        "\(given) of \(labels.count)")
    }
  }

  /// Every marked sample is in the archive as it was committed.
  private mutating func markedSamples(
    _ survey: DatasetSurvey, _ marks: [Vault.Mark], _ limits: InputLimits, _ reporter: Reporter
  ) throws {
    let committed = Dictionary(marks.map { ($0.index, $0) }, uniquingKeysWith: { first, _ in first })
    let stream = try SampleStream(
      survey, limits: limits, choose: { committed[$0] != nil }, onProgress: reporter.bytes("read"))
    var found = 0
    while let sample = try stream.next() {
      guard let mark = committed[sample.index] else { continue }
      let digest = HexDigest(of: sample.pixels)
      if digest == mark.marked && sample.member == mark.member && sample.offset == mark.offset { found += 1 }
    }
    check("every marked sample is in the archive as committed", found == marks.count, "\(found) of \(marks.count)")
  }

  private mutating func compare(
    _ comparison: ArchiveComparison, _ document: ReleaseDocument, _ marks: [Vault.Mark]?, budget: ChangeBudget?
  ) {
    let relabelled = comparison.relabelled
    if document.changesLabels != true {
      check("labels, splits and order are the original's", comparison.sameLabels, "\(document.samples.total) samples")
    } else if let marks {
      check(
        "splits and order are the original's, and so are all labels but those of marked samples",
        comparison.sameLabels && relabelled.isSubset(of: marks.map(\.index)),
        "\(relabelled.count) samples have other classes")
    } else {
      check(
        "splits and order are the original's; labels may differ, as release.json says", comparison.sameLabels,
        "\(relabelled.count) samples have other classes")
    }
    check(
      "no value changed by more than "
        + (document.jpegQuality.map { "\(document.largestChange)/255, stated for JPEG of quality \($0)" }
          ?? "ε = \(document.largestChange)/255")
        + (document.openCorners.map { " beyond \($0)×\($0) pixels in the corners" } ?? ""),
      comparison.change.largestChange <= document.largestChange,
      "largest change \(comparison.change.largestChange)/255")
    if let limit = document.changedPixels {
      check(
        "no sample changed in more than \(limit) pixels", comparison.change.changedPixels <= limit,
        "\(comparison.change.changedPixels) pixels")
    }
    if let limit = document.displacement {
      check(
        "no value is from further away than \(limit) pixels", comparison.change.displacement <= limit,
        "\(comparison.change.displacement) pixels")
    }
    if document.jpegQuality == nil, let region = budget?.region {
      check(
        "no pixel changed beyond \(region)", comparison.change.region.map(region.contains) ?? true,
        comparison.change.region.map { "\($0)" } ?? "none changed")
    }
    let changed = comparison.changed.union(relabelled)
    if let marks {
      // A white patch on what is white already changes nothing.
      let unchangeable = Set(marks.filter { $0.original == $0.marked }.map(\.index))
      check(
        "every committed sample changed, and no other",
        changed.isSubset(of: marks.map(\.index))
          && Set(marks.map(\.index)).subtracting(changed).isSubset(of: unchangeable),
        "\(changed.count) of \(marks.count)")
    } else {
      check("some samples changed", !changed.isEmpty, "\(changed.count) changed")
    }
    check(
      "every other byte is the original's", comparison.firstDifference == nil,
      comparison.firstDifference ?? "\(comparison.members) members")
  }
}

extension ReleaseStatement {
  /// How far a marked sample may be from its original.
  fileprivate var budget: ChangeBudget {
    ChangeBudget(
      largestChange: epsilon, changedPixels: changedPixels, region: changedRegion, displacement: displacement,
      openCorners: openCorners)
  }
}
