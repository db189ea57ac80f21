package import Evidence
import Foundation
import Releases
package import Trials
package import Work

/// `dandyroll queries score`: the tests and the verdict on answers that came by hand, the same as an audit's.
/// - Source: METHODS §5
package struct QueryScore: Encodable, Sendable {
  package let release: String
  package let export: Int
  /// Who was asked, which claim that is of all that were made by hand, and which look at them this is, both from 1; the
  /// verdict's level is this look's part of the claim's share of α.
  package let suspect: String?
  package let claim: Int
  package let look: Int
  package let level: Double
  package let queries: Int
  package let answered: Int
  package let figures: EvidenceFigures
  /// The conformal p-value among the release's references on the same images, and their number; nil without a panel for
  /// these images and this amplitude.
  package let pPanel: Double?
  package let references: Int?
  package let verdict: Verdict

  /// - Parameters:
  ///   - answers: the CSV file.
  ///   - vault: the vault that holds the release's private record.
  ///   - policy: limits that were settled before asking; α is for all exports of the vault.
  ///   - margin: τ of the paper's t-test.
  /// - Throws: `WorkError.unknownAnswers` if no export in the vault asked about the first name.
  package init(
    answers path: String, vault: String, policy: VerdictPolicy, margin: Double,
    _ context: WorkContext = WorkContext(threads: 1)
  ) throws {
    let (record, sheet, secret) = try Self.sheet(of: path, in: vault)
    suspect = sheet.suspect
    look = sheet.look(among: try record.sheets())
    claim = try QueryClaims(vault: vault).expected(of: sheet.suspect, release: sheet.release)
    var policy = policy.shared(withClaim: claim)
    level = policy.spending.level(ofLook: look)
    policy.alpha = level
    let names = sheet.names(secret)
    let known = Set(names.joined())
    let table = try AnswerTable(
      file: path, classes: sheet.classes, own: sheet.suspectClasses,
      check: { name in
        guard known.contains(name) else {
          throw WorkError.unknownAnswers(path: path, name: name, vault: record.directory)
        }
      }, checkStop: context.checkStop)
    let (scoring, classes) = (sheet.scoring, sheet.answeredAs)
    let labels = sheet.labels.map { label in classes.map { $0.name(of: label) } ?? label }
    let scores = ([0] + scoring.carriers.map { $0 + 1 }).map { form in
      (0..<scoring.claim.columns).map { column in
        zip(names[form], labels).map { name, label in
          label.flatMap { label in
            table.answer(name).flatMap { scoring.claim.score($0, label: label, in: column, isMarked: form > 0) }
          }
        }
      }
    }
    let keyed = try KeyedScores(
      table.hasLabels ? .label : .probabilities, clean: scores[0], carriers: Array(scores.dropFirst()),
      keySize: scoring.keySize)
    let health = Self.health(table, names: names, labels: labels, of: classes, among: sheet.classes.count)
    release = sheet.release
    export = sheet.number
    queries = health.asked
    answered = health.answered
    // Models that tell all classes apart are no measure for one that does not.
    let panel = try (classes == nil ? sheet.sourceDigest : nil).flatMap {
      try ReferencePanel(vault: vault, release: record.name, archive: $0)
    }
    let rank = panel.flatMap { panel in
      panel.amplitude == sheet.amplitude ? panel.rank(keyed, on: sheet.samples) : nil
    }
    pPanel = rank?.p.value
    references = rank?.others
    let judgement = Judgement(
      keyed, health: health, panel: rank, amplitude: sheet.amplitude, margin: margin, policy: policy)
    figures = judgement.figures
    verdict = judgement.verdict
  }

  private enum CodingKeys: String, CodingKey {
    case release, export, suspect, claim, look, level, queries, answered, figures, references, verdict
    case pPanel = "p_panel"
  }

  private static func health(
    _ table: AnswerTable, names: [[String]], labels: [Int?], of suspect: SuspectClasses?, among classes: Int
  ) -> AuditHealth {
    let clean = names[0].map(table.label)
    return AuditHealth(
      asked: names.joined().count, answered: names.joined().count { table.label($0) != nil },
      cleanAnswers: clean.count { $0 != nil }, cleanCorrect: zip(clean, labels).count { $0 != nil && $0 == $1 },
      classes: suspect?.count ?? classes, largestGroup: suspect?.largestGroup ?? 1,
      distinctAnswers: table.distinct(names[0]))
  }

  /// The export that asked these questions: the one in the vault that knows the first name.
  private static func sheet(of path: String, in vault: String) throws -> (Vault, QuerySheet, ReleaseSecret) {
    guard FileManager.default.fileExists(atPath: vault) else { throw WorkError.missing(path: vault) }
    guard let first = try AnswerTable.firstName(in: path) else {
      throw WorkError.malformed(path: path, reason: "no answers")
    }
    for release in Vault.names(in: vault) {
      let record = Vault(root: vault, release: release)
      let secret = try record.opening().statement.secret
      for sheet in try record.sheets() where sheet.names(secret).joined().contains(first) {
        return (record, sheet, secret)
      }
    }
    throw WorkError.unknownAnswers(path: path, name: first, vault: vault)
  }
}
