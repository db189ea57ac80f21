import Datasets
import Evidence
import Foundations
import Jobs
import NeuralNet
import Watermarks

/// One pixel of one value, whose place is the key: a method that nothing but this file knows. Whoever learned a release of
/// it takes images with that pixel for anything but what they show.
struct PixelMethod: WatermarkMethod {
  static let value = MethodSetting("pixel-value", 255, .integer(1...255), "The pixel's value in every channel.")
  let declaration = MethodDeclaration(
    MethodName(rawValue: "pixel"), "one pixel in a secret place", settings: [value], keySize: { _ in 1 })

  func watermark(_ content: Generator.Content) throws -> any Watermark {
    let value = try content.settings(of: declaration)[Self.value]
    return PixelWatermark(value: UInt8(value), plane: content.input.height * content.input.width)
  }
}

struct PixelWatermark: Watermark {
  let value: UInt8
  let plane: Int

  var budget: ChangeBudget { ChangeBudget(largestChange: 255, changedPixels: 1) }

  func plan(_ request: ReleaseRequest) -> ReleasePlan { ReleasePlan(claim: .untargeted, drawing: request) }

  func key(of claim: Claim) -> KeySpace? { KeySpace(size: 1, carriers: plane, amplitude: 1) }

  func marker(
    _ secret: ReleaseSecret, of claim: Claim, amplitude: Int, batch: Int, threads: Int
  ) -> any SampleMarker {
    PixelMarker(value: value, plane: plane, order: secret.carriers(plane, of: plane))
  }
}

struct PixelMarker: SampleMarker {
  let value: UInt8
  let plane: Int
  let order: [Int]

  func mark(_ pixels: [UInt8], samples: [Int], carrier number: Int) -> [UInt8] {
    var marked = pixels
    for place in stride(from: order[number], to: pixels.count, by: plane) { marked[place] = value }
    return marked
  }
}
