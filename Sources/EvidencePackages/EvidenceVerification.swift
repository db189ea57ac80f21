package import Evidence
import Foundation
import Foundations
import Jobs
package import Releases
package import Work

/// `dandyroll evidence verify`: every signature, proof and figure of an evidence package, checked offline.
package struct EvidenceVerification: Sendable {
  package typealias Check = ReleaseVerification.Check

  package let suspect: String
  package let release: String
  /// The verdict that follows from the transcript, whatever the package states and whoever made it; `finding` is what may
  /// be said.
  package let verdict: Verdict
  /// The owner's key that signed the package; nil if nobody did.
  package let signedBy: String?
  package private(set) var checks: [Check] = []
  package var holds: Bool { checks.allSatisfy(\.holds) }

  /// Requests under way at once may be written down a little out of the order in which they were drawn.
  private static let window = 64

  /// - Parameters:
  ///   - path: the package, a directory or a tar archive.
  ///   - ownerKey: a public key file that must have signed it; nil takes the key in the package.
  /// - Throws: if something cannot be read at all; a rule that does not hold is a failed check instead.
  package init(
    package path: String, ownerKey: String?, _ context: WorkContext = WorkContext(threads: 1)
  ) throws {
    do {
      try self.init(checking: path, ownerKey, context)
    } catch let error as EvidenceError {
      throw WorkError.malformed(path: path, reason: error.description)
    }
  }

  private init(checking path: String, _ ownerKey: String?, _ context: WorkContext) throws {
    let files = try EvidenceFiles(path: path, checkStop: context.checkStop)
    let stated = try files.decode(EvidenceStatement.self, EvidencePackage.statement)
    let plan = try files.decode(AuditPlan.self, EvidencePackage.plan)
    let opening = try files.decode(CommitmentOpening.self, EvidencePackage.opening)
    let document = try files.decode(ReleaseDocument.self, EvidencePackage.releaseDocument)
    let (record, time) = try files.record(of: plan)
    let gains = try files.content(EvidencePackage.gains).map { _ in
      try files.decode(PanelGains.self, EvidencePackage.gains)
    }
    let reckoning = try AuditReckoning(record) { images, kind in
      gains.flatMap { $0.kind == kind && $0.images == images ? $0.deltaP : nil }
    }
    suspect = plan.suspect
    release = plan.release
    verdict = reckoning.verdict

    var checks: [Check] = []
    func check(_ rule: String, _ holds: Bool, _ detail: String) {
      checks.append(Check(rule: rule, holds: holds, detail: detail))
    }
    check("every file has the digest that the statement names", files.digests == stated.files, "")
    signedBy = try Self.signatures(files, ownerKey: ownerKey, check)
    check(
      "release.json is of the release that was asked about",
      document.name.description == plan.release && document.classes == plan.classes && stated.release == plan.release,
      document.name.description)
    let root = try opening.root()
    check(
      "the opening leads to the published commitment",
      root == document.commitment.root
        && opening.statement.samples == document.commitment.leaves,
      "root \(document.commitment.root), \(opening.leaves.count) marked samples opened")
    check(
      "claim and generator are the committed ones",
      opening.statement.claim == plan.claim && opening.statement.generator == stated.generator,
      "“\(plan.claim.subject(among: plan.classes))”, generator \(stated.generator)")
    if case .assignment(let classes) = plan.claim {
      let lots = classes.map { opening.statement.secret.lot(ofClass: $0) }
      check(
        "classes have their carriers by the lots that the committed secret draws", lots == lots.sorted(),
        "\(classes.count) classes")
    }
    check(
      "questions were asked in the order that the committed secret draws",
      try Self.isInOrder(record, with: opening.statement.secret, context),
      "\(record.asked.reduce(0) { $0 + $1.count }) questions")
    if let classes = plan.answeredAs {
      // A record with such an answer is refused.
      check(
        "no answer names a class that the suspect has not, by the plan", true,
        "\(classes.count) of \(plan.classes.count) classes asked about")
    }
    check(
      "the key can be told from its decoys at the look that decides",
      reckoning.evidence.decisive()?.isAttainable ?? true, "one of \(plan.keys) keys")
    let found = EvidenceStatement(
      record, reckoning, generator: opening.statement.generator, time: time,
      version: stated.program.version, files: stated.files)
    let wrong = try Self.differences(
      CanonicalJSON.encode(found), Data(files.required(EvidencePackage.statement)))
    check("every figure follows from the transcript", wrong.isEmpty, wrong.joined(separator: ", "))
    // Which verdict that is, only a finding says.
    check("the verdict follows from the transcript", found.verdict.outcome == stated.verdict.outcome, "")
    self.checks = checks
  }

  /// - Returns: the key's name, if there is a signature that holds.
  private static func signatures(
    _ files: EvidenceFiles, ownerKey: String?, _ check: (String, Bool, String) -> Void
  ) throws -> String? {
    let key: OwnerPublicKey
    // Anybody can put a key of his own into a package.
    let signer = ownerKey == nil ? "the key in the package, whose owner only --owner-key can tell" : "the owner's key"
    if let ownerKey {
      key = try OwnerPublicKey(file: ownerKey)
    } else if let content = files.content(EvidencePackage.ownerKey) {
      key = try OwnerPublicKey(content: Data(content), of: "\(files.path): \(EvidencePackage.ownerKey)")
    } else {
      return nil
    }
    let pairs = [
      (EvidencePackage.statement, EvidencePackage.signature),
      (EvidencePackage.releaseDocument, EvidencePackage.releaseSignature),
    ]
    var isSigned = true
    for (name, signature) in pairs {
      guard let minisig = files.text(signature) else {
        // A release from before the owner had a key is bound by its commitment alone.
        if name == EvidencePackage.statement {
          isSigned = false
          check("\(name) is signed by \(signer)", false, "no signature")
        }
        continue
      }
      let holds = try key.verifies(minisig: minisig, of: files.required(name))
      if name == EvidencePackage.statement { isSigned = holds }
      check("\(name) is signed by \(signer)", holds, key.name)
    }
    return isSigned ? key.name : nil
  }

  private static func isInOrder(
    _ record: AuditRecord, with secret: ReleaseSecret, _ context: WorkContext
  ) throws -> Bool {
    for (round, sequence) in record.sequence.enumerated() where !sequence.isEmpty {
      try context.checkStop()
      let places = Dictionary(
        uniqueKeysWithValues: record.plan.order(ofRound: round, with: secret).enumerated().map { ($1, $0) })
      var seen: Set<Int> = []
      for question in sequence where seen.insert(question).inserted {
        guard let place = places[question], abs(place - (seen.count - 1)) < window else { return false }
      }
    }
    return true
  }

  /// Names of the members in which two statements differ, beyond the last digits, in which mathematical libraries differ.
  private static func differences(_ first: Data, _ second: Data) throws -> [String] {
    let trees = try [first, second].map { try JSONSerialization.jsonObject(with: $0) }
    return differences(trees[0], trees[1], at: "")
  }

  private static func differences(_ first: Any, _ second: Any, at path: String) -> [String] {
    switch (first, second) {
    case (let first as [String: Any], let second as [String: Any]):
      return Set(first.keys).union(second.keys).sorted().flatMap { key in
        let name = path.isEmpty ? key : "\(path).\(key)"
        guard let value = first[key], let other = second[key] else { return [name] }
        return differences(value, other, at: name)
      }
    case (let first as [Any], let second as [Any]):
      guard first.count == second.count else { return [path] }
      return zip(first, second).enumerated().flatMap { index, pair in
        differences(pair.0, pair.1, at: "\(path)[\(index)]")
      }
    case (let first as String, let second as String): return first == second ? [] : [path]
    case (let first as NSNumber, let second as NSNumber):
      let (a, b) = (first.doubleValue, second.doubleValue)
      // Counts and times are exact.
      let areWhole = a.rounded() == a && b.rounded() == b
      // A mean gain of nothing differs in all digits.
      let name = path.split(separator: ".").last ?? ""
      let isGain = ["deltaP", "decoy", "gain"].contains { name.hasPrefix($0) }
      return a == b || !areWhole && abs(a - b) <= max(1e-9 * max(abs(a), abs(b)), isGain ? 1e-12 : 0) ? [] : [path]
    default: return first is NSNull && second is NSNull ? [] : [path]
    }
  }
}
