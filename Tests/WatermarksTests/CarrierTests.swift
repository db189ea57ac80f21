import Datasets
import Evidence
import Foundation
import Foundations
import Networks
import NeuralNet
import Testing

@testable import Watermarks

@Suite struct CarrierTests {
  private let shape = ImageShape(channels: 3, height: 32, width: 32)
  private let book = CarrierBook(CarrierForm(), channels: 3)
  private let greyBook = CarrierBook(CarrierForm(hasDirections: true), channels: 1)

  private func planes(_ entry: Int, lot: UInt64) -> [UInt8] {
    var planes: [UInt8] = []
    book[entry].append(lot: lot, shape: shape, to: &planes)
    return planes
  }

  @Test func aBookHoldsFourColoursOfTwentyFourGratingsAndTwoDirectionsForGreyImages() {
    #expect(book.count == 96)
    #expect(greyBook.count == 48)
    #expect(CarrierBook(CarrierForm(), channels: 1).count == 24)
  }

  /// A key that was drawn from a book of 24 stays the key that it was.
  @Test func aFormFromBeforeThereWereDirectionsHasNone() throws {
    let text = #"{"carriers":2,"lowest":0.140625,"spacing":0.09375}"#
    #expect(try JSONDecoder().decode(CarrierForm.self, from: Data(text.utf8)) == CarrierForm())
    let form = CarrierForm(hasDirections: true)
    #expect(try JSONDecoder().decode(CarrierForm.self, from: JSONEncoder().encode(form)) == form)
  }

  @Test func aMirrorImageIsTheSameCarrierUnlessTheBookHasDirections() {
    let grey = ImageShape(channels: 1, height: 32, width: 32)
    func mirrored(_ planes: [UInt8]) -> [UInt8] {
      (0..<planes.count / 32).flatMap { row in planes[row * 32..<(row + 1) * 32].reversed() }
    }
    func shows(_ carrier: Carrier, _ planes: [UInt8], _ shape: ImageShape) -> Bool {
      (0..<128).contains { lot in
        var other: [UInt8] = []
        carrier.append(lot: UInt64(lot >> 1) << 58 | UInt64(lot & 1), shape: shape, to: &other)
        return Double(zip(planes, other).count { $0 == $1 }) / Double(planes.count) > 0.9
      }
    }
    for entry in stride(from: 0, to: 48, by: 5) {
      #expect(shows(book[entry], mirrored(planes(entry, lot: 5 << 60)), shape))
      var planes: [UInt8] = []
      greyBook[entry].append(lot: 5 << 60, shape: grey, to: &planes)
      #expect(shows(greyBook[entry], planes, grey) && !shows(greyBook[entry], mirrored(planes), grey))
      // The directions of one grating are neighbours in the book.
      #expect(shows(greyBook[entry ^ 1], mirrored(planes), grey))
    }
  }

  @Test func oneEntryAndLotAlwaysGiveTheSameCarrier() {
    #expect(planes(1, lot: 7) == planes(1, lot: 7))
    #expect(planes(1, lot: 7) != planes(1, lot: 1 << 63))
    #expect(planes(1, lot: 7).count == shape.count)
  }

  @Test func halfOfACarrierIsPositive() {
    for entry in 0..<book.count {
      let carrier = planes(entry, lot: 0x1234_5678_9abc_def0)
      let share = Double(carrier.count { $0 == 255 }) / Double(carrier.count)
      #expect(abs(share - 0.5) < 0.2)
      #expect(carrier.allSatisfy { $0 == 0 || $0 == 255 })
    }
  }

  /// The mean over samples is what an adversary who averages the marked class sees.
  @Test func theMeanOverSamplesShowsNothing() {
    var sums = [Int](repeating: 0, count: shape.count)
    let samples = 2000
    var stream = RandomStream(seed: 5)
    for _ in 0..<samples {
      let carrier = planes(17, lot: stream.next())
      for index in sums.indices { sums[index] += carrier[index] == 255 ? 1 : -1 }
    }
    // Signs at random have a mean square of 1/samples; a carrier without phases would have 1.
    let meanSquare = sums.reduce(0.0) { $0 + Double($1 * $1) } / Double(shape.count * samples * samples)
    #expect(meanSquare < 3 / Double(samples))
  }

  /// However two entries lie on an image, they have little in common: the strongest product over 8 phases of each.
  @Test func entriesOfTheBookAreFarApart() {
    func strongest(_ left: Int, _ right: Int) -> Double {
      var strongest = 0.0
      for phase in 0..<8 {
        for mirror: UInt64 in 0...1 {
          let other = planes(right, lot: UInt64(phase) << 61 | mirror)
          let agreement = zip(planes(left, lot: 0), other).reduce(0) { $0 + ($1.0 == $1.1 ? 1 : -1) }
          strongest = max(strongest, abs(Double(agreement)) / Double(other.count))
        }
      }
      return strongest
    }
    #expect(strongest(20, 20) == 1)
    for other in 0..<book.count where other != 20 { #expect(strongest(20, other) < 0.5) }
  }

  @Test func aMarkKeepsItsBudgetAndClips() {
    let marker = CarrierPaint(epsilon: 8, amplitude: 1)
    #expect(marker.mark([0, 255, 100, 100], carriers: [0, 255, 0, 255]) == [0, 255, 92, 108])
    #expect(CarrierPaint(epsilon: 8, amplitude: 3).mark([100], carriers: [255]) == [124])
  }

  @Test func aPaintedMarkIsNeverStrongerThanItsBudget() {
    let marker = CarrierPaint(epsilon: 8, amplitude: 1)
    let strengths = (0...255).map { UInt8($0) }
    let grey = [UInt8](repeating: 100, count: 256)
    let marked = marker.mark(grey, carriers: [UInt8](repeating: 255, count: 256), strengths: strengths)
    for (strength, value) in zip(strengths, marked) {
      #expect(Int(value) == 100 + Int((8 * Double(strength) / 255).rounded()))
    }
    #expect(marker.mark([3], carriers: [0], strengths: [255]) == [0])
  }

  /// A disk on empty paper: no mark on the paper, none inside the disk, all of ε along its edge.
  @Test(arguments: [1, 3]) func aMarkOnContrastLeavesEmptyGroundAlone(channels: Int) {
    let shapes = [
      ImageShape(channels: channels, height: 12, width: 17), ImageShape(channels: channels, height: 9, width: 8),
    ]
    let pictures = shapes.map { shape in
      (0..<channels).flatMap { channel in
        (0..<shape.height).flatMap { row in
          (0..<shape.width).map { column -> UInt8 in
            let isInside = (row - 4) * (row - 4) + (column - 4) * (column - 4) <= 9
            // Of colours one channel alone shows the disk.
            return channel == channels - 1 && isInside ? 32 : 20
          }
        }
      }
    }
    let batch = MarkerBatch(indices: [0, 1], labels: [0, 0], shapes: shapes)
    let strengths = LocalContrast(hiding: 8).strengths(pictures.flatMap(\.self), batch)
    var start = 0
    for (picture, shape) in zip(pictures, shapes) {
      let shown = picture.suffix(shape.height * shape.width).map { $0 }
      for row in 0..<shape.height {
        for column in 0..<shape.width {
          var around: [UInt8] = []
          for y in max(0, row - 1)...min(shape.height - 1, row + 1) {
            for x in max(0, column - 1)...min(shape.width - 1, column + 1) { around.append(shown[y * shape.width + x]) }
          }
          let isEdge = Set(around).count > 1
          for channel in 0..<channels {
            let place = (channel * shape.height + row) * shape.width + column
            #expect(strengths[start + place] == (isEdge ? 255 : 0))
          }
        }
      }
      start += picture.count
    }
    #expect(start == strengths.count && strengths.contains(255) && strengths.contains(0))
    // A difference that a mark of ε would not hide in.
    #expect(LocalContrast(hiding: 9).strengths(pictures.flatMap(\.self), batch).allSatisfy { $0 == 0 })
  }

  @Test func refusesAGeneratorFileWithAnImpossibleCarrier() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("carrier-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    for (carriers, spacing, amplitude) in [
      (1, 0.1, 32), (0, 0.1, 2), (5, 0.1, 2), (1, 0, 2), (1, 0.3, 2), (1, 0.1, 0), (1, 0.1, 33), (1, 0.1, .max),
    ] {
      var form = CarrierForm()
      form.carriers = carriers
      form.spacing = spacing
      let network = try Model(
        NetworkDefinition(architecture: "unet", width: 8, depth: 1, input: shape, classes: 0), seed: 1)
      let description = GeneratorDescription(
        epsilon: 8, target: 1, named: "b", objective: "keyed",
        keyed: KeyedDescription(form: form, amplitude: amplitude),
        settings: SSCLBWSettings(
          width: 8, depth: 1, steps: 1, batch: 2, epsilon: 8, targetWeight: 1, nonTargetWeight: 1, perceptualWeight: 1),
        seed: 1, metrics: [:])
      try network.save(
        to: path,
        metadata: [
          "format": Generator.format, "classes": #"["a","b"]"#,
          "generator": String(decoding: JSONEncoder().encode(description), as: UTF8.self),
        ])
      if (carriers, spacing, amplitude) == (1, 0.1, 32) {
        let key = try #require(try Generator(contentsOf: path).watermark.key(of: .targeted(at: 1)))
        #expect(key.size == 1 && key.amplitude == 32 && key.mostDecoys > 0)
      } else {
        #expect(throws: WatermarkError.self) { try Generator(contentsOf: path) }
      }
    }
  }
}
