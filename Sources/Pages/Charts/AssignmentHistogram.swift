/// All assignments that could have been drawn by what they gain, and the release's own among them.
package struct AssignmentHistogram: Sendable {
  private let counts: [Int]
  private let least: Double
  private let largest: Double
  private let own: Double
  private let title: String

  /// - Parameters:
  ///   - counts: of assignments in equal bins from `least` to `largest`.
  ///   - title: what is read out in place of the picture, such as the model's name.
  package init(counts: [Int], least: Double, largest: Double, own: Double, title: String) {
    // A worker's figures, which may be any: no chart is worth the daemon.
    self.counts = least.isFinite && largest.isFinite && least <= largest ? counts.map { min(max(0, $0), 1 << 40) } : []
    self.least = least
    self.largest = largest
    self.own = own
    self.title = title
  }

  package var markup: Markup {
    var drawing = Drawing(height: 164)
    let base = 126.0
    let x = Scale([least, largest, own], padding: 0.04, from: 38, to: 330)
    let most = max(1, counts.max() ?? 1)
    let y = Scale(lower: 0, upper: Double(most), from: base, to: 44)
    drawing.text("assignments", at: (4, 13))
    drawing.vertical(y, at: x.start, ticks: [(0, "0"), (Double(most), Self.thousands(most))], gridTo: x.end)
    let width = (largest - least) / Double(max(1, counts.count))
    for (bin, count) in counts.enumerated() where count > 0 {
      let left = x(least + Double(bin) * width)
      // A bin with one assignment beside thousands is seen all the same.
      drawing.bar(
        .plain, x: left...max(left + 1, x(least + Double(bin + 1) * width)), y: min(base - 1, y(Double(count)))...base)
    }
    drawing.horizontal(
      x, at: base, ticks: x.ticks(5).map { ($0, Figures.tick($0)) }, title: "mean gain of the classes, standardised")
    if own.isFinite {
      drawing.line(.lineOwn, from: (x(own), 32), to: (x(own), base))
      drawing.dot(.own, at: (x(own), 32), radius: 3.5)
    }
    drawing.text("the release’s own \(Figures.decimal(own, 3))", at: (x.end, 13), .end, .named)
    return drawing.markup(
      title: "\(title): the release’s assignment among all",
      description: """
        \(Figures.count(counts.reduce(0, +), "assignment")) gain from \(Figures.decimal(least, 3)) to \
        \(Figures.decimal(largest, 3)); the release’s own \(Figures.decimal(own, 3)).
        """)
  }

  /// "12,345", and "123k" where there is no room for more.
  private static func thousands(_ count: Int) -> String {
    count < 10_000 ? Figures.count(count) : "\(count / 1000)k"
  }
}
