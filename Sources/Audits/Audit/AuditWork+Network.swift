import Foundations
package import Jobs
import Releases
import Suspects
import Watermarks
package import Work

extension AuditWork {
  /// An audit of a suspect at the other end of the network.
  package init(asking spec: AuditSpec, _ context: WorkContext) throws {
    let document = try CanonicalJSON.decode(ReleaseDocument.self, from: "\(spec.release)/release.json")
    let images = try Generator(
      contentsOf: Vault(root: spec.vault, release: document.name).generator, methods: context.methods
    ).input
    let size = ImageSize(channels: images.channels, height: images.height, width: images.width)
    self.init(
      spec, context,
      suspect: try LiveSuspect(
        spec, classes: document.classes, size: size,
        tally: RequestTally(
          vault: spec.vault, names: [spec.name] + (spec.formerNames ?? []), perDay: spec.questions.perDay), context))
  }
}
