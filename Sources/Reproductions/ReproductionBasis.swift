import Evidence
import Foundation
import Foundations
import Jobs
import NeuralNet
import Work

/// What all files of a reproduction's directory were made for: `reproduction.json` in it.
struct ReproductionBasis: Codable, Equatable {
  var program: String
  /// Version of what trainings compute; nil in directories from before there was one.
  var numerics: Int? = Numerics.version
  var archive: HexDigest
  var settings: PaperSettings
  var seed: UInt64

  /// Binds a new directory to this, or checks that it is.
  /// - Throws: `WorkError.otherWork` if the directory was made for something else, `malformed` if that cannot be read.
  func bind(_ directory: String) throws {
    let path = "\(directory)/reproduction.json"
    guard let data = FileManager.default.contents(atPath: path) else {
      return try DurableFile(path).replace(with: try CanonicalJSON.document(self))
    }
    let kept: Self
    do { kept = try CanonicalJSON.decode(Self.self, from: data) } catch {
      throw WorkError.malformed(path: path, reason: "it does not say what the directory was made for")
    }
    guard kept != self else { return }
    throw WorkError.otherWork(path: directory, reason: difference(from: kept))
  }

  private func difference(from kept: Self) -> String {
    if kept.archive != archive { return "it was made from other data" }
    if kept.seed != seed { return "it has seed \(kept.seed)" }
    let lpips = SharedSettings.lpips
    if kept.settings.method[lpips] != settings.method[lpips] {
      return "it was made with other weights of LPIPS, or none"
    }
    if kept.settings != settings { return "it has another scale" }
    return "version \(kept.program) made it"
  }
}
