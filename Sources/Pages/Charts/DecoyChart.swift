/// ΔP of every decoy key as a histogram, with the real key among them.
package struct DecoyChart: Sendable {
  private let decoys: [Double]
  private let real: Double?
  private let title: String

  /// - Parameters:
  ///   - decoys: ΔP under each decoy key, in [−1, 1], in any order.
  ///   - real: ΔP under the release's key; nil if there is none.
  ///   - title: what is read out in place of the picture, such as the model's name.
  package init(decoys: [Double], real: Double?, title: String) {
    self.decoys = decoys.filter(\.isFinite)
    self.real = real
    self.title = title
  }

  private static let bins = 30

  package var markup: Markup {
    var drawing = Drawing(height: 164)
    let base = 126.0
    let x = Scale(decoys + [0, real ?? 0], padding: 0.04, from: 38, to: 330)
    let counts = x.histogram(decoys, bins: Self.bins)
    let most = max(1, counts.max() ?? 1)
    let y = Scale(lower: 0, upper: Double(most), from: base, to: 44)
    drawing.vertical(y, at: x.start, ticks: [(0, "0"), (Double(most), "\(most)")], gridTo: x.end)
    let width = (x.end - x.start) / Double(Self.bins)
    for (bin, count) in counts.enumerated() where count > 0 {
      let left = x.start + Double(bin) * width
      drawing.bar(.plain, x: (left + 0.5)...(left + width - 0.5), y: y(Double(count))...base)
    }
    drawing.horizontal(x, at: base, ticks: x.ticks(5).map { ($0, Figures.tick($0)) }, title: "ΔP under a key")
    drawing.text("keys", at: (4, 13))
    if let real {
      let place = x(real)
      drawing.line(.lineOwn, from: (place, 32), to: (place, base))
      drawing.dot(.own, at: (place, 32), radius: 3.5)
      let isLeft = place < (x.start + x.end) / 2
      drawing.text(
        "real key \(Figures.decimal(real, 3))", at: (place + (isLeft ? 7 : -7), 30), isLeft ? .start : .end, .named)
    }
    return drawing.markup(title: "\(title): the real key among decoys", description: description)
  }

  private var description: String {
    let range =
      decoys.isEmpty
      ? "No decoy keys."
      : """
      ΔP of \(decoys.count) decoy keys from \(Figures.decimal(decoys.min(), 3)) to \(Figures.decimal(decoys.max(), 3)).
      """
    guard let real else { return range }
    let above = decoys.count { $0 >= real }
    return "\(range) The real key has \(Figures.decimal(real, 3)); \(above) decoys reach it."
  }
}
