import Datasets
import Evidence
import Foundations
import Networks
import NeuralNet

/// The marks of `keyed`: carriers from a book, as strongly as ε or a painter allows.
/// - Source: METHODS §7
struct KeyedWatermark: Watermark {
  let keyed: KeyedDescription
  let book: CarrierBook
  let target: Int
  let epsilon: Int
  /// What says how strongly each value is painted, if it was trained to.
  let network: Model

  var claim: Claim { .targeted(at: target) }
  var budget: ChangeBudget { .linf(epsilon) }
  var key: KeySpace? { KeySpace(size: keyed.form.carriers, carriers: book.count, amplitude: keyed.amplitude) }

  func candidates(in survey: DatasetSurvey) -> [Int] { survey.indices(in: .train, label: target) }

  /// The hardest, if the generator ranked them in this very archive, or those that the committed coins draw.
  func choice(of count: Int, from candidates: [Int], source: HexDigest, secret: ReleaseSecret) -> [Int] {
    guard let hardest = keyed.hardest, hardest.archive == source.description else {
      return Coins(drawing: count, from: candidates, with: secret).marked
    }
    let known = Set(candidates)
    let ranked = hardest.indices.filter { known.contains($0) }
    // A surrogate may have learned from a part of the samples only; the rest follows in order.
    let rest = known.subtracting(ranked).sorted()
    return (ranked + rest).prefix(count).sorted()
  }

  func marker(_ secret: ReleaseSecret, amplitude: Int, batch: Int, threads: Int) throws -> any SampleMarker {
    CarrierMarker(
      paint: KeyedMarker(epsilon: epsilon, amplitude: amplitude), book: book, size: keyed.form.carriers,
      order: secret.carriers(book.count, of: book.count), secret: secret, shape: network.definition.input,
      painter: keyed.isPainted ? try PainterPlan(network, batch: batch, threads: threads) : nil)
  }
}

/// Carriers of one release's order on samples.
private struct CarrierMarker: SampleMarker {
  let paint: KeyedMarker
  let book: CarrierBook
  let size: Int
  let order: [Int]
  let secret: ReleaseSecret
  let shape: ImageShape
  let painter: PainterPlan?

  /// Each sample shows one of the key's carriers.
  func mark(_ pixels: [UInt8], samples: [Int]) -> [UInt8] { released(pixels, samples, secret.placement) }

  /// The same, but for where each sample's carrier lies.
  func markTwins(_ pixels: [UInt8], samples: [Int]) -> [UInt8]? { released(pixels, samples, secret.twinPlacement) }

  /// At full strength, whatever a painter would say.
  func mark(_ pixels: [UInt8], samples: [Int], carrier number: Int) -> [UInt8] {
    paint.mark(pixels, carriers: planes(samples, { _ in number }, secret.placement))
  }

  private func released(
    _ pixels: [UInt8], _ samples: [Int], _ placement: (_ carrier: Int, _ sample: Int) -> UInt64
  ) -> [UInt8] {
    let carriers = planes(samples, { secret.carrier(ofSample: $0, among: size) }, placement)
    guard let painter else { return paint.mark(pixels, carriers: carriers) }
    return paint.mark(pixels, carriers: carriers, strengths: painter.strengths(pixels, count: samples.count))
  }

  private func planes(
    _ samples: [Int], _ carrier: (Int) -> Int, _ placement: (_ carrier: Int, _ sample: Int) -> UInt64
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
