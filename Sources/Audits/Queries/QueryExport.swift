package import Datasets
import Evidence
import Foundation
package import Foundations
import Jobs
import Releases
import Trials
import Watermarks
package import Work

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
  private let decoys: Int?
  private let amplitude: Int?
  private let suspect: String?
  private let classes: [String]
  private let output: String
  private let limits: InputLimits

  /// - Parameters:
  ///   - images: an archive of the same layout with images that were never released; nil takes the released archive, of
  ///     both the split that nothing is trained on if there is one.
  ///   - count: m, verification samples.
  ///   - decoys: decoy carriers beside the key's own; nil for the usual number, or as many more as the next look
  ///     needs, where the book has them.
  ///   - amplitude: multiples of ε; nil for the generator's own. Marks without a key have one.
  ///   - suspect: who will be asked; exports about one suspect share α.
  ///   - classes: of the suspect, in its order (`QueryClasses`); none where it has the release's.
  package init(
    release: String, vault: String, images: String?, count: Int, decoys: Int?, amplitude: Int?,
    suspect: String? = nil, classes: [String] = [], output: String, limits: InputLimits
  ) {
    self.release = release
    self.vault = vault
    self.images = images
    self.count = count
    self.decoys = decoys
    self.amplitude = amplitude
    self.suspect = suspect
    self.classes = classes
    self.output = output
    self.limits = limits
  }

  package struct Result: Sendable {
    package var queries: Int
    package var samples: Int
    /// Samples that an earlier export has asked about too, because there are no others left.
    package var usedBefore: Int
    /// Decoy carriers that are asked about.
    package var decoys: Int
    /// The split that the images are of, and whether they were part of the release.
    package var split: Split
    package var wereReleased: Bool
    /// Which claim and which look at the suspect it will be, its level at the usual α, and the least p-value that so many decoys allow;
    /// nil for marks without a key.
    package var claim: Int
    package var look: Int
    package var level: Double
    package var leastP: Double?
  }

  /// - Throws: `WorkError.alreadyThere` if the output exists; `tooFewSamples` if the pool is smaller than `count`;
  ///   `noDecoys`, `noAmplitude`, `tooManyDecoys` for what the release's marks do not have.
  package func run(_ context: WorkContext) throws -> Result {
    guard !FileManager.default.fileExists(atPath: output) else { throw WorkError.alreadyThere(path: output) }
    let reporter = Reporter(context)
    let document = try CanonicalJSON.decode(ReleaseDocument.self, from: "\(release)/release.json")
    let record = Vault(root: vault, release: document.name)
    let opening = try record.opening(of: document)
    let generator = try Generator(contentsOf: record.generator, methods: context.methods)
    let (watermark, objective) = (generator.watermark, generator.objective)
    let committed = opening.statement.claim
    let key = watermark.key(of: committed)
    guard key != nil || (decoys ?? 0) == 0 else {
      throw WorkError.noDecoys(generator: record.generator, objective: objective)
    }
    guard key != nil || amplitude == nil else {
      throw WorkError.noAmplitude(generator: record.generator, objective: objective)
    }
    let source = images ?? "\(release)/\(document.archive.path)"
    var survey = try context.survey(source, limits: limits, onProgress: reporter.bytes("survey"))
    guard images != nil || survey.digest == opening.releasedArchive else {
      throw WorkError.otherRelease(path: source, reason: "it is not the archive that was released")
    }
    if images == nil { survey = survey.counting(opening.statement.samples) }
    survey = try generator.seeing(survey, file: record.generator)

    let strength = amplitude ?? key?.amplitude ?? 1
    let marker = try watermark.marker(
      opening.statement.secret, of: committed, amplitude: strength, batch: min(64, count), threads: context.threads)
    let spending = VerdictPolicy()
      .shared(withClaim: try QueryClaims(vault: vault).expected(of: suspect, release: record.name)).spending
    let own = try suspectClasses(of: survey)
    let answeredAs = own?.suspect(among: survey.classNames.count)
    guard let claimed = committed.asked(of: answeredAs)?.claim else {
      throw unaskable(
        "too few of the classes that the release's claim is about are among those that the suspect has, each by itself")
    }
    let asked = try decoys ?? usualDecoys(in: record, key, of: committed, spending)
    guard asked <= key?.mostDecoys ?? 0 else {
      throw WorkError.tooManyDecoys(generator: record.generator, asked: asked, most: key?.mostDecoys ?? 0)
    }
    let pool = VerificationPool(
      survey, claim: committed, except: images == nil ? Set(try record.marks().map(\.index)) : [],
      of: answeredAs)
    let draft = QuerySheet(
      release: record.name, number: 0, suspect: suspect, claim: committed,
      classes: survey.classNames, suspectClasses: own, amplitude: strength,
      source: (source as NSString).lastPathComponent,
      sourceDigest: survey.digest,
      samples: [], labels: [], keySize: key?.size ?? 1, decoys: asked)
    let claim = try claim(of: record)
    // The owner's half first: images whose sheet was lost could never be scored.
    let (sheet, usedBefore) = try filed(draft, in: record, of: survey, from: pool, with: opening.statement.secret)
    try write(sheet, survey: survey, marker: marker, secret: opening.statement.secret, context, reporter)
    let look = sheet.look(among: try record.sheets())
    return Result(
      queries: (sheet.keySize + asked + 1) * count, samples: count, usedBefore: usedBefore, decoys: asked,
      split: pool.split, wereReleased: images == nil,
      claim: claim, look: look,
      level: VerdictPolicy().shared(withClaim: claim).spending.level(ofLook: look),
      leastP: key == nil
        ? nil
        : 1
          / Double(
            AuditPlan.distinctKeys(
              of: claimed, ofSize: sheet.scoring.keySize,
              decoys: sheet.keySize + asked - sheet.scoring.keySize)))
  }

  /// The usual number of decoy carriers, or as many more as the next look at the suspect needs.
  private func usualDecoys(in record: Vault, _ key: KeySpace?, of claim: Claim, _ spending: AlphaSpending) throws -> Int
  {
    guard let key else { return 0 }
    let look = QuerySheet.nextLook(at: suspect, after: try record.sheets())
    let needed = AuditPlan.decoys(
      forKeys: 1 + spending.decoysNeeded(forLook: look), of: claim, ofSize: key.size, most: key.mostDecoys)
    return min(max(QualificationSettings.usualDecoys, needed), key.mostDecoys)
  }

  /// The suspect's classes where they are named, and not the release's.
  private func suspectClasses(of survey: DatasetSurvey) throws -> QueryClasses? {
    guard !classes.isEmpty else { return nil }
    do throws(QueryClasses.Fault) {
      let own = try QueryClasses(classes, among: survey.classNames)
      return own == .all(survey.classNames.count) ? nil : own
    } catch { throw unaskable(error.why) }
  }

  private func unaskable(_ reason: String) -> WorkError {
    .unaskable(suspect: suspect ?? "the suspect", reason: reason)
  }

  /// The number of the claim that the export makes, which is there before its sheet: a share of α is spent once.
  private func claim(of record: Vault) throws -> Int {
    while true {
      var claims = try QueryClaims(vault: vault)
      if try claims.file(suspect, release: record.name) {
        return claims.expected(of: suspect, release: record.name)
      }
    }
  }

  /// Draws samples for a sheet and files it. An export that another one has come before draws again, so that the two
  /// share no samples while there are others.
  private func filed(
    _ draft: QuerySheet, in record: Vault, of survey: DatasetSurvey, from pool: VerificationPool,
    with secret: ReleaseSecret
  ) throws -> (sheet: QuerySheet, usedBefore: Int) {
    var sheet = draft
    while true {
      let sheets = try record.sheets()
      let used = sheets.filter { $0.isAboutSameImages(as: draft) }.flatMap(\.samples)
      let (samples, usedBefore) = try pool.draw(count, after: used, with: secret)
      sheet.number = (sheets.last?.number ?? 0) + 1
      sheet.samples = samples
      sheet.labels = samples.map { Int(survey.labels[$0]) }
      if try record.file(sheet) { return (sheet, usedBefore) }
    }
  }

  private func write(
    _ sheet: QuerySheet, survey: DatasetSurvey, marker: any SampleMarker, secret: ReleaseSecret, _ context: WorkContext,
    _ reporter: Reporter
  ) throws {
    let staging = output + ".partial"
    try DurableFile(staging).remove()
    try DurableFile("\(staging)/images").createDirectory()
    let chosen = Set(sheet.samples)
    let cache = try SampleCache(
      survey, limits: limits, choose: { chosen.contains($0) }, onProgress: reporter.bytes("read"))
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
