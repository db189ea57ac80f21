import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
import Releases
import Service
import Training
import Trials
import Watermarks
import Work

/// The main path from beginning to end, as a user would walk it.
struct Demo {
  private let directory: String
  private let seed: UInt64
  private let threads: Int?
  private let display = ProgressDisplay()

  init(directory: String, seed: UInt64, threads: Int?) throws {
    self.directory = directory
    self.seed = seed
    self.threads = threads
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
  }

  /// What both models learn whatever the seed and the kernels: a class is a colour, which is learned at once, and where
  /// there is no shape a mark is all that tells one, so that it is learned too (docs/experiments/keyed.md).
  private static func drawing(seed: UInt64) -> DrawnDataset {
    DrawnDataset(seed: seed, isPlain: true, shapeless: 0.4)
  }

  /// Verification images. A model of marks may be right on a third of them; of 50 that may pass for guessing, of so many
  /// it cannot.
  private static let images = 200

  /// - Throws: also `DemoError.verdict` where the models are not told apart.
  func run() async throws {
    let archive = "\(directory)/shapes.tar.gz"
    print("Drawing 4,000 training and 1,000 test images of 10 shapes; four in ten show none …")
    try Self.drawing(seed: seed).writeCIFAR10(to: archive, perBatch: 800, test: 1000)

    try prepareVault()
    print("Starting the daemon in \(directory)")
    let daemon = try DemoDaemon(directory: directory, seed: seed, threads: threads)
    try await daemon.waitUntilServing()
    print("Dropping shapes.tar.gz into its inbox; it trains a generator, then marks the archive.")
    let inbox = "\(directory)/inbox"
    try FileManager.default.copyItem(atPath: archive, toPath: "\(inbox)/shapes.tar.gz.part")
    try FileManager.default.moveItem(atPath: "\(inbox)/shapes.tar.gz.part", toPath: "\(inbox)/shapes.tar.gz")
    let job = try await daemon.firstRelease { job in
      guard let progress = job.progress else { return }
      display.show(
        JobProgress(
          stage: progress.stage, done: progress.done, total: progress.total, unit: progress.unit,
          metrics: progress.metrics))
    }
    display.finish()
    guard let release = job.release else { return }
    print("Released \(release.markedSamples) marked of \(release.samples) samples: \(release.directory)")

    let vault = "\(directory)/vault"
    let verification = try await compute { _ in
      try ReleaseVerification(
        directory: release.directory, vault: vault, original: archive, limits: InputLimits())
    }
    print("Verified: \(verification.checks.count { $0.holds }) of \(verification.checks.count) rules hold.")

    let sheet = "\(directory)/contact-sheet.png"
    _ = try await compute {
      try Inspection(archive: archive, limits: InputLimits())
        .run(release: (release.directory, vault), png: sheet, $0)
    }
    print("Training one model on the release and one on the clean data, and asking both what an audit asks …")
    let marked = try await figures("marked", "\(release.directory)/data/shapes.tar.gz", archive, vault)
    let clean = try await figures("clean", archive, archive, vault)
    display.finish()

    print("")
    print("trained on      BA      WSR     ΔP      p among keys  verdict")
    for (name, row) in [("the release", marked), ("clean data", clean)] {
      print(
        name.padding(toLength: 14, withPad: " ", startingAt: 0),
        String(
          format: "%6.3f  %6.3f  %+6.3f  %-13.2g", row.ba, row.wsr ?? .nan, row.deltaP ?? .nan,
          row.pDecoy ?? .nan), row.outcome?.rawValue ?? "")
    }
    if let learned = marked.matrix, let unlearned = clean.matrix {
      let picture = AssignmentPicture([("trained on the release", learned), ("trained on clean data", unlearned)])
      let file = "\(directory)/assignment.png"
      try picture.image.write(to: file)
      print("")
      print("What each marked class (down) gains under each carrier (across); \(file) shows it in colour.")
      printPicture(picture)
    }
    print("")
    print(
      "The demo marks half of the images, and three times as strongly as the default; on four in ten there is nothing")
    print("else to learn. So it takes a minute or two. What the defaults do on real data: docs/experiments.")
    print("An innocent model is accused in one demo of a hundred: that is the level of the test.")
    print("Contact sheet (original, marked, difference ×16): \(sheet)")
    guard marked.outcome == .trainedOn, clean.outcome == .notShown else { throw DemoError.verdict }
  }

  /// A vault whose secret, which the release's key is drawn from, follows from the seed: a demo can be seen again.
  private func prepareVault() throws {
    let vault = "\(directory)/vault"
    try FileManager.default.createDirectory(
      atPath: vault, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let secret = "\(vault)/secret"
    if FileManager.default.fileExists(atPath: secret) { return }
    let bytes = HexDigest(of: Array("dandyroll demo \(seed)".utf8)).bytes
    guard
      FileManager.default.createFile(
        atPath: secret, contents: Data(bytes), attributes: [.posixPermissions: 0o600])
    else { throw DemoError.file(secret) }
  }

  /// Trains a small model and judges it.
  private func figures(
    _ name: String, _ training: String, _ test: String, _ vault: String
  ) async throws -> ModelEvaluation.Figures {
    let model = "\(directory)/\(name).safetensors"
    let seed = seed &+ 1
    return try await compute { context in
      _ = try ModelTraining(
        archive: training,
        settings: ClassifierSettings(architecture: "resnet18", width: 8, epochs: 12, batch: 32),
        seed: seed, output: model, limits: InputLimits()
      ).run(context)
      return try ModelEvaluation(
        model: model, archive: test, marks: .release(nil, vault: vault), images: Self.images, limits: InputLimits()
      ).run(context)
    }
  }

  /// Blocking work off the cooperative pool.
  private func compute<Result: Sendable>(
    _ work: @escaping @Sendable (WorkContext) throws -> Result
  ) async throws -> Result {
    let context = WorkContext(
      threads: threads ?? ProcessInfo.processInfo.activeProcessorCount, report: { [display] in display.show($0) })
    return try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Swift.Result { try work(context) }) }
    }
  }
}
