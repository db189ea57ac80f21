/// P_b over P_w: how a model answers the same images without and with the mark, as two histograms over one axis with a
/// stroke for each image.
package struct DistributionChart: Sendable {
  /// In [0, 1].
  private let clean: [Double]
  private let marked: [Double]
  private let title: String
  private let subject: String

  /// - Parameters:
  ///   - clean: P_b of each image, in [0, 1], in any order.
  ///   - marked: P_w.
  ///   - title: what is read out in place of the picture, such as the model's name.
  package init(clean: [Double], marked: [Double], title: String, subject: String) {
    self.clean = clean.filter(\.isFinite)
    self.marked = marked.filter(\.isFinite)
    self.title = title
    self.subject = subject
  }

  private static let bins = 20
  private static let lane = 52.0

  package var markup: Markup {
    var drawing = Drawing(height: 196)
    let scale = Scale(lower: 0, upper: 1, from: 38, to: 330)
    let shares = [clean, marked].map { scores in
      scale.histogram(scores, bins: Self.bins).map { Double($0) / Double(max(1, scores.count)) }
    }
    let top = Scale(lower: 0, upper: Self.roundedUp(shares.joined().max() ?? 0), from: 0, to: Self.lane)
    let lanes = [
      (name: "clean images", scores: clean, bar: Drawing.Style.plain, rug: Drawing.Style.rugPlain, base: 72.0),
      (name: "marked images", scores: marked, bar: Drawing.Style.own, rug: Drawing.Style.rugOwn, base: 150.0),
    ]
    for (lane, shares) in zip(lanes, shares) {
      let up = Scale(lower: 0, upper: top.upper, from: lane.base, to: lane.base - Self.lane)
      drawing.vertical(
        up, at: scale.start, ticks: [(0, "0"), (top.upper, Figures.percent(top.upper, 0))], gridTo: scale.end)
      for (bin, share) in shares.enumerated() where share > 0 {
        let x = (scale(Double(bin) / Double(Self.bins)) + 0.5)...(scale(Double(bin + 1) / Double(Self.bins)) - 0.5)
        drawing.bar(lane.bar, x: x, y: up(share)...lane.base)
      }
      // More strokes than this would only be a grey band.
      if lane.scores.count <= 400 {
        drawing.strokes(lane.rug, at: lane.scores.map { scale($0) }, from: lane.base + 1.5, to: lane.base + 6)
      }
      let text = lane.scores.isEmpty ? "\(lane.name): no answers" : "\(lane.name): mean \(Self.mean(lane.scores))"
      drawing.text(text, at: (scale.end, lane.base - Self.lane - 4), .end, lane.bar == .own ? .named : .strong)
    }
    drawing.horizontal(
      scale, at: 158, ticks: [0, 0.25, 0.5, 0.75, 1].map { ($0, Figures.tick($0)) },
      title: "P(\(subject))")
    drawing.text("share", at: (4, 11))
    return drawing.markup(
      title: "\(title): answers to clean and marked images",
      description: """
        Probability of \(subject) on \(clean.count) clean images, mean \(Self.mean(clean)), and on \(marked.count) \
        marked ones, mean \(Self.mean(marked)).
        """)
  }

  private static func mean(_ scores: [Double]) -> String {
    Figures.decimal(scores.isEmpty ? nil : scores.reduce(0, +) / Double(scores.count), 3)
  }

  /// The next tenth, so that both lanes keep one plain scale.
  private static func roundedUp(_ share: Double) -> Double { max(0.1, (share * 10 - 1e-9).rounded(.up) / 10) }
}
