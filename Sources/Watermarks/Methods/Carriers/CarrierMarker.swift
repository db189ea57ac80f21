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
  /// Of the images of a trial, at whose size carriers are what the book says. What is painted on a larger picture is that
  /// once its shorter side has been scaled to theirs.
  let shape: ImageShape
  /// How strongly each value of released samples is painted, in 1/255; nil for all of ε.
  let strengths: ((_ pixels: [UInt8], _ batch: MarkerBatch) throws -> [UInt8])?
  /// The carrier that a released sample shows, by its number in the order.
  let released: (_ sample: Int, _ label: Int) -> Int
  /// A random word that places a carrier on a sample, and its twin's.
  let placement: (_ carrier: Int, _ sample: Int) -> UInt64
  let twinPlacement: (_ carrier: Int, _ sample: Int) -> UInt64

  /// What limits a mark: a painter, or the least contrast that hides it; nil where nothing does.
  static func strengths(
    _ painter: Model?, leastContrast: Int?, batch: Int, threads: Int
  ) throws -> ((_ pixels: [UInt8], _ batch: MarkerBatch) throws -> [UInt8])? {
    if let painter { return try ScaledPlan.strengths(painter, batch: batch, threads: threads).callAsFunction }
    return leastContrast.map(LocalContrast.init(least:))?.strengths
  }

  func mark(_ pixels: [UInt8], _ batch: MarkerBatch) throws -> [UInt8] { try released(pixels, batch, placement) }

  /// The same, but for where each sample's carrier lies.
  func markTwins(_ pixels: [UInt8], _ batch: MarkerBatch) throws -> [UInt8]? {
    try released(pixels, batch, twinPlacement)
  }

  /// At full strength, whatever a painter would say.
  func mark(_ pixels: [UInt8], samples: [Int], carrier number: Int) -> [UInt8] {
    paint.mark(pixels, carriers: planes(samples.map { (number, $0, shape) }, placement))
  }

  private func released(
    _ pixels: [UInt8], _ batch: MarkerBatch, _ placement: (_ carrier: Int, _ sample: Int) -> UInt64
  ) throws -> [UInt8] {
    let shown = (0..<batch.count).map { position in
      let sample = batch.indices[position]
      return (released(sample, Int(batch.labels[position])), sample, batch.shapes[position])
    }
    let carriers = planes(shown, placement)
    guard let strengths else { return paint.mark(pixels, carriers: carriers) }
    return paint.mark(pixels, carriers: carriers, strengths: try strengths(pixels, batch))
  }

  private func planes(
    _ shown: [(carrier: Int, sample: Int, shape: ImageShape)], _ placement: (_ carrier: Int, _ sample: Int) -> UInt64
  ) -> [UInt8] {
    var planes: [UInt8] = []
    planes.reserveCapacity(shown.reduce(0) { $0 + $1.shape.bytes })
    for (number, sample, picture) in shown {
      book[order[number]].append(
        lot: placement(number, sample), shape: picture,
        scale: Double(shape.shorterSide) / Double(picture.shorterSide), to: &planes)
    }
    return planes
  }
}
