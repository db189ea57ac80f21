import ArgumentParser
import Jobs

/// The files of LPIPS' weights, for commands that measure with it.
struct LPIPSOptions: ParsableArguments {
  @Option(help: "LPIPS' trunk: AlexNet, VGG-16 or SqueezeNet 1.1 under torchvision's names, safetensors.")
  var lpipsTrunk: String?

  @Option(help: "LPIPS' heads for that trunk, safetensors.")
  var lpipsHeads: String?

  func validate() throws {
    if (lpipsTrunk == nil) != (lpipsHeads == nil) {
      throw ValidationError("--lpips-trunk and --lpips-heads go together")
    }
  }

  var files: LPIPSFiles? {
    lpipsTrunk.flatMap { trunk in lpipsHeads.map { LPIPSFiles(trunk: trunk, heads: $0) } }
  }
}
