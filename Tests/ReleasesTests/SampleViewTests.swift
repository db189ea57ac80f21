import Archives
import Datasets
import Foundation
import Foundations
import Jobs
import Testing

@testable import Fixtures
@testable import Releases
@testable import Work

/// What is kept of samples to look at: a sheet of large pictures has to fit into memory.
@Suite struct SampleViewTests {
  private func pixels(_ shape: ImageShape) -> [UInt8] {
    (0..<shape.bytes).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ $0 / 251) }
  }

  @Test func aSmallSampleIsKeptAsItIs() {
    let shape = ImageShape(channels: 3, height: 32, width: 40)
    let image = pixels(shape)
    #expect(SampleView(thumbnail: 128, of: shape)(image) == image)
    #expect(SampleView(middle: 256, of: shape)(image) == image)
  }

  @Test(arguments: [(4000, 4000, 128, 128), (300, 1000, 38, 128), (129, 1, 128, 1), (100_000, 2, 128, 1)])
  func aLargeSampleIsShrunkToItsThumbnail(height: Int, width: Int, shrunkHeight: Int, shrunkWidth: Int) {
    let shape = ImageShape(channels: 1, height: height, width: width)
    let view = SampleView(thumbnail: 128, of: shape)
    #expect(view.shape == ImageShape(channels: 1, height: shrunkHeight, width: shrunkWidth))
    // Every pixel counts once: the mean stays, to half a level.
    let shrunk = view([UInt8](repeating: 77, count: shape.bytes))
    #expect(shrunk == [UInt8](repeating: 77, count: view.shape.bytes))
  }

  @Test func aThumbnailShowsMeans() {
    let shape = ImageShape(channels: 1, height: 2, width: 4)
    #expect(SampleView(thumbnail: 2, of: shape)([0, 2, 100, 102, 4, 6, 104, 107]) == [3, 103])
  }

  @Test func theMiddleKeepsThePixelsOfAMark() {
    let shape = ImageShape(channels: 1, height: 4, width: 5)
    let view = SampleView(middle: 2, of: shape)
    #expect(view(Array(0..<20)) == [6, 7, 11, 12])
  }

  /// 40 pictures of 1024×1024 need 126 MB as they are, and their sheet 2 MB.
  @Test func aSheetOfLargePicturesIsSmall() throws {
    let directory = try TemporaryDirectory()
    let archive = directory.file("large.tar")
    let shape = ImageShape(channels: 3, height: 1024, width: 1024)
    let writer = try ArchiveWriter(path: archive, container: .tar)
    for number in 0..<40 {
      let file = PNGImage(planar: [UInt8](repeating: UInt8(number * 6), count: shape.bytes), shape: shape).encoded()
      let name = "train/\(number % 2 == 0 ? "a" : "b")/\(number).png"
      try writer.add(ArchiveMember(name: name, size: file.count, modified: 0), content: file)
    }
    _ = try writer.finish()
    let png = directory.file("sheet.png")
    _ = try Inspection(archive: archive, limits: InputLimits()).run(release: nil, png: png, WorkContext(threads: 1))
    let sheet = try PNGImage(decoding: Array(try Data(contentsOf: URL(fileURLWithPath: png))))
    #expect(sheet.height == 2 * 134 + 6 && sheet.width == 12 * 134 + 6)
    // The third picture of the first class, in the middle of its cell.
    let place = (6 + 64) * sheet.width + 6 + 2 * 134 + 64
    #expect(sheet.pixels[place * 3] == 4 * 6)
    // One picture at a time is whole in memory, whatever the archive holds.
    let survey = try DatasetSurvey(file: archive)
    let views = try survey.views(of: Set(0..<survey.count), limits: InputLimits(), onProgress: { _ in }) {
      SampleView(thumbnail: 128, of: $0)
    }
    #expect(views.count == 40 && views.values.allSatisfy { $0.pixels.count == 3 * 128 * 128 })
  }
}
