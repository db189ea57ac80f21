import Datasets
import Evidence
import Foundation
import Foundations
import Networks
import NeuralNet
import Testing

@testable import Watermarks

@Suite struct AssignmentTests {
  private let shape = ImageShape(channels: 3, height: 32, width: 32)

  private func watermark(
    classes: Int = 0, of all: Int = 10, hardest: HardestSamples? = nil, colours: [CarrierBook.Colour] = [.brightness],
    leastContrast: Int? = nil
  ) -> AssignmentWatermark {
    let description = AssignmentDescription(
      epsilon: 8, form: AssignmentForm(hasDirections: false, colours: colours), classes: classes, amplitude: 1,
      isPainted: false, leastContrast: leastContrast, hardest: hardest,
      settings: SSCLBWSettings(
        width: 8, depth: 1, steps: 1, batch: 2, epsilon: 8, targetWeight: 1, nonTargetWeight: 1, perceptualWeight: 1),
      seed: 1)
    return AssignmentWatermark(
      description: description, classes: all, book: description.form.book(channels: 3), shape: shape, network: nil)
  }

  private func secret(_ number: UInt64) -> ReleaseSecret {
    let digest = HexDigest(of: [])
    return ReleaseSecret(key: digest, generator: digest, source: digest, seed: number)
  }

  /// `sizes[c]` samples of each class c, one after the other in turns.
  private func request(_ count: Int, sizes: [Int], secret number: UInt64 = 1) -> ReleaseRequest {
    var left = sizes
    var labels: [UInt16] = []
    while left.contains(where: { $0 > 0 }) {
      for label in left.indices where left[label] > 0 {
        labels.append(UInt16(label))
        left[label] -= 1
      }
    }
    return ReleaseRequest(
      count: count, candidates: Array(labels.indices), source: HexDigest(of: []), labels: labels,
      secret: secret(number))
  }

  private func assigned(_ plan: ReleasePlan) throws -> [Int] {
    guard case .assignment(let classes) = plan.claim else { throw WatermarkError.otherClaim(method: "another") }
    return classes
  }

  @Test func theBookHasGratingsOfShortPeriods() {
    #expect(watermark().book.count == 17)
    #expect(watermark(colours: [.brightness, .yellowBlue]).book.count == 34)
    #expect(AssignmentForm(hasDirections: true, colours: [.brightness]).book(channels: 1).count == 34)
  }

  @Test func everyMarkedClassGivesItsShare() throws {
    for (count, classes) in [(1251, 5), (2500, 10), (5000, 10), (103, 5)] {
      let request = request(count, sizes: [Int](repeating: 600, count: 10))
      let plan = try watermark().plan(request)
      let counts = Dictionary(grouping: plan.samples) { Int(request.labels[$0]) }.mapValues(\.count)
      #expect(Set(try assigned(plan)) == Set(counts.keys) && counts.count == classes)
      #expect(plan.samples.count == count && plan.samples == plan.samples.sorted())
      #expect(counts.values.allSatisfy { $0 == count / classes || $0 == count / classes + 1 })
    }
  }

  /// With 3 of 6 classes each is among them in half of the secrets, and first in a sixth.
  @Test func theSecretDrawsTheClasses() throws {
    var drawn = [Int](repeating: 0, count: 6)
    var first = drawn
    for number in 0..<600 {
      let plan = try watermark(classes: 3, of: 6).plan(
        request(30, sizes: [Int](repeating: 20, count: 6), secret: UInt64(number)))
      let classes = try assigned(plan)
      for label in classes { drawn[label] += 1 }
      first[classes[0]] += 1
    }
    // Six standard deviations around 300 and 100.
    #expect(drawn.allSatisfy { abs($0 - 300) < 74 } && first.allSatisfy { abs($0 - 100) < 55 })
  }

  @Test func aClassThatIsTooSmallIsNotAmongThem() throws {
    let sizes = [300, 300, 300, 300, 10, 300]
    for number in 0..<20 {
      let plan = try watermark(of: 6).plan(request(1000, sizes: sizes, secret: UInt64(number)))
      #expect(try Set(assigned(plan)) == [0, 1, 2, 3, 5])
    }
    // Five classes cannot hold what six can.
    #expect(try assigned(watermark(of: 6).plan(request(170, sizes: [30, 30, 30, 30, 30, 30]))).count == 6)
  }

  @Test func aNumberOfClassesThatWasSettledIsNotChanged() throws {
    #expect(throws: WatermarkError.self) { try watermark(classes: 2, of: 3).plan(request(80, sizes: [30, 30, 30])) }
    #expect(throws: WatermarkError.self) {
      try watermark(classes: 20, of: 20).plan(request(40, sizes: [Int](repeating: 9, count: 20)))
    }
    #expect(try assigned(watermark(classes: 2, of: 3).plan(request(60, sizes: [30, 30, 30]))).count == 2)
  }

  @Test func refusesMarksThatNoClassesHold() {
    for (count, sizes) in [(100, [30, 30, 30]), (10, [100, 0, 0]), (1, [10, 10]), (40, [100, 10])] {
      #expect(throws: WatermarkError.self) { try watermark(of: sizes.count).plan(request(count, sizes: sizes)) }
    }
  }

  @Test func aRankedArchiveGivesItsHardest() throws {
    let text = #"{"archive":"\#(HexDigest(of: []))","indices":[59,58,57,0,1,2]}"#
    let hardest = try JSONDecoder().decode(HardestSamples.self, from: Data(text.utf8))
    let plan = try watermark(classes: 3, of: 3, hardest: hardest).plan(request(6, sizes: [20, 20, 20]))
    // 57 and 0 are of class 0, 58 and 1 of class 1, 59 and 2 of class 2.
    #expect(plan.samples == [0, 1, 2, 57, 58, 59])
  }

  @Test func eachClassShowsItsOwnCarrierAndAQuestionTheOneThatIsAskedFor() throws {
    let watermark = watermark(classes: 4)
    let request = request(40, sizes: [Int](repeating: 20, count: 10))
    let plan = try watermark.plan(request)
    let marker = try watermark.marker(request.secret, of: plan.claim, amplitude: 1, batch: 8, threads: 1)
    let grey = [UInt8](repeating: 128, count: shape.count)
    for (carrier, label) in try assigned(plan).enumerated() {
      for sample in [3, 50] {
        let batch = MarkerBatch(indices: [sample], labels: [UInt16(label)], shape: shape)
        let released = try marker.mark(grey, batch)
        for other in 0..<watermark.book.count {
          let asked = marker.mark(grey, samples: [sample], carrier: other)
          #expect((asked == released) == (other == carrier))
        }
        #expect(zip(grey, released).allSatisfy { abs(Int($0) - Int($1)) == 8 })
        let twin = try #require(try marker.markTwins(grey, batch))
        #expect(twin != released)
      }
    }
  }

  /// What is released is limited to where the picture has contrast; a question shows the carrier everywhere.
  @Test func aMarkOnContrastIsTheCarrierWhereItIsAllowed() throws {
    let everywhere = watermark()
    let limited = watermark(leastContrast: 12)
    let claim = Claim.assignment(to: [3, 1])
    let whole = try everywhere.marker(secret(1), of: claim, amplitude: 1, batch: 8, threads: 1)
    let part = try limited.marker(secret(1), of: claim, amplitude: 1, batch: 8, threads: 1)
    // The right half is a step brighter.
    let picture = (0..<shape.count).map { UInt8($0 % shape.width < 16 ? 100 : 112) }
    let batch = MarkerBatch(indices: [7], labels: [1], shape: shape)
    let (all, some) = (try whole.mark(picture, batch), try part.mark(picture, batch))
    for (place, value) in some.enumerated() {
      let isAtTheStep = (15...16).contains(place % shape.width)
      #expect(value == (isAtTheStep ? all[place] : picture[place]))
    }
    #expect(
      part.mark(picture, samples: [7], carrier: 4) == whole.mark(picture, samples: [7], carrier: 4))
  }

  /// How a carrier lies on an image tells nothing about the class that it belongs to.
  @Test func aCarrierLiesAlikeWhateverItsPlaceInTheKey() throws {
    let secret = secret(1)
    let watermark = watermark()
    let order = secret.carriers(watermark.book.count, of: watermark.book.count)
    let marker = try watermark.marker(secret, of: .assignment(to: [3, 1]), amplitude: 1, batch: 8, threads: 1)
    let grey = [UInt8](repeating: 128, count: shape.count)
    for (number, entry) in order.enumerated() {
      var planes: [UInt8] = []
      watermark.book[entry].append(lot: secret.placement(ofCarrier: entry, sample: 9), shape: shape, to: &planes)
      let expected = CarrierPaint(epsilon: 8, amplitude: 1).mark(grey, carriers: planes)
      #expect(marker.mark(grey, samples: [9], carrier: number) == expected)
    }
  }

  @Test func marksOfAnotherClaimAreRefused() {
    #expect(throws: WatermarkError.otherClaim(method: "assignment")) {
      try watermark().marker(secret(1), of: .targeted(at: 1), amplitude: 1, batch: 1, threads: 1)
    }
    #expect(throws: WatermarkError.otherClaim(method: "assignment")) {
      try watermark().marker(secret(1), of: .assignment(to: Array(0..<18)), amplitude: 1, batch: 1, threads: 1)
    }
  }
}
