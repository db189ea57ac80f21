/// A whole HTML file: nothing in it points outside, and there is no script.
package struct Document: Sendable {
  private let title: String
  private let navigation: Markup
  private let main: Markup
  private let footer: Markup
  /// Seconds after which a browser asks again; nil for a page that is kept.
  private let refresh: Int?

  package init(
    title: String, navigation: Markup = .none, main: Markup, footer: Markup = .none, refresh: Int? = nil
  ) {
    self.title = title
    self.navigation = navigation
    self.main = main
    self.footer = footer
    self.refresh = refresh
  }

  /// The file's content. It is well-formed XML as well.
  package var html: String {
    let page: Markup = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="referrer" content="no-referrer" />
      \(refresh.map { "<meta http-equiv=\"refresh\" content=\"\($0)\" />\n" })<title>\(title)</title>
      <style>\(Stylesheet.css)</style>
      </head>
      <body>
      \(navigation)
      <main>
      \(main)
      </main>
      <footer>\(footer)</footer>
      </body>
      </html>

      """
    return page.source
  }
}
