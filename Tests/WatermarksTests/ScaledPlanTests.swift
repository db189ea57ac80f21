import Datasets
import Foundation
import Foundations
import Jobs
import Networks
import NeuralNet
import Testing

@testable import Watermarks

/// What paints pictures of other sizes than it has learned from.
@Suite struct ScaledPlanTests {
  private func network(side: Int, depth: Int = 2) throws -> Model {
    try Model(
      NetworkDefinition(
        architecture: "unet", width: 8, depth: depth,
        input: ImageShape(channels: 3, height: side, width: side), classes: 0), seed: 4)
  }

  /// Something to see at every scale.
  private func picture(_ shape: ImageShape, seed: UInt64 = 1) -> [UInt8] {
    var stream = RandomStream(seed: seed, stream: "picture")
    return (0..<shape.bytes).map { place in
      let (x, y) = (place % shape.width, place / shape.width % shape.height)
      let wave = sin(Double(x) * 0.07) + cos(Double(y) * 0.11) + sin(Double(x + 2 * y) * 0.9)
      return UInt8(clamping: Int(128 + 30 * wave) + stream.below(21) - 10)
    }
  }

  private func batch(_ shapes: [ImageShape]) -> MarkerBatch {
    MarkerBatch(indices: Array(shapes.indices), labels: shapes.map { _ in 0 }, shapes: shapes)
  }

  @Test func whatItHasLearnedFromIsPaintedAsItIs() throws {
    let network = try network(side: 32)
    let shape = network.definition.input
    let images = (1...5).flatMap { picture(shape, seed: $0) }
    let plan = try ScaledPlan.strengths(network, batch: 8, threads: 2)
    let expected = try PainterPlan(network, batch: 8, threads: 2).strengths(images, count: 5)
    #expect(try plan(images, batch([ImageShape](repeating: shape, count: 5))) == expected)
  }

  @Test(arguments: [(32, 1000), (1000, 32), (64, 900)], [1, 3])
  func tilesGiveWhatTheWholeGives(size: (Int, Int), depth: Int) throws {
    let network = try network(side: min(size.0, size.1), depth: depth)
    let shape = ImageShape(channels: 3, height: size.0, width: size.1)
    let image = picture(shape)
    let whole = try ScaledPlan.strengths(network, batch: 4, threads: 1, limit: .max)(image, batch([shape]))
    let tiled = try ScaledPlan.strengths(network, batch: 4, threads: 2, limit: 1 << 12)(image, batch([shape]))
    #expect(Set(whole).count > 3)
    #expect(zip(whole, tiled).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
  }

  /// Whatever is in its batch, and in whatever order, a picture is painted as alone.
  @Test func picturesOfManySizesArePaintedTogetherAsAlone() throws {
    let network = try network(side: 32)
    let shapes = [(32, 32), (40, 60), (33, 32), (60, 40), (80, 120), (32, 47), (20, 24), (41, 60), (32, 32)].map {
      ImageShape(channels: 3, height: $0, width: $1)
    }
    let images = shapes.enumerated().map { picture($1, seed: UInt64($0)) }
    let plan = try ScaledPlan.strengths(network, batch: 8, threads: 2)
    let together = try plan(images.flatMap(\.self), batch(shapes))
    let alone = try zip(images, shapes).flatMap { try plan($0, batch([$1])) }
    #expect(together == alone && together.count == shapes.reduce(0) { $0 + $1.bytes })
  }

  @Test(arguments: [ImageShape(channels: 3, height: 70, width: 90), ImageShape(channels: 3, height: 24, width: 200)])
  func aChangeThatIsEnlargedKeepsTheBudget(shape: ImageShape) throws {
    let epsilon = 8
    let plan = ScaledPlan.changes(by: try network(side: 24), epsilon: Float(epsilon) / 255, batch: 4, threads: 1)
    let changes = try plan(picture(shape), batch([shape])).map { Int($0) - 128 }
    #expect(changes.count == shape.bytes && changes.contains { $0 != 0 })
    #expect(changes.allSatisfy { abs($0) <= epsilon })
  }

  // MARK: - Carriers

  /// The share of an image's contrast that is a grating of these cycles a pixel, in whatever phase.
  private func contrast(_ image: [UInt8], _ shape: ImageShape, across: Double, down: Double) -> Double {
    var (real, imaginary, total) = (0.0, 0.0, 0.0)
    for y in 0..<shape.height {
      for x in 0..<shape.width {
        let value = Double(image[y * shape.width + x]) - 127.5
        let angle = 2 * Double.pi * (across * Double(x) + down * Double(y))
        real += value * cos(angle)
        imaginary += value * sin(angle)
        total += value * value
      }
    }
    return (real * real + imaginary * imaginary) / (total * Double(shape.width * shape.height))
  }

  /// A user scales a picture to the size that networks learn from, and finds the carrier that the book names.
  @Test(arguments: [(64, 64), (96, 131), (500, 375), (301, 224)])
  func aCarrierIsTheBooksOnceThePictureIsScaled(height: Int, width: Int) throws {
    let book = CarrierBook(
      spacing: 3.0 / 32, lowest: 10.0 / 32, hasDirections: false, colours: [.brightness], channels: 1)
    let seen = ImageShape(channels: 1, height: 64, width: 64)
    let shape = ImageShape(channels: 1, height: height, width: width)
    for entry in 0..<book.count {
      var plane: [UInt8] = []
      // An even lot: not mirrored.
      book[entry].append(
        lot: 0x3456_0000_0000_0000, shape: shape, scale: Double(seen.shorterSide) / Double(shape.shorterSide),
        to: &plane)
      let scaled = ImageResampling(from: shape, covering: seen)(plane, count: 1)
      let found = (0..<book.count).max { first, second in
        contrast(scaled, seen, across: book[first].across, down: book[first].down)
          < contrast(scaled, seen, across: book[second].across, down: book[second].down)
      }
      #expect(found == entry)
    }
  }

  @Test func aCarrierAtItsOwnScaleIsWhatItAlwaysWas() {
    let book = CarrierBook(CarrierForm(), channels: 3)
    let shape = ImageShape(channels: 3, height: 9, width: 13)
    var (plain, scaled): ([UInt8], [UInt8]) = ([1, 2], [1, 2])
    book[5].append(lot: 77, shape: shape, to: &plain)
    book[5].append(lot: 77, shape: shape, scale: 1, to: &scaled)
    #expect(plain == scaled && plain.count == 2 + shape.bytes && Array(plain.prefix(2)) == [1, 2])
  }
}
