import Testing

@testable import Suspects

struct PictureTests {
  /// - Source: torch.nn.functional.interpolate(mode="bilinear", align_corners=False), 2×3 → 4×5 and 4×4 → 2×2.
  @Test func resizesLikeTheFrameworks() {
    let up = BilinearResize(from: ImageSize(channels: 1, height: 2, width: 3), height: 4, width: 5)
    let large = up([0, 60, 120, 30, 90, 255])
    #expect(
      large.map { ($0 * 1000).rounded() / 1000 } == [
        0, 24, 60, 96, 120, 7.5, 31.5, 67.5, 119.25, 153.75, 22.5, 46.5, 82.5, 165.75, 221.25, 30, 54, 90, 189, 255,
      ])
    let down = BilinearResize(from: ImageSize(channels: 1, height: 4, width: 4), height: 2, width: 2)
    let small = down((0..<16).map { UInt8($0 * 10) })
    #expect(small == [25, 45, 105, 125])
  }

  @Test func keepsChannelsApart() {
    let resize = BilinearResize(from: ImageSize(channels: 3, height: 1, width: 1), height: 2, width: 2)
    #expect(resize([1, 2, 3]) == [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3])
  }

  @Test func scalesNormalisesAndLaysOut() throws {
    let size = ImageSize(channels: 3, height: 1, width: 2)
    var form = InputForm(layout: .hwc, element: .float32)
    (form.mean, form.deviation) = ([0, 0.5, 0.25], [1, 0.5, 0.25])
    let pipeline = try InputPipeline(source: size, form: form, carrier: .tensor, suspect: "s")
    let preprocessor = InputPreprocessor(pipeline)
    let pixels: [UInt8] = [0, 255, 0, 255, 0, 255]
    #expect(preprocessor.flatJSON(pixels) == "[0.0,-1.0,-1.0,1.0,1.0,3.0]")
    #expect(preprocessor.nestedJSON(pixels) == "[[[0.0,-1.0,-1.0],[1.0,1.0,3.0]]]")
    #expect(pipeline.resize == "none" && pipeline.shape == [1, 2, 3])
  }

  @Test func refusesFormsThatContradictThemselves() {
    let size = ImageSize(channels: 3, height: 2, width: 2)
    for form in [
      InputForm(element: .uint8, mean: [0, 0, 0]), InputForm(mean: [0]), InputForm(deviation: [1, 0, 1]),
      InputForm(height: 0), InputForm(width: 100_000), InputForm(scale: -1), InputForm(scale: .nan),
    ] {
      #expect(throws: SuspectError.self) {
        try InputPipeline(source: size, form: form, carrier: .tensor, suspect: "s")
      }
    }
  }
}
