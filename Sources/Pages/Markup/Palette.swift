/// The colours of pages and charts by name, for light and for dark surroundings.
struct Palette: Sendable {
  private let surfaces: [(name: String, value: String)]
  /// Of curves that lie in one chart, told apart by lightness and dashes too.
  private let curves: [String]

  static let light = Palette(
    surfaces: [
      ("paper", "#fcfcfa"), ("ink", "#1d2126"), ("soft", "#5c636b"), ("line", "#d9dbd8"), ("wash", "#f2f3f0"),
      ("accent", "#0b6e63"), ("accent-wash", "#e3f0ed"), ("alarm", "#a8321f"), ("alarm-wash", "#f9e9e5"),
      ("grey", "#9aa0a5"),
    ], curves: ["#0b6e63", "#c0711b", "#3a66b0", "#8a4f9e", "#5c636b", "#a8321f"])

  static let dark = Palette(
    surfaces: [
      ("paper", "#15181b"), ("ink", "#e4e6e3"), ("soft", "#9ba2a8"), ("line", "#343a3f"), ("wash", "#1d2125"),
      ("accent", "#5cc4b3"), ("accent-wash", "#16302d"), ("alarm", "#f08a74"), ("alarm-wash", "#38201b"),
      ("grey", "#6d757c"),
    ], curves: ["#5cc4b3", "#e5a557", "#8db1ec", "#c79bd8", "#9ba2a8", "#f08a74"])

  private var numbered: [(name: String, value: String)] {
    curves.enumerated().map { ("series-\($0 + 1)", $1) }
  }

  /// Declarations of all colours as custom properties.
  var variables: Markup { Self.declarations(surfaces + numbered) }

  /// Those of the curves alone.
  var series: Markup { Self.declarations(numbered) }

  private static func declarations(_ colours: [(name: String, value: String)]) -> Markup {
    colours.reduce(Markup.none) { $0 + "--\($1.name): \($1.value); " }
  }

  /// Rules with the colours themselves in place of their names, for programs that know no custom properties.
  func resolved(_ rules: String) -> String {
    (surfaces + numbered).reduce(rules) { $0.replacing("var(--\($1.name))", with: $1.value) }
  }
}
