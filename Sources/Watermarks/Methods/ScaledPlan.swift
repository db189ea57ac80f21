import Datasets
import Foundations
import Networks

/// A network that paints and has learned from images of one size, on pictures of any.
///
/// It is shown each picture whole, scaled until the shorter side is as long as on the images that it has learned from, and
/// what it gives is scaled back: so it judges what whoever trains at that size will see, and the work for a photograph is
/// that for an image of that size. Pictures that are as long scaled are done together; what is much longer than wide is
/// done in overlapping tiles.
final class ScaledPlan {
  /// Gives a value for each of (count, C, H, W).
  typealias Run = (_ images: [UInt8], _ count: Int) -> [UInt8]

  private let input: ImageShape
  /// Sides of what the network can halve are multiples of this.
  private let step: Int
  private let make: (ImageShape) throws -> Run
  /// Sides are filled up to a multiple of this, about a quarter of the shorter one, so that a few shapes do for all pictures.
  private let coarseStep: Int
  /// Those used last, by the shape of their images.
  private var runs: [(shape: ImageShape, run: Run)] = []
  private let limit: Int

  /// The largest image that is done whole, pixels, and the side of a tile of larger ones: at width 32 some 70 MB a thread.
  static let usualLimit = 1 << 17
  /// As much as this is ready for other shapes than the one that is run, pixels.
  private static let mostReady = 2 * usualLimit
  private static let tileSide = 384

  /// - Parameters:
  ///   - definition: of the network.
  ///   - limit: the largest image that is done whole, pixels.
  ///   - make: for images of a shape.
  init(_ definition: NetworkDefinition, limit: Int = usualLimit, make: @escaping (ImageShape) throws -> Run) {
    input = definition.input
    step = 1 << definition.depth
    var coarse = step
    while coarse < input.shorterSide / 4 { coarse *= 2 }
    coarseStep = coarse
    self.limit = limit
    self.make = make
  }

  /// A value for each of the batch's, in the same layout.
  /// - Throws: `NeuralNetError.noMemory`.
  func callAsFunction(_ pixels: [UInt8], _ batch: MarkerBatch) throws -> [UInt8] {
    if batch.shapes.allSatisfy({ $0 == input }) { return try run(for: input)(pixels, batch.count) }
    let copies = (0..<batch.count).map { position in
      ScaledCopy(pixels[batch.bytes(of: position)], batch.shapes[position], side: input.shorterSide)
    }
    // Tiles of one shape, whichever picture they are of, and where they belong.
    var tiles: [ImageShape: (images: [UInt8], places: [(copy: Int, tile: Tile)])] = [:]
    for (number, copy) in copies.enumerated() {
      for tile in self.tiles(of: copy.shape) {
        copy.append(tile, to: &tiles[tile.shape(channels: input.channels), default: ([], [])].images)
        tiles[tile.shape(channels: input.channels)]?.places.append((number, tile))
      }
    }
    var answers = copies.map { [UInt8](repeating: 0, count: $0.shape.bytes) }
    for (shape, (images, places)) in tiles.sorted(by: { ($0.key.height, $0.key.width) < ($1.key.height, $1.key.width) })
    {
      let values = try run(for: shape)(images, places.count)
      for (number, place) in places.enumerated() {
        place.tile.copy(
          values[number * shape.bytes..<(number + 1) * shape.bytes], to: &answers[place.copy], copies[place.copy].shape)
      }
    }
    var result: [UInt8] = []
    result.reserveCapacity(pixels.count)
    for (copy, answer) in zip(copies, answers) { result += copy.enlarged(answer) }
    return result
  }

  private func run(for shape: ImageShape) throws -> Run {
    if let known = runs.firstIndex(where: { $0.shape == shape }) {
      let found = runs.remove(at: known)
      runs.append(found)
      return found.run
    }
    while runs.reduce(0, { $0 + $1.shape.height * $1.shape.width }) > Self.mostReady { runs.removeFirst() }
    let run = try make(shape)
    runs.append((shape, run))
    return run
  }

  private func tiles(of shape: ImageShape) -> [Tile] {
    let height = filled(shape.height)
    let width = filled(shape.width)
    let largest = height * width > limit ? max(Self.tileSide, 3 * halo) : max(height, width)
    return Stretch.all(of: height, atMost: largest, halo: halo).flatMap { rows in
      Stretch.all(of: width, atMost: largest, halo: halo).map { Tile(rows: rows, columns: $0) }
    }
  }

  /// A side that the network can halve, at least as long: the image goes on in it as in a mirror.
  private func filled(_ side: Int) -> Int {
    if side == input.shorterSide, side % step == 0 { return side }
    return (side + coarseStep - 1) / coarseStep * coarseStep
  }

  /// As far as a value of a U-Net looks: two convolutions of 3×3 on each way at every halving, two at the bottom, and the
  /// halvings, 8 · 2^depth − 6 pixels in all. Of one that is deeper than 4 what is farther than this hardly counts.
  private var halo: Int { min(128, 8 * step) }
}

/// A part of a side that is done at once: what is shown of it, and what is kept.
private struct Stretch {
  let start: Int
  let length: Int
  let kept: Range<Int>

  /// Parts of equal length that show a halo around what is kept of them, except at the ends.
  static func all(of side: Int, atMost length: Int, halo: Int) -> [Stretch] {
    guard side > length else { return [Stretch(start: 0, length: side, kept: 0..<side)] }
    var parts: [Stretch] = []
    var kept = 0
    while kept < side {
      let start = min(max(0, kept - halo), side - length)
      let end = start + length == side ? side : start + length - halo
      parts.append(Stretch(start: start, length: length, kept: kept..<end))
      kept = end
    }
    return parts
  }
}

private struct Tile {
  let rows: Stretch
  let columns: Stretch

  func shape(channels: Int) -> ImageShape {
    ImageShape(channels: channels, height: rows.length, width: columns.length)
  }

  /// Puts what is kept of the tile's values in its place.
  func copy(_ values: ArraySlice<UInt8>, to image: inout [UInt8], _ shape: ImageShape) {
    let kept = columns.kept.clamped(to: 0..<shape.width)
    for channel in 0..<shape.channels {
      for row in rows.kept.clamped(to: 0..<shape.height) {
        let from =
          values.startIndex + (channel * rows.length + row - rows.start) * columns.length + kept.lowerBound
          - columns.start
        let to = (channel * shape.height + row) * shape.width + kept.lowerBound
        image.replaceSubrange(to..<to + kept.count, with: values[from..<from + kept.count])
      }
    }
  }
}

/// A picture at the size that a network has learned from.
private struct ScaledCopy {
  private let source: ImageShape
  let shape: ImageShape
  private let pixels: [UInt8]

  init(_ picture: ArraySlice<UInt8>, _ source: ImageShape, side: Int) {
    self.source = source
    func scaled(_ extent: Int) -> Int { max(side, extent * side / source.shorterSide) }
    shape = ImageShape(channels: source.channels, height: scaled(source.height), width: scaled(source.width))
    pixels =
      shape == source
      ? Array(picture)
      : ImageResampling(from: source, height: shape.height, width: shape.width)(Array(picture), count: 1)
  }

  /// Appends what a tile shows, (C, H, W).
  func append(_ tile: Tile, to images: inout [UInt8]) {
    let columns = (0..<tile.columns.length).map { Self.mirrored(tile.columns.start + $0, shape.width) }
    for channel in 0..<shape.channels {
      for row in 0..<tile.rows.length {
        let start = (channel * shape.height + Self.mirrored(tile.rows.start + row, shape.height)) * shape.width
        for column in columns { images.append(pixels[start + column]) }
      }
    }
  }

  private static func mirrored(_ place: Int, _ extent: Int) -> Int {
    let turn = place % (2 * extent)
    return turn < extent ? turn : 2 * extent - 1 - turn
  }

  /// Values of the copy at the picture's own size.
  func enlarged(_ values: [UInt8]) -> [UInt8] {
    shape == source
      ? values : ImageResampling(from: shape, height: source.height, width: source.width)(values, count: 1)
  }
}

extension ScaledPlan {
  /// How strongly each value may carry a mark, 255 for all of ε.
  static func strengths(_ painter: Model, batch: Int, threads: Int, limit: Int = usualLimit) throws -> ScaledPlan {
    let plan = ScaledPlan(painter.definition, limit: limit) { shape in
      let plan = try PainterPlan(
        painter.reading(shape), batch: Self.batch(batch, of: shape, threads: threads), threads: threads)
      return { plan.strengths($0, count: $1) }
    }
    // What is wrong with it is found before anything is painted.
    _ = try plan.run(for: painter.definition.input)
    return plan
  }

  /// What the values of pictures are changed by, 128 for nothing.
  static func changes(
    by generator: Model, epsilon: Float, batch: Int, threads: Int, limit: Int = usualLimit
  ) -> ScaledPlan {
    ScaledPlan(generator.definition, limit: limit) { shape in
      let plan = try GeneratorPlan(
        generator.reading(shape), epsilon: epsilon, batch: Self.batch(batch, of: shape, threads: threads),
        threads: threads)
      return { images, count in
        zip(images, plan.mark(images, count: count)).map { UInt8(clamping: 128 + Int($1) - Int($0)) }
      }
    }
  }

  /// As many images at once as a thread has memory for; it decides no result.
  private static func batch(_ batch: Int, of shape: ImageShape, threads: Int) -> Int {
    min(batch, threads * max(1, usualLimit / (shape.height * shape.width)))
  }
}
