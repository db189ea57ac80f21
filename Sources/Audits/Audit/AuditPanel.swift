import Evidence
import Foundations
import Trials

/// The reference models' answers to the images of a plan: what the suspect's ΔP is ranked among (METHODS §5.1).
struct AuditPanel {
  private let plan: AuditPlan
  private let panel: ReferencePanel?

  /// There is a panel only for the released archive's own images, at the amplitude that its scores were taken at.
  /// - Parameter release: the record's name in the vault.
  init(_ plan: AuditPlan, vault: String, release: String, archive: HexDigest) throws {
    self.plan = plan
    let panel = try ReferencePanel(vault: vault, release: release, archive: archive)
    self.panel =
      plan.source.sha256 == archive && panel?.amplitude == plan.amplitude
        && panel?.keySize == plan.keySize
      ? panel : nil
  }

  /// ΔP of each reference under the key.
  /// - Parameter images: for each of the key's carriers, indices in the plan's `samples`.
  /// - Returns: nil without a panel for these images.
  func gains(_ images: [[Int]], _ kind: ScoreKind) -> [Double]? {
    panel?.deltaP(on: images.map { carrier in carrier.map { plan.samples[$0] } }, kind)
  }
}
