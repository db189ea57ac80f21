import Foundations
import Testing

@testable import Archives
@testable import Datasets

@Suite struct SamePlaceTests {
  func error(_ names: [String], _ build: (inout TarBuilder) -> Void = { _ in }) throws -> DatasetError? {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      for (number, name) in names.enumerated() {
        if name.hasSuffix("/") {
          tar.add(name, type: "5")
        } else {
          tar.add(name, content: PNGBuilder.plain(UInt8(number)))
        }
      }
      build(&tar)
      return try errorOfSurveying(scratch.write(tar.finished))
    }
  }

  @Test(arguments: [
    ["a/1.png", "b/1.png", "a/1.png"], ["a/1.png", "b/1.png", "./a/1.png"], ["./a/1.png", "b/1.png", "a//1.png"],
    ["a/1.png", "b/1.png", "a/./1.png"], ["a/\u{E9}.png", "b/1.png", "a/e\u{301}.png"],
  ])
  func refusesAMemberNameThatStandsTwice(names: [String]) throws {
    let error = try #require(try error(names))
    #expect(error.cause == .nameTwice(first: 1, second: 3, name: names[0]))
    #expect(error.member == names[2] && error.isRefusal && error.code == "duplicate-member")
    #expect("\(error)".contains("members 1 and 3"))
  }

  @Test func refusesCompanionsAndFoldersThatStandTwice() throws {
    #expect(
      try error(["a/1.png", "b/1.png"]) { tar in
        tar.add("notes.txt", content: [1])
        tar.add("./notes.txt", content: [2])
      }?.cause == .nameTwice(first: 3, second: 4, name: "notes.txt"))
    #expect(
      try error(["a/1.png", "b/1.png", "x/"]) { $0.add("x", content: [1]) }?.cause
        == .nameTwice(first: 3, second: 4, name: "x/"))
  }

  @Test func readsAFolderThatStandsTwice() throws {
    #expect(try error(["a/", "a/1.png", "b/1.png", "a/", "./a/", "a/2.png"]) == nil)
  }

  @Test func refusesMembersOfOtherLayoutsThatStandTwice() throws {
    try Scratch.run { scratch throws in
      var cifar = CIFARBuilder()
      cifar.extra = [("readme.html", [1]), (".//readme.html", [2])]
      guard case .nameTwice = try errorOfSurveying(scratch.write(cifar.tar))?.cause else {
        Issue.record("readme.html twice")
        return
      }
    }
  }

  @Test func doesNotGiveAMarkedImageThePlaceOfAnother() throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      tar.add("a/1.jpg", content: JPEGBuilder.plain([5, 0, 0]))
      tar.add("./a/1.png", content: PNGBuilder.plain(3))
      let survey = try DatasetSurvey(file: scratch.write(tar.finished))
      let error = #expect(throws: DatasetError.self) {
        try ArchiveRewriter(survey, batch: 8, budget: .linf(3)).rewrite(
          to: scratch.file("out"), choose: { $0 == 0 }, marker: ArchiveRewriterTests.mark)
      }
      #expect(error?.code == "member-name-taken")
    }
  }
}
