import ArgumentParser
import Foundation
import Foundations
import Jobs
import Releases

/// `dandyroll release`: marks an archive; `release verify` checks one.
struct ReleaseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "release", abstract: "Makes a watermarked release of a dataset, or verifies one.",
    subcommands: [Make.self, Verify.self], defaultSubcommand: Make.self)

  struct Make: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "make",
      abstract: "Streams an archive through a generator into a release directory (the default subcommand).",
      discussion: """
        Example: dandyroll release cifar-10-binary.tar.gz \\
          --generator cars.safetensors --out release-cifar10-1
        Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused input, 75 stopped: give the same command again.
        """)

    @Argument(help: "The dataset: an archive, a directory, or a list of shards.")
    var archive: String

    @Option(help: "The trained generator.")
    var generator: String

    @Option(
      name: .customLong("out"),
      help: "The release directory to make; release-NAME-N makes version N of NAME (default: 1, of the archive's name)."
    )
    var output: String

    @Option(help: "Where the private record goes (default: OUT.vault).")
    var vault: String?

    @Option(
      help: """
        How much to mark: "0.5" or "50%" of what may be marked, such as a target class, or "10% of dataset" (default: the \
        method's, see methods).
        """)
    var rate: String?

    @Option(help: "Tells releases of one archive apart (default: drawn); no mark can be told by it without the vault.")
    var seed: UInt64?

    @Flag(help: "Keep the names of JPEG files that become PNG files (default: they end in .png).")
    var keepNames = false

    @Option(help: "Write marked JPEG files as JPEG of this quality, 1 to 100 (default: as PNG, exactly).")
    var jpegQuality: Int?

    @Flag(help: "Write every image file anew, so that none tells whether it is marked (default: only marked ones).")
    var rewriteAll = false

    @OptionGroup var terms: TermsOptions

    @OptionGroup var lpips: LPIPSOptions

    @OptionGroup var compute: ArchiveOptions

    func validate() throws {
      if let jpegQuality, !(1...100).contains(jpegQuality) { throw ValidationError("--jpeg-quality is 1 to 100") }
      // What is published must not hold what is secret.
      let (outside, inside) = (Self.absolute(output), Self.absolute(vault ?? output + ".vault"))
      if (inside + "/").hasPrefix(outside + "/") || (outside + "/").hasPrefix(inside + "/") {
        throw ValidationError("--vault and --out must not lie in each other")
      }
    }

    private static func absolute(_ path: String) -> String {
      URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
    }

    func run() async throws {
      let share = try rate.map { text in
        guard let share = MarkingRate(text) else {
          throw UsageError("--rate “\(text)”: a share in (0, 1], see --help")
        }
        return share
      }
      let directory = output.count > 1 && output.hasSuffix("/") ? String(output.dropLast()) : output
      let work = ReleaseInPlace(
        archive: archive, generator: generator, directory: directory, vault: vault ?? directory + ".vault", rate: share,
        seed: seed ?? .random(in: 0...UInt64(Int64.max)),
        images: ImageWriting(keepsNames: keepNames, jpegQuality: jpegQuality, rewritesAll: rewriteAll),
        terms: terms.terms, lpips: lpips.files, limits: InputLimits(), created: Int(Date().timeIntervalSince1970))
      let result = try await compute.run { try work.run($0) }
      printLine("release  \(result.directory)")
      printLine("sha256   \(result.archiveDigest)")
      printLine("samples  \(result.samples), of which marked \(result.markedSamples)")
      if result.changesLabels == true {
        printLine("labels   marked samples may have other classes than in the archive; release.json says so")
      }
      if let quality = result.quality, let psnr = quality["psnr"], let change = quality["largestChange"] {
        let figures = [("ssim", "SSIM"), ("lpips", "LPIPS"), ("featureDistance", "feature distance")]
        let others = figures.compactMap { key, name in quality[key].map { String(format: ", \(name) %.4f", $0) } }
        printLine(
          "quality  PSNR \(String(format: "%.2f", psnr)) dB, largest change \(Int(change))/255\(others.joined())")
        if let jpeg = quality["jpegQuality"] {
          printLine("         measured after JPEG compression of quality \(Int(jpeg)), which does not keep to ε")
        }
      }
      if result.skippedSamples > 0 {
        printLine("skipped  \(result.skippedSamples) image files that are not read, copied as they were")
        for file in (result.skipped ?? []).prefix(10) { printLine("         \(file.member): \(file.reason)") }
      }
    }
  }

  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Checks a release: digests; with its vault the commitment; with the original labels, ε and bytes.",
      discussion: """
        Example: dandyroll release verify release-cifar-10-1 --vault vault \\
          --original cifar-10-binary.tar.gz --owner-key owner.pub
        Exit codes: 0 everything holds, 1 something does not or cannot be read, 2 wrong usage, 3 no release, 75 stopped: \
        give the same command again.
        """)

    @Argument(help: "The release directory.")
    var directory: String

    @Option(help: "The vault that the release's private record is in.")
    var vault: String?

    @Option(help: "The archive before marking.")
    var original: String?

    @Option(help: "The owner's public key, which must have signed what the release says of itself.")
    var ownerKey: String?

    @Flag(help: "Print the checks as JSON.")
    var json = false

    @OptionGroup var compute: ArchiveOptions

    func run() async throws {
      let (directory, vault, original, ownerKey) = (directory, vault, original, ownerKey)
      let verification = try await compute.run { context in
        try ReleaseVerification(
          directory: directory, vault: vault, original: original, ownerKey: ownerKey, limits: InputLimits(), context)
      }
      if json {
        print(try CanonicalJSON.line(verification))
      } else {
        for check in verification.checks {
          printLine(
            "\(check.holds ? "ok    " : "FAILED") \(check.rule)\(check.detail.isEmpty ? "" : ": \(check.detail)")")
        }
        switch verification.signature {
        case .none where ownerKey == nil: printLine("note   release.json is not signed")
        case .unchecked: printLine("note   release.json is signed; --owner-key tells whether by its owner")
        default: break
        }
      }
      if !verification.holds { throw ExitCode(1) }
    }
  }
}
