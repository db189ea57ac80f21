import Testing

@testable import ServiceConfiguration

@Suite struct KeyLineNumbersTests {
  @Test func isNotFooledByStringsAndArrays() {
    let lines = KeyLineNumbers(
      """
      # [comment]
      a = \"\"\"
      b = 1 ""
      [not-a-table]
      \"\"\"
      c = [ # ]
        "]", '[',
        2,
      ]
      "d.e" . f = 1
      [t."q x"] # [u]
      g = '''
      h = 2'''
      [[l]]
      i = { x = "}" , y = [1] }
      [[l]]
      i = 1
      [l.m]
      j = "\\"" # k = 1
      """)
    #expect(lines.line(of: "a") == 2)
    #expect(lines.line(of: "b") == nil)
    #expect(lines.line(of: "not-a-table") == nil)
    #expect(lines.line(of: "c") == 6)
    #expect(lines.line(of: "d.e.f") == 10)
    #expect(lines.line(of: "t.q x") == 11)
    #expect(lines.line(of: "t.q x.g") == 12)
    #expect(lines.line(of: "t.q x.h") == 11)
    #expect(lines.line(of: "l[0].i") == 15)
    #expect(lines.line(of: "l[1].i") == 17)
    #expect(lines.line(of: "l.m.j") == 19)
  }
}
