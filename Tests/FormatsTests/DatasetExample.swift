import Archives
import Datasets
import Foundation
import Foundations
import Testing

/// A listing of an archive's members, two blanks or more before what is said of each: "sample 0 of class 1, dog, train", or
/// what a label's member holds.
struct DatasetExample {
  private let example: FormatExample
  private let members: [(name: String, said: String)]

  init(_ example: FormatExample) throws {
    self.example = example
    members = try example.lines.map { line in
      let gap = try #require(line.range(of: "  "), "\(example): \(line)")
      return (String(line[..<gap.lowerBound]), line[gap.upperBound...].trimmingCharacters(in: .whitespaces))
    }
  }

  /// Surveys such an archive, and compares each sample with what is said of it.
  func check(layout: Layout, classes: [String]) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("formats-\(UUID()).tar").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let writer = try ArchiveWriter(path: path, container: .tar)
    for (number, member) in members.enumerated() {
      let picture = PNGImage(
        width: 8, height: 8, channels: 3, pixels: [UInt8](repeating: UInt8(number), count: 8 * 8 * 3))
      let content = member.said.hasPrefix("sample") ? picture.encoded() : Array(member.said.utf8)
      try writer.add(ArchiveMember(name: member.name, size: content.count, modified: 0), content: content)
    }
    _ = try writer.finish()
    let survey = try DatasetSurvey(file: path, onProgress: { _ in })
    #expect(survey.layout == layout && survey.classNames == classes && survey.skippedCount == 0, "\(example)")
    let stream = try SampleStream(survey, onProgress: { _ in })
    for member in members where member.said.hasPrefix("sample") {
      let sample = try #require(try stream.next(), "\(example): \(member.name)")
      let said = "sample \(sample.index) of class \(sample.label), \(survey.classNames[sample.label]), \(sample.split)"
      #expect(sample.member == member.name && said == member.said, "\(example)")
    }
    #expect(try stream.next() == nil, "\(example)")
  }
}
