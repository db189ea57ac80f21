import Evidence

/// The reference models' answers to the images of a plan: what the suspect's ΔP is ranked among (METHODS §5.1).
struct AuditPanel {
  /// ΔP of each reference on images of the plan; nil if there is no panel for them.
  let gains: ([Int], ScoreKind) -> [Double]?

  /// There is a panel only for the released archive's own pool, at the generator's amplitude.
  init(_ plan: AuditPlan, record: Vault, vault: String, opening: Vault.Opening) throws {
    gains = { _, _ in nil }
  }
}
