import Testing

@testable import Pages

@Suite struct AssignmentChartTests {
  private func page(_ chart: Markup) throws -> XHTML { try XHTML(Document(title: "x", main: chart).html) }

  private let chart = AssignmentChart(
    [[1.2, -0.6, 0, nil], [0.1, 0.9, -0.05, 0.2]], classes: ["cat", "dog"], title: "cnn")

  @Test func everyCellSaysItsValueAndTheKeysAreOutlined() throws {
    let page = try page(chart.markup)
    for text in [
      "cat, carrier 1: 1.200", "cat, carrier 2: \u{2212}0.600", "cat, carrier 4: –", "dog, carrier 3: \u{2212}0.050",
    ] {
      #expect(page.text.contains(text), "\(text)")
    }
    #expect(
      page.text.contains(
        "Each class under its own carrier: cat 1.20, dog 0.90. Under the others from \u{2212}0.60 to 0.20."))
    let outlines = page.elements.filter { $0.attributes["class"] == "outline" }
    #expect(outlines.count == 2)
    #expect(Set(outlines.compactMap { $0.attributes["x"] }).count == 2)
  }

  @Test func gainsAndLossesHaveColoursOfTheirOwnAndASign() throws {
    let page = try page(chart.markup)
    func opacities(_ style: String) -> [String] {
      page.elements.filter { $0.attributes["class"] == style }.compactMap { $0.attributes["opacity"] }
    }
    // Half as much is half as deep; the legend has four steps in each direction, and a pale middle.
    #expect(opacities("dot-2").contains("0.50") && opacities("dot-2").contains("0.04"))
    #expect(opacities("dot-3").contains("0.75") && opacities("dot-2").count == 2 + 3)
    // Two cells, the description and the legend tell losses; the deep one has a sign that needs no colour, too.
    #expect(page.text.split(separator: "\u{2212}", omittingEmptySubsequences: false).count == 1 + 5)
    // Blue and orange, in light and in dark.
    for palette in [Palette.light, .dark] {
      let rules = palette.resolved("var(--series-2) var(--series-3)")
      #expect(["#c0711b #3a66b0", "#e5a557 #8db1ec"].contains(rules))
    }
  }

  @Test func classesWithoutANameAreNumbered() throws {
    let page = try page(AssignmentChart([[1, 0], [0, 1]], classes: [], title: "cnn").markup)
    #expect(page.text.contains("class 2, carrier 1: 0.000") && page.text.contains("class 1 1.00, class 2 1.00."))
  }

  @Test func aHostileNameStaysTextAndTakesNoRoom() throws {
    let markup = AssignmentChart([[1, 0], [0, 1]], classes: [Hostile.name, "a very long name"], title: Hostile.name)
      .markup
    let page = try page(markup)
    #expect(page.count("script") == 0 && !page.elements.contains { $0.attributes["onload"] != nil })
    #expect(page.text.contains("<script>alert(1)</script>") && page.text.contains("a very long …"))
    #expect(!markup.source.contains("<script") && !markup.source.unicodeScalars.contains("\u{202E}"))
  }

  @Test(
    arguments: [[], [[]], [[nil]], [[1], [2, 3]], [[.nan, .infinity]], [[0, 0], [0, 0], [0, 0]]] as [[[Double?]]])
  func oddMatricesStillMakeADrawing(gains: [[Double?]]) throws {
    let page = try page(AssignmentChart(gains, classes: ["a"], title: "x").markup)
    #expect(page.count("svg") == 1)
    for element in page.elements {
      #expect(!element.attributes.values.contains { $0.contains("nan") || $0.contains("inf") })
    }
  }

  @Test func theReleasesOwnStandsAmongAllAssignments() throws {
    let page = try page(
      AssignmentHistogram(counts: [3, 100_000, 0, 1], least: -0.5, largest: 1.5, own: 1.25, title: "cnn").markup)
    #expect(page.text.contains("the release’s own 1.250") && page.count("circle") == 1)
    #expect(
      page.text.contains("100,004 assignments gain from \u{2212}0.500 to 1.500; the release’s own 1.250."))
    // One among a hundred thousand is seen.
    let bars = page.elements.filter { $0.attributes["class"] == "plain" }
    #expect(bars.count == 3 && bars.allSatisfy { Double($0.attributes["height"] ?? "") ?? 0 >= 1 })
  }

  @Test(
    arguments: [
      ([], 0, 0, 0), ([-4, Int.max, Int.max], 0, 1, 0.5), ([1], 0.25, 0.25, 0.25), ([1, 2], 1, 0, 0),
      ([1, 2], .nan, 1, 0), ([1], 0, .infinity, .nan),
    ] as [([Int], Double, Double, Double)])
  func figuresOfABrokenWorkerStillMakeADrawing(
    counts: [Int], least: Double, largest: Double, own: Double
  ) throws {
    let page = try page(
      AssignmentHistogram(counts: counts, least: least, largest: largest, own: own, title: "x").markup)
    #expect(page.count("svg") == 1)
    for element in page.elements {
      #expect(!element.attributes.values.contains { $0.contains("nan") || $0.contains("inf") })
    }
  }
}
