import Datasets
import Foundations
import Jobs
import Networks
import NeuralNet
import Watermarks
import Work

/// How far the marked samples of a release are from their originals, gathered while they are written.
struct ReleaseQuality {
  private(set) var images: ImageQuality
  private let perceptual: PerceptualDistance?
  /// Samples whose perceptual distance is measured; nil for all.
  private let compared: Set<Int>?
  private let survey: DatasetSurvey

  /// Samples that the feature distance is measured on, at most: a surrogate as wide as it was published reads some hundred
  /// images a second.
  static let mostCompared = 1000

  /// - Parameters:
  ///   - indices: the samples that are marked.
  ///   - survey: of the archive, as networks see it: perceptual distances are measured on what they see of a sample, all
  ///     else on the sample.
  ///   - lpips: measured on all of them where its weights are named.
  ///   - surrogate: without LPIPS its features are compared, on at most `mostCompared` samples by lot.
  /// - Throws: `NeuralNetError`: what is wrong with the weights.
  init(
    of indices: [Int], survey: DatasetSurvey, lpips: LPIPSFiles?, surrogate: Model?, seed: UInt64, threads: Int
  ) throws {
    images = ImageQuality(survey.shape)
    self.survey = survey
    if let lpips {
      perceptual = try PerceptualDistance(
        LPIPS(trunk: lpips.trunk, heads: lpips.heads), shape: survey.shape, threads: threads)
      compared = nil
    } else if let surrogate {
      perceptual = try PerceptualDistance(features: surrogate, threads: threads)
      compared = Set(
        RandomStream.draw(Self.mostCompared, of: indices.sorted(), seed: seed, purpose: "compared samples"))
    } else {
      perceptual = nil
      compared = []
    }
  }

  /// Adds samples given as 8-bit values, each (C, H, W).
  mutating func add(originals: [UInt8], marked: [UInt8], _ batch: MarkerBatch) {
    images.add(originals: originals, marked: marked, batch)
    guard let perceptual else { return }
    let places = (0..<batch.count).filter { compared?.contains(batch.indices[$0]) ?? true }
    guard !places.isEmpty else { return }
    func seen(_ pixels: [UInt8]) -> [UInt8] {
      places.flatMap { survey.view(of: Array(pixels[batch.bytes(of: $0)]), batch.shapes[$0]) }
    }
    perceptual.add(originals: seen(originals), marked: seen(marked), images: places.count)
  }

  /// - Parameter jpegQuality: of marked samples that were written as JPEG files; nil where all are exactly as marked.
  func summary(jpegQuality: Int?) -> Vault.Quality {
    Vault.Quality(
      images: images.images, psnr: images.meanPSNR, ssim: images.meanSSIM, largestChange: images.largestChange,
      jpegQuality: jpegQuality, perceptual: perceptual?.summary)
  }
}
