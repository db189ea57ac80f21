import Archives
import Datasets
import Foundation
import Foundations
import Testing

@testable import Fixtures
@testable import Reproductions
@testable import Work

/// The data of an experiment: what is taken for a published dataset, and what is said of anything else.
@Suite struct PaperDataTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func refusal(_ dataset: PaperDataset, _ name: String, isChecked: Bool = true) -> WorkError? {
    #expect(throws: WorkError.self) {
      try PaperData(dataset: dataset, path: directory.file(name), isChecked: isChecked).check { _ in }
    }
  }

  @Test func saysWhichFileIsExpectedWithItsSizeAndDigest() throws {
    let text = try #require(refusal(.tinyImageNet, "none.tar.gz")).description
    #expect(text.contains("there is none; expected: tiny-imagenet-20.tar.gz, 14919266 bytes, SHA-256 f0e350471d95b2"))
    // What is not there cannot be taken as it is.
    #expect(!text.contains("--any-data"))
    try "hello\n".write(toFile: directory.file("w.tar.gz"), atomically: true, encoding: .utf8)
    let other = try #require(refusal(.cifar10, "w.tar.gz")).description
    #expect(other.contains("it has 6 bytes, SHA-256 5891b5b522d5") && other.contains("170052171 bytes"))
    // Nor can what is no archive.
    #expect(!other.contains("--any-data"))
    #expect(throws: Never.self) {
      try PaperData(dataset: .cifar10, path: directory.file("w.tar.gz"), isChecked: false).check { _ in }
    }
  }

  @Test func takesPlainFilesOfOtherDigits() throws {
    let archive = directory.file("digits.tar")
    try DrawnDataset(seed: 2, shape: ImageShape(channels: 1, height: 28, width: 28))
      .writeMNIST(to: archive, train: 20, test: 20, compressed: false)
    let reader = try ArchiveReader(path: archive, limits: InputLimits())
    try FileManager.default.createDirectory(atPath: directory.file("plain"), withIntermediateDirectories: true)
    var names: [String] = []
    while let member = try reader.nextMember() {
      let name = String(member.name.split(separator: "/").last ?? "")
      names.append(name)
      try Data(reader.rest()).write(to: URL(fileURLWithPath: directory.file("plain/\(name)")))
    }
    #expect(names.count == 4 && names.allSatisfy { !$0.hasSuffix(".gz") })
    let unpacked = try #require(refusal(.mnist, "plain")).description
    #expect(unpacked.contains("train-images-idx3-ubyte.gz is missing"))
    #expect(unpacked.hasSuffix("--any-data takes it as it is"))
    // A directory is no archive of photographs, whatever is in it.
    #expect(try !#require(refusal(.cifar10, "plain")).description.contains("--any-data"))
    let data = PaperData(dataset: .mnist, path: directory.file("plain"), isChecked: false)
    try data.check { _ in }
    let survey = try DatasetSurvey(file: try data.archive(in: directory.path))
    #expect(survey.count == 40)
    try FileManager.default.removeItem(atPath: directory.file("plain/\(names[0])"))
    let gone = try #require(refusal(.mnist, "plain", isChecked: false)).description
    #expect(gone.contains("is missing") && !gone.contains("--any-data"))
  }
}
