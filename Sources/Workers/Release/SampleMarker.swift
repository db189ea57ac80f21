import Evidence
import NeuralNet
import Watermarks

/// Puts a release's mark on samples, whatever its generator's objective; for keyed marks also the marks of decoy keys.
final class SampleMarker {
  private enum Method {
    case paper(GeneratorPlan)
    case keyed(KeyedMarker, KeyedSettings)
  }

  private let method: Method
  private let secret: ReleaseSecret
  private let shape: NeuralNet.ImageShape

  /// - Parameters:
  ///   - amplitude: multiples of ε; 1 for what is released.
  ///   - batch: images in one pass; the marks do not depend on it.
  init(_ generator: Generator, secret: ReleaseSecret, amplitude: Int = 1, batch: Int, threads: Int) throws {
    self.secret = secret
    shape = generator.network.definition.input
    if let keyed = generator.description.keyed {
      method = .keyed(
        KeyedMarker(epsilon: generator.description.epsilon, amplitude: amplitude), keyed)
    } else {
      precondition(amplitude == 1, "the paper's marks have one amplitude")
      method = .paper(try generator.plan(batch: batch, threads: threads))
    }
  }

  /// Marks the pixels, (samples, C, H, W).
  /// - Parameters:
  ///   - samples: indices in the archive; a keyed carrier lies differently on each.
  ///   - carrier: 0 for the release's own key, from 1 for decoys.
  func mark(_ pixels: [UInt8], samples: [Int], carrier number: Int = 0) -> [UInt8] {
    switch method {
    case .paper(let plan):
      precondition(number == 0, "the paper's marks have no decoy keys")
      return plan.mark(pixels, count: samples.count)
    case .keyed(let marker, let settings):
      let carrier = Carrier(
        key: secret.carrierKey(number, words: settings.form.words), channels: shape.channels, form: settings.form)
      var planes: [UInt8] = []
      planes.reserveCapacity(pixels.count)
      for sample in samples {
        carrier.append(secret.carrierLots(number, sample: sample), shape: shape, to: &planes)
      }
      return marker.mark(pixels, carriers: planes)
    }
  }
}
