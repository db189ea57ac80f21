import Testing

@testable import ServiceFoundation

@Suite struct TextFormTests {
  @Test(arguments: [("500ms", 500), ("5s", 5000), ("2m", 120_000), ("1h", 3_600_000), ("0s", 0)])
  func durationsRead(text: String, milliseconds: Int) throws {
    #expect(try #require(DurationText.parse(text)).milliseconds == milliseconds)
  }

  @Test(arguments: ["", "5", "s", "1.5s", "-1s", "5 s", "99999999999999999999h", "9223372036854775807h"])
  func otherDurationsDoNot(text: String) {
    #expect(DurationText.parse(text) == nil)
  }

  @Test func durationsAreWrittenInTheLongestUnit() {
    #expect(
      [90_000, 120_000, 3_600_000, 1500, 0].map { DurationText.text(.milliseconds($0)) } == [
        "90s", "2m", "1h", "1500ms", "0ms",
      ])
  }

  @Test(arguments: [("300MB", 300_000_000), ("2GiB", 2 << 30), ("1.5kB", 1500), ("0B", 0), ("64 MiB", 64 << 20)])
  func sizesRead(text: String, bytes: Int) {
    #expect(SizeText.parse(text) == bytes)
  }

  @Test(arguments: ["", "5", "MB", "-1MB", "1.2.3MB", "99999999999TiB", "1e3MB"])
  func otherSizesDoNot(text: String) {
    #expect(SizeText.parse(text) == nil)
  }

  @Test func sizesAreWrittenExactly() {
    for bytes in [0, 1, 1000, 1024, 1_500_000_000, 8 << 30, 123_456_789] {
      #expect(SizeText.parse(SizeText.text(bytes)) == bytes)
    }
  }

  @Test func decimalsAreRoundedWithoutALocale() {
    #expect(Decimals.text(1.005, 1) == "1.0")
    #expect(Decimals.text(-0.04, 1) == "0.0")
    #expect(Decimals.text(-2.36, 1) == "-2.4")
    #expect(Decimals.text(99.96, 1) == "100.0")
    #expect(Decimals.text(3, 0) == "3")
  }
}
