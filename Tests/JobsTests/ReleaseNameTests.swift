import Foundation
import Testing

@testable import Jobs

/// Names from documents: they become directories, and lead nowhere else.
@Suite struct ReleaseNameTests {
  @Test(arguments: ["release-x-1", "release-cifar-10-binary-12", "release-CIFAR 10-2", "release-ä-3", "release-x--1"])
  func takesANameApartAndPutsItTogether(text: String) throws {
    let name = try #require(ReleaseName(text))
    #expect(name.description == text)
    #expect(try JSONDecoder().decode(ReleaseName.self, from: JSONEncoder().encode(name)) == name)
  }

  @Test(arguments: [
    "", "release", "release-x", "release--1", "release-x-0", "release-x-01", "release-x-+1",
    "release-x-1.5", "release-x/../y-1", "release-../x-1", "x-1", "release-x-99999999999999999999", "release-a\nb-1",
    "release-a\u{0}-1", "release-\(String(repeating: "x", count: 201))-1",
  ]) func refusesWhatIsNoReleasesName(text: String) throws {
    #expect(ReleaseName(text) == nil)
    let json = try JSONEncoder().encode(text)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(ReleaseName.self, from: json) }
  }

  @Test(arguments: ["", "/", "..", ".", "../x", "x/y", "/x", "x/", "x\u{0}", "x\u{1B}[2J", "x\r"])
  func aDatasetsNameIsOneComponentOfAPath(text: String) throws {
    #expect(DatasetName(text) == nil)
    let json = try JSONEncoder().encode(text)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(DatasetName.self, from: json) }
  }
}
