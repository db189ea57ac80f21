import Evidence
import Foundation
import Foundations
import Releases
import Work

/// One suspect's audits about one release in the vault: a directory a series (docs/formats, "Audits").
struct AuditDirectory {
  let directory: String
  private let release: String

  init(_ vault: Vault, suspect: String) {
    directory = "\(vault.directory)/audits/\(suspect)"
    release = vault.name
  }

  /// Numbers of the series, ascending.
  func series() -> [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return names.compactMap { Int($0) }.filter { FileManager.default.fileExists(atPath: plan($0)) }.sorted()
  }

  func folder(_ series: Int) -> String { "\(directory)/\(series)" }
  func plan(_ series: Int) -> String { "\(folder(series))/plan.json" }
  func transcript(_ series: Int) -> String { "\(folder(series))/transcript.jsonl" }

  /// - Throws: `WorkError.malformed` for a plan that does not hold together, or one of another series or release.
  func readPlan(_ series: Int) throws -> AuditPlan {
    let plan = try CanonicalJSON.decode(AuditPlan.self, from: plan(series))
    guard plan.series == series, plan.release == release else {
      throw WorkError.malformed(
        path: self.plan(series), reason: "the plan of series \(plan.series) about \(plan.release)")
    }
    return plan
  }

  /// Records a plan, before its first question.
  func write(_ plan: AuditPlan) throws {
    try DurableFile(folder(plan.series)).createDirectory(mode: 0o700)
    try DurableFile(self.plan(plan.series)).replace(with: CanonicalJSON.encode(plan), mode: 0o600)
    try DurableFile(directory).synchronise()
  }
}
