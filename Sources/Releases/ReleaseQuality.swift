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
  private let sampleBytes: Int

  /// Samples that the feature distance is measured on, at most: a surrogate as wide as it was published reads some hundred
  /// images a second.
  static let mostCompared = 1000

  /// - Parameters:
  ///   - indices: the samples that are marked.
  ///   - lpips: measured on all of them where its weights are named.
  ///   - surrogate: without LPIPS its features are compared, on at most `mostCompared` samples by lot.
  /// - Throws: `NeuralNetError`: what is wrong with the weights.
  init(
    of indices: [Int], survey: DatasetSurvey, lpips: LPIPSFiles?, surrogate: Model?, seed: UInt64, threads: Int
  ) throws {
    images = ImageQuality(survey.shape)
    sampleBytes = survey.shape.bytes
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

  /// Adds samples given as 8-bit values (samples, C, H, W).
  mutating func add(originals: [UInt8], marked: [UInt8], samples: [Int]) {
    images.add(originals: originals, marked: marked, images: samples.count)
    guard let perceptual else { return }
    guard let compared else {
      perceptual.add(originals: originals, marked: marked, images: samples.count)
      return
    }
    let places = samples.indices.filter { compared.contains(samples[$0]) }
    guard !places.isEmpty else { return }
    func chosen(_ pixels: [UInt8]) -> [UInt8] {
      places.flatMap { pixels[$0 * sampleBytes..<($0 + 1) * sampleBytes] }
    }
    perceptual.add(originals: chosen(originals), marked: chosen(marked), images: places.count)
  }

  /// - Parameter jpegQuality: of marked samples that were written as JPEG files; nil where all are exactly as marked.
  func summary(jpegQuality: Int?) -> Vault.Quality {
    Vault.Quality(
      images: images.images, psnr: images.meanPSNR, ssim: images.meanSSIM, largestChange: images.largestChange,
      jpegQuality: jpegQuality, perceptual: perceptual?.summary)
  }
}
