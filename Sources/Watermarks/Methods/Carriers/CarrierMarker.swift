import Datasets
import Foundations
import Networks
import NeuralNet

/// Carriers of one release's order on samples.
struct CarrierMarker: SampleMarker {
  let paint: CarrierPaint
  let book: CarrierBook
  /// Entries of the book in the release's order.
  let order: [Int]
  let shape: ImageShape
  /// What says how strongly each value of a released sample is painted; nil for all of ε.
  let painter: PainterPlan?
  /// The carrier that a released sample shows, by its number in the order.
  let released: (_ sample: Int, _ label: Int) -> Int
  /// A random word that places a carrier on a sample, and its twin's.
  let placement: (_ carrier: Int, _ sample: Int) -> UInt64
  let twinPlacement: (_ carrier: Int, _ sample: Int) -> UInt64

  func mark(_ pixels: [UInt8], _ batch: MarkerBatch) -> [UInt8] { released(pixels, batch, placement) }

  /// The same, but for where each sample's carrier lies.
  func markTwins(_ pixels: [UInt8], _ batch: MarkerBatch) -> [UInt8]? { released(pixels, batch, twinPlacement) }

  /// At full strength, whatever a painter would say.
  func mark(_ pixels: [UInt8], samples: [Int], carrier number: Int) -> [UInt8] {
    paint.mark(pixels, carriers: planes(samples.map { (number, $0) }, placement))
  }

  private func released(
    _ pixels: [UInt8], _ batch: MarkerBatch, _ placement: (_ carrier: Int, _ sample: Int) -> UInt64
  ) -> [UInt8] {
    let shown = zip(batch.indices, batch.labels).map { (released($0, Int($1)), $0) }
    let carriers = planes(shown, placement)
    guard let painter else { return paint.mark(pixels, carriers: carriers) }
    return paint.mark(pixels, carriers: carriers, strengths: painter.strengths(pixels, count: batch.count))
  }

  private func planes(
    _ shown: [(carrier: Int, sample: Int)], _ placement: (_ carrier: Int, _ sample: Int) -> UInt64
  ) -> [UInt8] {
    var planes: [UInt8] = []
    planes.reserveCapacity(shown.count * shape.count)
    for (number, sample) in shown {
      book[order[number]].append(lot: placement(number, sample), shape: shape, to: &planes)
    }
    return planes
  }
}
