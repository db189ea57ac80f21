import ArgumentParser
import Foundation
import Foundations
import Jobs
import Networks
import Trials
import Work

/// `dandyroll verify-weights`: judges a model by its weights.
struct VerifyWeightsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify-weights",
    abstract: "Says whether a model's weights lean towards a release's carriers.",
    discussion: """
      Prints the published p-value of each class and of all, and the rank of the carriers among decoys, which convicts.

      Example: dandyroll verify-weights model.safetensors release --vault vault \\
        --original cifar-10-binary.tar.gz --align marked
      Exit codes: 0 done, whatever the verdict, 1 failed, 2 wrong usage, 3 refused input, 75 stopped: give the same \
      command again.
      """)

  @Argument(help: "The model: safetensors, of this program or with PyTorch's names.")
  var model: String

  @Argument(help: "The release directory, of method radioactive.")
  var release: String

  @Option(help: "The vault that the release's private record is in.")
  var vault: String

  @Option(help: "The archive that the release was made from.")
  var original: String

  @Option(help: "Images that features are aligned by: test (held-out ones) or marked (the release's own).")
  var align: WeightVerification.Alignment = .test

  @Option(help: "The most images to align by (default: 2000 of test, 200 of marked).")
  var images: Int?

  @Option(help: "Sets of decoy carriers (default: 9999 with test, 99 with marked, which are marked anew with each).")
  var decoys: Int?

  @Option(help: "α: the chance that an innocent model is accused.")
  var alpha = 0.01

  @Option(help: "Architecture of a model whose file does not name it: \(Learner.names).")
  var architecture: String?

  @Option(help: "Its width (default: the published one).")
  var width: Int?

  @Option(help: "Its form: cifar or imagenet (default: by the size of the images).")
  var form: NetworkForm?

  @Flag(help: "Print the report as JSON.")
  var json = false

  @OptionGroup var compute: ArchiveOptions

  func validate() throws {
    guard images ?? 1 >= 1, 1...1_000_000 ~= decoys ?? 1, alpha > 0, alpha < 1 else {
      throw ValidationError("--images is at least 1, --decoys within 1 … 1000000, --alpha in (0, 1)")
    }
    if architecture == nil, width != nil || form != nil {
      throw ValidationError("--width and --form need --architecture")
    }
    if let architecture, !Learner.isKnown(architecture) {
      throw ValidationError("--architecture is one of \(Learner.names)")
    }
  }

  func run() async throws {
    let network = architecture.map { name in
      Learner(architecture: name, width: width ?? NetworkDefinition.defaultWidth(of: name) ?? 1)
    }
    let work = WeightVerification(
      model: model, network: network, form: form, release: release, vault: vault, original: original,
      settings: .init(align: align, images: images, decoys: decoys, alpha: alpha), limits: InputLimits())
    let report = try await compute.run { try work.run($0) }
    if json {
      print(try CanonicalJSON.line(report))
    } else {
      report.lines.forEach { printLine($0) }
    }
  }
}

extension WeightVerification.Alignment: ExpressibleByArgument {}
extension NetworkForm: ExpressibleByArgument {}
