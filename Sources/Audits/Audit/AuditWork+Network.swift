import Foundations
package import Jobs
import Releases
import Suspects
package import Work

extension AuditWork {
  /// An audit of a suspect at the other end of the network.
  package init(asking spec: AuditSpec, _ context: WorkContext) throws {
    let document = try CanonicalJSON.decode(ReleaseDocument.self, from: "\(spec.release)/release.json")
    let size = ImageSize(
      channels: document.image.channels, height: document.image.height, width: document.image.width)
    self.init(
      spec, context,
      suspect: try LiveSuspect(
        spec, classes: document.classes, size: size,
        tally: RequestTally(
          vault: spec.vault, names: [spec.name] + (spec.formerNames ?? []), perDay: spec.questions.perDay), context))
  }
}
