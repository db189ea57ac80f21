import Jobs
import Testing

@testable import ServiceConfiguration

@Suite struct DatasetNameTests {
  @Test(arguments: [
    ("cifar-10-binary.tar.gz", "cifar-10-binary"), ("My Data (2).TAR", "my-data-2"), ("x.tgz", "x"),
    ("a.b_c.tar.zst", "a.b_c"), ("photos.zip", "photos"), ("plain", "plain"), ("..hidden.tar", "hidden"),
    ("t.gz.tar.xz", "t.gz"),
  ])
  func comesFromTheFileName(file: String, name: String) {
    #expect(DatasetName.derived(fromFile: file) == name)
  }

  @Test(arguments: ["数据.tar", "---", ".tar"])
  func isNilWhenNothingSafeIsLeft(file: String) {
    #expect(DatasetName.derived(fromFile: file).map { DatasetName.isSafe($0) } ?? true)
  }

  @Test func theFirstMatchingRuleGives() throws {
    let text = """
      [[dataset]]
      name = "first"
      match = "c*-binary.tar.gz"
      rate = 0.25
      [[dataset]]
      name = "second"
      match = "*"
      """
    let configuration = try Configuration(text: text, directory: "/")
    #expect(configuration.dataset(forFile: "cifar-10-binary.tar.gz")?.name == "first")
    #expect(configuration.dataset(forFile: "cifar-10-binary.tar.gz")?.settings.rate == MarkingRate("0.25"))
    #expect(configuration.dataset(forFile: "other.tar")?.name == "second")
    #expect(Configuration().dataset(forFile: "other.tar")?.name == "other")
  }
}
