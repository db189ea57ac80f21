package import Evidence
import Foundations
import Networks
package import Watermarks

/// Puts a release's marks on samples, whatever its generator's objective; for keyed marks also those of decoy carriers.
package final class SampleMarker {
  private enum Method {
    case paper(GeneratorPlan)
    case keyed(KeyedMarker, CarrierBook, order: [Int], PainterPlan?)
  }

  private let method: Method
  private let secret: ReleaseSecret
  private let shape: ImageShape
  /// G, carriers of the release's key: numbers from 0; decoys follow. The paper's marks count as one.
  package let keySize: Int

  /// - Parameters:
  ///   - amplitude: multiples of ε; 1 for what is released.
  ///   - batch: images in one pass; the marks do not depend on it.
  package init(_ generator: Generator, secret: ReleaseSecret, amplitude: Int = 1, batch: Int, threads: Int) throws {
    self.secret = secret
    shape = generator.network.definition.input
    if let keyed = generator.description.keyed {
      let book = CarrierBook(keyed.form, channels: shape.channels)
      keySize = keyed.form.carriers
      method = .keyed(
        KeyedMarker(epsilon: generator.description.epsilon, amplitude: amplitude), book,
        order: secret.carriers(book.count, of: book.count), try generator.painter(batch: batch, threads: threads))
    } else {
      precondition(amplitude == 1, "the paper's marks have one amplitude")
      keySize = 1
      method = .paper(try generator.plan(batch: batch, threads: threads))
    }
  }

  /// Decoy carriers that questions can be asked about.
  package var mostDecoys: Int {
    switch method {
    case .paper: 0
    case .keyed(_, let book, _, _): book.count - keySize
    }
  }

  /// What is released: each sample shows one of the key's carriers.
  /// - Parameters:
  ///   - pixels: (samples, C, H, W).
  ///   - samples: indices in the archive; a carrier lies differently on each.
  package func mark(_ pixels: [UInt8], samples: [Int]) -> [UInt8] {
    switch method {
    case .paper(let plan): plan.mark(pixels, count: samples.count)
    case .keyed(let marker, let book, let order, let painter):
      paint(pixels, samples, marker, painter, planes(book, order, samples, own, secret.placement))
    }
  }

  /// What might have been released just as well: the same, but for where each sample's carrier lies. Nil for the paper's
  /// marks, which have nothing to draw.
  /// - Source: METHODS §5.2
  package func markTwins(_ pixels: [UInt8], samples: [Int]) -> [UInt8]? {
    switch method {
    case .paper: nil
    case .keyed(let marker, let book, let order, let painter):
      paint(pixels, samples, marker, painter, planes(book, order, samples, own, secret.twinPlacement))
    }
  }

  /// A question: the samples under one carrier at full strength, the key's own below `keySize`, decoys from there.
  package func mark(_ pixels: [UInt8], samples: [Int], carrier number: Int) -> [UInt8] {
    switch method {
    case .paper(let plan): return plan.mark(pixels, count: samples.count)
    case .keyed(let marker, let book, let order, _):
      let carriers = planes(book, order, samples, { _ in number }, secret.placement)
      return marker.mark(pixels, carriers: carriers)
    }
  }

  /// Which of the key's carriers a released sample shows.
  private func own(_ sample: Int) -> Int { secret.carrier(ofSample: sample, among: keySize) }

  private func paint(
    _ pixels: [UInt8], _ samples: [Int], _ marker: KeyedMarker, _ painter: PainterPlan?, _ carriers: [UInt8]
  ) -> [UInt8] {
    guard let painter else { return marker.mark(pixels, carriers: carriers) }
    let strengths = painter.strengths(pixels, count: samples.count)
    return marker.mark(pixels, carriers: carriers, strengths: strengths)
  }

  private func planes(
    _ book: CarrierBook, _ order: [Int], _ samples: [Int], _ carrier: (Int) -> Int,
    _ placement: (_ carrier: Int, _ sample: Int) -> UInt64
  ) -> [UInt8] {
    var planes: [UInt8] = []
    planes.reserveCapacity(samples.count * shape.count)
    for sample in samples {
      let number = carrier(sample)
      book[order[number]].append(lot: placement(number, sample), shape: shape, to: &planes)
    }
    return planes
  }
}
