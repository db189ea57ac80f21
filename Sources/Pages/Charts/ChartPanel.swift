/// A chart that stands alone in a page (`markup`), or beside others in a figure that is a file (`ChartFigure`).
package protocol ChartPanel: Sendable {
  var title: String { get }
  /// What is read out in place of the picture.
  var description: String { get }
  /// In the drawing's units.
  var height: Double { get }
  /// Draws it 340 units wide from its origin.
  func draw(in drawing: inout Drawing, at origin: (x: Double, y: Double))
}

extension ChartPanel {
  /// The chart alone, in a page.
  package var markup: Markup {
    var drawing = Drawing(height: height)
    draw(in: &drawing, at: (0, 0))
    return drawing.markup(title: title, description: description)
  }
}
