import Foundation
import Foundations
import Testing

@testable import Archives
@testable import Datasets

/// Pictures of ten patterns, easily learned, and marks on them too, in each of the layouts that archives have.
enum DrawnPictures {
  enum Layout {
    case cifar10, mnist
    /// Photographs: JPEG files in folders.
    case jpegFolder
  }

  static func write(to path: String, layout: Layout = .cifar10) async throws {
    let drawn = layout == .cifar10 ? path : path + ".drawn"
    let ended = try await PythonScript(path: "Tests/Pictures/drawn_archive.py").run(drawn)
    #expect(ended.code == 0)
    switch layout {
    case .cifar10: break
    case .mnist: try writeMNIST(DatasetSurvey(file: drawn), to: path)
    case .jpegFolder: try writeJPEGFolder(DatasetSurvey(file: drawn), to: path)
    }
  }

  /// The middle 28×28 of the red channel.
  private static func writeMNIST(_ survey: DatasetSurvey, to path: String) throws {
    let side = 28
    let (rows, margin) = (survey.shape.height, (survey.shape.height - side) / 2)
    var samples: [Split: [Sample]] = [:]
    let stream = try SampleStream(survey)
    while let sample = try stream.next() { samples[sample.split, default: []].append(sample) }
    let writer = try ArchiveWriter(path: path, container: .tar)
    func add(_ name: String, _ header: IDXHeader, _ content: [UInt8]) throws {
      try writer.add(
        ArchiveMember(name: "digits/\(name)", size: header.fileBytes, modified: 0), content: header.encoded + content)
    }
    for split in [Split.train, .test] {
      let all = samples[split] ?? []
      try add(MNISTIDX.labelFile(split), IDXHeader(dimensions: [all.count]), all.map { UInt8($0.label) })
      let pictures = all.flatMap { sample in
        (margin..<margin + side).flatMap { sample.pixels[$0 * rows + margin..<$0 * rows + margin + side] }
      }
      try add(MNISTIDX.imageFile(split), IDXHeader(dimensions: [all.count, side, side]), pictures)
    }
    _ = try writer.finish()
  }

  private static func writeJPEGFolder(_ survey: DatasetSurvey, to path: String) throws {
    let writer = try ArchiveWriter(path: path, container: .tar)
    let stream = try SampleStream(survey)
    while let sample = try stream.next() {
      let file = JPEGImage(planar: sample.pixels, shape: survey.shape).encoded(quality: 95)
      let folder = "\(sample.split == .train ? "train" : "val")/\(survey.classNames[sample.label])"
      try writer.add(
        ArchiveMember(name: "\(folder)/\(sample.index).JPEG", size: file.count, modified: 0), content: file)
    }
    _ = try writer.finish()
  }
}
