import Evidence
import Foundation
import Jobs
import Suspects

extension AuditWork {
  /// An audit of a suspect at the other end of the network.
  init(asking spec: AuditSpec, _ context: WorkContext) throws {
    let document = try CanonicalJSON.decode(ReleaseDocument.self, from: "\(spec.release)/release.json")
    let size = ImageSize(
      channels: document.image.channels, height: document.image.height, width: document.image.width)
    self.init(
      spec, context,
      suspect: try LiveSuspect(
        spec, classes: document.classes, size: size,
        sentByDay: try AuditShelf.requestsByDay(in: spec.vault, suspect: spec.name), context))
  }
}

extension AuditShelf {
  /// Requests that all audits of a suspect have sent, by day since 1970 in UTC.
  static func requestsByDay(in vault: String, suspect: String) throws -> [Int: Int] {
    var requests: [Int: Int] = [:]
    for release in (try? FileManager.default.contentsOfDirectory(atPath: vault)) ?? [] {
      let shelf = AuditShelf(Vault(root: vault, release: release), suspect: suspect)
      for series in shelf.series() {
        for line in try AuditJournal.read(shelf.transcript(series)) where line.event == .answer {
          // A retry is a request too; a question without an attempt was never sent.
          requests[QueryBudget.day(of: line.time), default: 0] += line.attempts ?? 1
        }
      }
    }
    return requests
  }
}
