import Datasets
import Evidence
import Foundation
package import Jobs
import Watermarks

/// `dandyroll queries export`: the questions of an audit as image files, for suspects that only their owner can ask.
///
/// Every verification sample is there clean, under each carrier of the release's key, and under each decoy carrier, all under names
/// that are drawn from the release's secret: whoever answers cannot tell one from another.
/// - Source: METHODS §5.3, §5.8, §7
package struct QueryExport: Sendable {
  private let release: String
  private let vault: String
  private let images: String?
  private let count: Int
  private let decoys: Int
  private let amplitude: Int?
  private let output: String
  private let limits: Limits

  /// - Parameters:
  ///   - images: an archive of the same layout with images that were never released; nil takes the released archive's own
  ///     test split.
  ///   - count: m, verification samples.
  ///   - decoys: decoy carriers beside the key's own.
  ///   - amplitude: multiples of ε; nil for the generator's own.
  package init(
    release: String, vault: String, images: String?, count: Int, decoys: Int, amplitude: Int?, output: String,
    limits: InputLimits
  ) {
    self.release = release
    self.vault = vault
    self.images = images
    self.count = count
    self.decoys = decoys
    self.amplitude = amplitude
    self.output = output
    self.limits = Limits(limits)
  }

  package struct Result: Sendable {
    package var queries: Int
    package var samples: Int
    /// Samples that an earlier export has asked about too, because there are no others left.
    package var usedBefore: Int
    /// Whether the images were part of the release.
    package var wereReleased: Bool
  }

  /// - Throws: `WorkError.alreadyThere` if the output exists; `tooFewSamples` if the pool is smaller than `count`.
  package func run(_ context: WorkContext) throws -> Result {
    guard !FileManager.default.fileExists(atPath: output) else { throw WorkError.alreadyThere(path: output) }
    let reporter = Reporter(context)
    let document = try CanonicalJSON.decode(ReleaseDocument.self, from: "\(release)/release.json")
    let record = Vault(root: vault, release: document.name)
    let opening = try record.opening()
    let generator = try Generator(contentsOf: record.generator)
    let keyed = generator.description.keyed
    guard keyed != nil || decoys == 0 else {
      throw WorkError.noDecoys(generator: record.generator, objective: generator.description.objective)
    }
    let source = images ?? "\(release)/\(document.archive.path)"
    let survey = try DatasetSurvey(file: source, limits: limits, onProgress: reporter.bytes("survey"))
    try generator.check(fits: survey, file: record.generator)

    let sheets = try record.sheets()
    let name = (source as NSString).lastPathComponent
    let pool = VerificationPool(survey, targetClass: opening.statement.targetClass)
    let (samples, usedBefore) = try pool.draw(
      count, after: sheets.filter { $0.source == name }.flatMap(\.samples), with: opening.statement.secret)
    let sheet = QuerySheet(
      release: record.name, number: (sheets.last?.number ?? 0) + 1, targetClass: opening.statement.targetClass,
      classes: survey.classNames, amplitude: keyed == nil ? 1 : amplitude ?? keyed?.amplitude ?? 1, source: name,
      sourceDigest: HexDigest(survey.digest), samples: samples, labels: samples.map { Int(survey.labels[$0]) },
      keySize: keyed?.form.carriers ?? 1, decoys: decoys)
    let marker = try SampleMarker(
      generator, secret: opening.statement.secret, amplitude: sheet.amplitude, batch: min(64, count),
      threads: context.threads)
    guard decoys <= marker.mostDecoys else {
      throw WorkError.tooManyDecoys(generator: record.generator, asked: decoys, most: marker.mostDecoys)
    }
    // The owner's half first: images whose sheet was lost could never be scored.
    try record.write(sheet)
    try write(sheet, survey: survey, marker: marker, secret: opening.statement.secret, context, reporter)
    return Result(
      queries: (sheet.keySize + decoys + 1) * count, samples: count, usedBefore: usedBefore, wereReleased: images == nil
    )
  }

  private func write(
    _ sheet: QuerySheet, survey: DatasetSurvey, marker: SampleMarker, secret: ReleaseSecret, _ context: WorkContext,
    _ reporter: Reporter
  ) throws {
    let staging = output + ".partial"
    try DurableFile(staging).remove()
    try DurableFile("\(staging)/images").createDirectory()
    let chosen = Set(sheet.samples)
    let cache = try SampleCache(survey, limits: limits, choose: { chosen.contains($0) })
    let places = Dictionary(uniqueKeysWithValues: cache.indices.enumerated().map { ($1, $0) })
    let clean = sheet.samples.flatMap { sample in places[sample].map { cache.pixels(of: $0) } ?? [] }
    let names = sheet.names(secret)
    for group in names.indices {
      try context.checkStop()
      let pixels = group == 0 ? clean : marker.mark(clean, samples: sheet.samples, carrier: group - 1)
      for (position, name) in names[group].enumerated() {
        let size = survey.shape.bytes
        let image = PNGImage(planar: pixels[position * size..<(position + 1) * size], shape: survey.shape)
        try image.write(to: "\(staging)/images/\(name).png")
      }
      reporter.progress(
        JobProgress(stage: "queries", done: group + 1, total: names.count, unit: "carriers"))
    }
    // Names are random, so their order is a shuffle of samples and keys.
    let lines = ["name"] + names.joined().sorted()
    try DurableFile("\(staging)/queries.csv").write(Array((lines.joined(separator: "\n") + "\n").utf8))
    try DurableFile(staging).rename(to: output)
  }
}
