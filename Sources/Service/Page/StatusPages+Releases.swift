import Foundation
import Jobs
import Ledger
import Pages
import ServiceConfiguration
import ServiceFoundation

extension StatusPages {
  /// Files that workers made are read up to this size; larger ones are not theirs.
  private static let largest = 16 << 20

  func releases() async throws -> String {
    let releases = try await ledger.releases(limit: Self.listed)
    return ListPage(site, releases: releases.map { ReleaseRow($0) }, limit: Self.listed).html
  }

  func release(_ name: String) async throws -> String {
    let entry = try await ledger.release(named: name)
    let record = entry.record
    let vault = configuration.current.service.vault + "/" + record.name
    let isQualified = await Blocking.run { FileManager.default.fileExists(atPath: vault + Self.publicReport) }
    return ReleasePage(
      site: site, release: ReleaseRow(entry),
      facts: [
        Fact("Directory", record.directory), Fact("Archive, SHA-256", record.archiveDigest),
        Fact("Samples", Figures.count(record.samples), detail: "\(Figures.count(record.markedSamples)) marked"),
        Fact(
          "Skipped", Figures.count(record.skippedSamples),
          detail: record.skippedSamples > 0 ? record.skippedFiles.line(of: record.skippedSamples) : ""),
        Fact("Made", Times.text(record.made / 1000)),
        Fact(
          "Published", record.published.map { Times.text($0 / 1000) } ?? "not yet",
          detail: record.publishedBy == .request ? "on request" : ""),
      ],
      reasons: record.reasonLines, steps: try await steps(for: record),
      links: (isQualified
        ? [Link("The report of its qualification", to: ["releases", record.name, "qualification"])] : [])
        + [Link("Job \(record.job)", to: ["jobs", "\(record.job)"])]
    ).html
  }

  /// What is to be done with a release that is held: nobody but a person gets it out.
  private func steps(for record: ReleaseRecord) async throws -> [ReleasePage.Step] {
    guard record.state == .held else { return [] }
    let again = try await ledger.newestQualification(of: record.id).map {
      ReleasePage.Step("Qualify it again, with the configuration of now", command: "dandyroll retry \($0)")
    }
    return [
      ReleasePage.Step("Let it out as it is", command: "dandyroll publish \(record.name)"), again,
      ReleasePage.Step("Make another release of the same archive", command: "dandyroll retry \(record.job)"),
    ].compactMap { $0 }
  }

  /// What the qualification of a release left in the vault to be shown: without target class, digests and samples.
  private static let publicReport = "/qualification.public.html"

  /// The page that the qualification of a release left for others than the vault's owner.
  func qualification(of name: String) async throws -> [UInt8] {
    let record = try await ledger.release(named: name).record
    // The name comes from the ledger, not from the request: it cannot lead out of the vault.
    let path = configuration.current.service.vault + "/" + record.name + Self.publicReport
    do {
      return try await Blocking.run { try Self.content(of: path) }
    } catch {
      throw ServiceError.notMade(what: "qualification", of: name)
    }
  }

  private static func content(of path: String) throws -> [UInt8] {
    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
    defer { try? file.close() }
    let data = try file.read(upToCount: largest + 1) ?? Data()
    guard data.count <= largest else { throw CocoaError(.fileReadTooLarge) }
    return Array(data)
  }
}

extension ReleaseRow {
  init(_ entry: ReleaseEntry) {
    self.init(
      name: entry.record.name, dataset: entry.dataset, samples: entry.record.samples,
      markedSamples: entry.record.markedSamples, made: entry.record.made / 1000,
      qualification: Mark(entry.record))
  }
}

extension Mark {
  /// How the qualification of a release ended, and whether it is out.
  init(_ release: ReleaseRecord) {
    switch (release.outcome, release.state) {
    case (_, .waiting): self.init(.unclear, "under way")
    case (.passed, _): self.init(.good, "passed")
    case (.held, .published): self.init(.bad, "not passed, published")
    case (.held, .held): self.init(.bad, "held")
    case (.inconclusive, .published): self.init(.unclear, "inconclusive, published")
    case (.inconclusive, .held): self.init(.bad, "inconclusive, held")
    case (nil, .held): self.init(.bad, "held")
    case (nil, .published): self.init(.unclear, "none")
    }
  }
}
