import Testing

@testable import Pages

@Suite struct LineChartTests {
  private let shares = LineChart(
    "what is left",
    [
      .init("BA", [(0.5, 0.6), (0, 0.8), (1, 0.1)]), .init("ΔP", [(0, 0.9), (0.5, 0.7), (1, -0.1)]),
    ], over: .numbers(title: "rate"))
  private let p = LineChart(
    "p-value", [.init("p", [(0, 0.0002), (1, 0.5), (2, 0)])], over: .names(["none", "blur:1", "bits:6"]),
    vertical: .logarithmic(including: [1]), limit: (0.01, "α = 0.01"))

  private func page(_ chart: Markup) throws -> XHTML { try XHTML(Document(title: "x", main: chart).html) }

  @Test func drawsACurveForEachSeriesAndNamesIt() throws {
    let page = try page(shares.markup)
    let curves = page.elements.filter { $0.attributes["class"]?.hasPrefix("line-") == true }
    // A curve and its sample in the legend.
    #expect(curves.map { $0.attributes["class"] ?? "" }.sorted() == ["line-1", "line-1", "line-2", "line-2"])
    #expect(page.count("circle") == 2 * 3 + 2)
    #expect(page.text.contains("BA: 0.8 at 0 to 0.1 at 1. ΔP: 0.9 at 0 to \u{2212}0.1 at 1."))
  }

  @Test func countsDecadesAndLeavesOutWhatHasNone() throws {
    let page = try page(p.markup)
    // Two of three points are above 0; one dot is the legend's. Names are joined by no line.
    #expect(page.count("circle") == 3)
    #expect(page.elements.filter { $0.attributes["class"] == "line-1" }.count == 1)
    for text in ["10⁻⁴", "10⁻³", "0.01", "0.1", "blur:1", "α = 0.01"] { #expect(page.text.contains(text), "\(text)") }
    #expect(page.elements.contains { $0.attributes["transform"]?.hasPrefix("rotate(-60 ") == true })
  }

  @Test func aFigureIsAFileThatNeedsNothingElse() throws {
    let figure = ChartFigure("after <pruning>", note: "cnn:8", [shares, p, shares], columns: 2)
    let svg = figure.svg
    #expect(svg == figure.svg)
    let file = try XHTML(svg)
    let root = try #require(file.elements.first)
    #expect(root.name == "svg" && root.attributes["xmlns"] == "http://www.w3.org/2000/svg")
    #expect(file.count("style") == 1 && file.count("script") == 0 && file.count("svg") == 1)
    #expect(file.text.contains("after <pruning>") && file.text.contains("what is left. BA: "))
    // Converters know neither custom properties nor pages to take them from.
    #expect(!svg.contains("var(") && !svg.contains("inherit") && svg.contains("prefers-color-scheme: dark"))
    for reference in ["href", "url(", "@import"] { #expect(!svg.contains(reference)) }
    let (width, height) = (
      root.attributes["width"].flatMap(Double.init), root.attributes["height"].flatMap(Double.init)
    )
    #expect((width ?? 0) > 680 && (height ?? 0) > 300)
  }

  /// Everything lies on the sheet, a long note in lines.
  @Test(arguments: [1, 3])
  func keepsEverythingInsideTheFigure(columns: Int) throws {
    let note = "60000 training images of 10 classes, resnet18:8, resnet34:8, vgg16:8, vgg19:8, 6 epochs, scale small."
    let figure = ChartFigure("x", note: note, [shares, p, shares, p, shares], columns: columns)
    let file = try XHTML(figure.svg)
    let root = try #require(file.elements.first)
    let (width, height) = (
      try #require(root.attributes["width"].flatMap(Double.init)),
      try #require(root.attributes["height"].flatMap(Double.init))
    )
    for (name, x, y) in [("circle", "cx", "cy"), ("text", "x", "y")] {
      let elements = file.elements.filter { $0.name == name }
      #expect(!elements.isEmpty)
      for element in elements {
        let (x, y) = (element.attributes[x].flatMap(Double.init), element.attributes[y].flatMap(Double.init))
        #expect((0...width).contains(x ?? -1) && (0...height).contains(y ?? -1))
      }
    }
    let lines = figure.noteLines
    #expect(lines.joined(separator: " ") == note && lines.count == (columns == 1 ? 2 : 1))
    #expect(lines.allSatisfy { file.text.contains($0) && Double($0.count) * Drawing.letter < width })
  }

  @Test(arguments: [[], [0.5], [0, 0, 0], [.nan, .infinity, 1]])
  func oddFiguresStillMakeADrawing(values: [Double]) throws {
    let series = [LineChart.Series("x", values.enumerated().map { (Double($0), $1) })]
    for vertical: LineChart.Vertical in [.linear(including: []), .logarithmic(including: [])] {
      for horizontal: LineChart.Horizontal in [.numbers(title: "n"), .names([])] {
        let svg = ChartFigure("x", [LineChart("y", series, over: horizontal, vertical: vertical)]).svg
        let file = try XHTML(svg)
        for element in file.elements {
          #expect(!element.attributes.values.contains { $0.contains("nan") || $0.contains("inf") })
        }
      }
    }
    #expect(try XHTML(ChartFigure("nothing", []).svg).count("svg") == 1)
  }

  @Test func aLongLegendTakesMoreLines() throws {
    let many = (1...6).map { LineChart.Series("a rather long name, number \($0)", [(0, 0.1 * Double($0))]) }
    let chart = LineChart("x", many, over: .numbers(title: "n"))
    #expect(chart.height > LineChart("x", Array(many.prefix(1)), over: .numbers(title: "n")).height + 60)
    let classes = try page(chart.markup).elements.compactMap { $0.attributes["class"] }
    for number in 1...6 { #expect(classes.contains("dot-\(number)")) }
  }
}

@Suite struct MatrixChartTests {
  private let matrix = MatrixChart(
    "transfer", [[0.98, 0.4], [nil, 1.2]], rows: ["vgg16", "cnn"], columns: ["vgg16", "cnn"],
    axes: (rows: "marked with", columns: "learned by"))

  @Test func showsEveryPairAndDashesWhatIsMissing() throws {
    let file = try XHTML(ChartFigure("x", [matrix]).svg)
    for text in ["0.98", "0.40", "–", "marked with ↓  learned by →"] { #expect(file.text.contains(text), "\(text)") }
    #expect(
      file.elements.filter { $0.attributes["class"] == "own" }.compactMap { $0.attributes["opacity"] } == [
        "0.98", "0.40",
      ])
    #expect(file.text.contains("vgg16: vgg16 0.98, cnn 0.40. cnn: vgg16 –, cnn 1.20."))
  }
}
