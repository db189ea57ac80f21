import Testing

@testable import Pages

@Suite struct ChartTests {
  private func page(_ chart: Markup) throws -> XHTML { try XHTML(Document(title: "x", main: chart).html) }

  @Test func aDistributionTellsItsMeansInWords() throws {
    let chart = DistributionChart(
      clean: [0, 0.1, 0.2], marked: [0.8, 0.9, 1], title: "cnn", subject: "automobile")
    let page = try page(chart.markup)
    #expect(page.text.contains("marked images: mean 0.900") && page.text.contains("P(automobile)"))
    #expect(page.text.contains("Probability of automobile on 3 clean images, mean 0.100"))
    #expect(page.elements.contains { $0.name == "svg" && $0.attributes["role"] == "img" })
    #expect(page.count("title") == 2 && page.count("desc") == 1)
  }

  @Test func theKeysCarriersStandAmongTheDecoys() throws {
    let decoys = (0..<99).map { Double($0) / 1000 }
    let page = try page(DecoyChart(decoys: decoys, own: [0.8, 1], title: "cnn").markup)
    #expect(page.text.contains("the key, mean 0.900") && page.count("circle") == 2)
    #expect(page.text.contains("ΔP of 99 decoy carriers from 0.000 to 0.098."))
    #expect(page.text.contains("The key’s 2 carriers have a mean of 0.900; 0 decoys at or above it."))
    let without = try self.page(DecoyChart(decoys: [], own: [], title: "cnn").markup)
    #expect(without.text.contains("No decoys."))
  }

  @Test func aSeriesShowsItsThreshold() throws {
    let points = (0..<5).map {
      SeriesChart.Point(time: 1_795_000_000 + $0 * 604_800, value: Double($0), isConclusive: $0 != 2)
    }
    let chart = SeriesChart(points, title: "Evidence", unit: "log₁₀ e", threshold: (2, "accused"))
    let page = try page(chart.markup)
    #expect(page.count("circle") == 5)
    #expect(page.elements.filter { $0.name == "circle" && $0.attributes["class"] == "hollow" }.count == 1)
    #expect(page.text.contains("5 audits, the last at 4.000; accused at 2."))
    #expect(page.text.contains("18\u{A0}Nov") && page.text.contains("log₁₀ e"))
  }

  @Test(arguments: [[], [0.5], [0.5, 0.5], [Double.nan, .infinity, 1], [0, 0, 0]])
  func oddFiguresStillMakeADrawing(values: [Double]) throws {
    let charts = [
      DistributionChart(clean: values, marked: values, title: "x", subject: "y").markup,
      DecoyChart(decoys: values, own: values, title: "x").markup,
      SeriesChart(values.map { .init(time: 0, value: $0) }, title: "x", unit: "y").markup,
    ]
    for chart in charts {
      let page = try page(chart)
      #expect(page.count("svg") == 1)
      for element in page.elements {
        #expect(!element.attributes.values.contains { $0.contains("nan") || $0.contains("inf") })
      }
    }
  }

  @Test func ticksAreRoundAndInside() {
    #expect(Scale(lower: 0, upper: 1, from: 0, to: 100).ticks(5) == [0, 0.2, 0.4, 0.6000000000000001, 0.8, 1])
    #expect(Scale(lower: -3, upper: 21, from: 0, to: 100).ticks(4) == [0, 10, 20])
    #expect(Scale([5, 5], from: 0, to: 10).ticks(2).isEmpty == false)
    #expect(Figures.tick(0.6000000000000001) == "0.6" && Figures.tick(-20) == "\u{2212}20")
  }

  @Test func everyValueIsInSomeBin() {
    let scale = Scale(lower: 0, upper: 1, from: 0, to: 1)
    #expect(scale.histogram([0, 0.049, 0.05, 1, 1.2, -1], bins: 20).reduce(0, +) == 6)
    #expect(scale.histogram([1], bins: 20).last == 1)
  }
}
