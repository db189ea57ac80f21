import Watermarks

/// What is known of a qualification's outcome before anything is trained.
package struct QualificationOutlook {
  /// Kinds of models that the gate needs and that this run will not train; with any the outcome is `inconclusive`.
  package let missing: [QualificationRow.Scenario]

  /// - Parameters:
  ///   - release: the release directory.
  ///   - hasOriginal: whether there is the archive before marking, which another owner's marks need.
  package init(release: String, vault: String, hasOriginal: Bool, settings: QualificationSettings) throws {
    let document = try CanonicalJSON.decode(ReleaseDocument.self, from: "\(release)/release.json")
    let owned = try OwnedRelease(document.name, in: vault)
    let trained = settings.scenarios.filter { $0 != .independentWatermark || hasOriginal }
    missing = QualificationGate(settings, objective: owned.generator.description.objective).needed
      .filter { !trained.contains($0) }
  }
}
