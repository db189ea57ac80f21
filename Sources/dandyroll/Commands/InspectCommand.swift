import Archives
import ArgumentParser
import Datasets
import Foundation
import Foundations
import Jobs
import Releases

/// `dandyroll inspect`: what is in an archive, as text and as a contact sheet.
struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Says what an archive holds, and draws a contact sheet.",
    discussion: """
      The sheet has a row a class. With a release and its vault the sheet shows, from left to right, original, marked, and 16 times their difference.

      An archive is a file, a directory of files or of shards, or a NAME.ready list of shards beside it.

      Example: dandyroll inspect cifar-10-binary.tar.gz --png sheet.png
      Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused input, 75 stopped: give the same command again.
      """)

  @Argument(help: "The dataset (with --release: the one before marking).")
  var archive: String

  @Option(help: "The release directory that was made from the archive.")
  var release: String?

  @Option(help: "The vault that the release's private record is in.")
  var vault: String?

  @Option(help: "A PNG file to draw the contact sheet into.")
  var png: String?

  @OptionGroup var compute: ArchiveOptions

  func validate() throws {
    if (release == nil) != (vault == nil) { throw ValidationError("--release and --vault go together") }
    if release != nil && png == nil { throw ValidationError("--release is drawn: name a file with --png") }
  }

  func run() async throws {
    let inspection = Inspection(archive: archive, limits: InputLimits())
    let (png, pair) = (png, release.flatMap { release in vault.map { (directory: release, vault: $0) } })
    let survey = try await compute.run { try inspection.run(release: pair, png: png, $0) }
    printLine("layout   \(survey.layout.rawValue) in \(survey.container.rawValue)")
    printLine("as       \(survey.layout.summary)")
    if let reading = try DatasetSource(path: archive, limits: InputLimits()).reading {
      printLine("files    \(reading)")
    }
    printLine("images   \(survey.count) of \(survey.geometry), \(survey.classNames.count) classes")
    if survey.isResized { printLine("seen at  \(survey.shape), unless training-size says otherwise") }
    printLine("sha256   \(survey.digest)")
    for (label, name) in survey.classNames.enumerated() {
      printLine("class    \(label) \(name): \(survey.labels.count { Int($0) == label })")
    }
    for skipped in survey.skipped.prefix(100) { printLine("skipped  \(skipped.member): \(skipped.reason)") }
    if survey.skippedCount > 100 { printLine("skipped  \(survey.skippedCount - 100) more") }
    if !survey.repeated.isEmpty {
      printLine("note     not marked, as another image has the same pixels: \(survey.repeated.count)")
    }
    if !survey.faint.isEmpty {
      printLine("note     not marked, as they are nearly all transparent: \(survey.faint.count)")
    }
    let small = survey.indices(in: .train).count { !survey.hasDetail($0) }
    if small > 0 { printLine("note     not marked, as networks see them enlarged: \(small)") }
    if survey.classNames.count == 1 {
      printLine("note     one class only: put the images of each class into a folder of its own")
    }
    if let png { printLine("sheet    \(png)") }
  }
}
