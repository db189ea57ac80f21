import Testing

@testable import Suspects

/// JSON, its limits, and the forms of answers.
struct ReadingTests {
  private func reader(
    scores: OutputForm.Scores = .probabilities, order: ClassNames.Order? = .same, allowsOthers: Bool = false,
    told: [String]? = nil
  ) throws -> AnswerReader {
    let names = ClassNames(order: order, allowsOthers: allowsOthers)
    return AnswerReader(
      table: try ClassTable(ours: ["plane", "car", "bird"], names: names, told: told, suspect: "s"), scores: scores)
  }

  private func json(_ text: String) throws -> JSONValue { try JSONValue(Array(text.utf8), limits: JSONLimits()) }

  @Test(arguments: [
    ("[0.7,0.2,0.1]", Answer.probabilities([0.7, 0.2, 0.1])),
    ("[[0.7,0.2,0.1]]", .probabilities([0.7, 0.2, 0.1])),
    ("{\"car\":0.2,\"plane\":0.7,\"bird\":0.1}", .probabilities([0.7, 0.2, 0.1])),
    ("{\"car\":0.2,\"plane\":0.7}", .topK([0: 0.7, 1: 0.2])),
    ("[{\"label\":\"car\",\"score\":0.9}]", .topK([1: 0.9])),
    (
      "[{\"label\":\"bird\",\"score\":0.8},{\"label\":\"car\",\"score\":0.1},{\"label\":\"plane\",\"score\":0.1}]",
      .probabilities([0.1, 0.1, 0.8])
    ),
    ("[[{\"label\":\"car\",\"score\":0.9}]]", .topK([1: 0.9])),
    ("[{\"car\":0.5},{\"bird\":0.4}]", .topK([1: 0.5, 2: 0.4])),
    ("{\"class\":\"bird\",\"probability\":0.6}", .topK([2: 0.6])),
    ("{\"classes\":[\"bird\",\"car\"],\"scores\":[0.6,0.3]}", .topK([2: 0.6, 1: 0.3])),
    ("{\"class\":\"bird\"}", .label(2)), ("\"car\"", .label(1)), ("[\"car\"]", .label(1)), ("2", .label(2)),
    ("[2]", .label(2)),
  ])
  func readsWhatServersAnswer(_ text: String, _ answer: Answer) throws {
    let read = try reader().answer(in: json(text))
    #expect(read == answer)
  }

  @Test(arguments: [
    ("[0.7,0.2]", NoAnswer.Code.wrongShape), ("[]", .wrongShape), ("{}", .wrongShape), ("null", .wrongShape),
    ("true", .wrongShape), ("0.5", .wrongShape), ("[0.7,0.2,\"x\"]", .wrongShape), ("[0.9,0.9,0.9]", .notProbabilities),
    ("[1.5,-0.5,0]", .notProbabilities), ("{\"dog\":0.4,\"car\":0.6}", .unknownClass), ("\"dog\"", .unknownClass),
    ("7", .unknownClass), ("-1", .unknownClass), ("{\"plane\":0.9,\"car\":0.9}", .notProbabilities),
    ("[{\"label\":\"car\",\"score\":0.4},{\"label\":\"car\",\"score\":0.5}]", .wrongShape),
    ("{\"error\":\"no\"}", .wrongShape), ("{\"classes\":[\"car\"],\"scores\":[0.1,0.2]}", .wrongShape),
  ])
  func guessesNothing(_ text: String, _ code: NoAnswer.Code) throws {
    let reader = try reader()
    let value = try json(text)
    let error = #expect(throws: NoAnswer.self) { try reader.answer(in: value) }
    #expect(error?.code == code)
  }

  @Test func takesTheSoftmaxOfLogits() throws {
    let answer = try reader(scores: .logits).answer(in: json("[1000,1000,-1000]"))
    #expect(answer == .probabilities([0.5, 0.5, 0]))
  }

  @Test func leavesOutClassesThatWeDoNotHaveOnlyByPermission() throws {
    let loose = try reader(order: .names(["dog", "bird", "plane", "car"]), allowsOthers: true)
    let answer = try loose.answer(in: json("[0.4,0.3,0.2,0.1]"))
    #expect(answer == .probabilities([0.2, 0.1, 0.3]))
    #expect(throws: SuspectError.self) { try reader(order: .names(["dog", "bird", "plane", "car"])) }
    #expect(throws: SuspectError.self) { try reader(order: .names(["bird", "plane"])) }
    #expect(throws: SuspectError.self) { try reader(order: .same, told: ["car", "plane", "bird"]) }
  }

  private func table(
    _ ours: [String] = ["plane", "automobile", "bird", "truck"], names: [String: String] = [:],
    order: ClassNames.Order? = nil, allowsOthers: Bool = false, allowsMissing: Bool = true, told: [String]? = nil
  ) throws -> ClassTable {
    try ClassTable(
      ours: ours,
      names: ClassNames(names: names, order: order, allowsOthers: allowsOthers, allowsMissing: allowsMissing),
      told: told, suspect: "s")
  }

  @Test func readsASuspectThatLacksAClass() throws {
    let table = try table(told: ["truck", "plane", "automobile"])
    #expect(table.answeredAs == [0, 1, nil, 3] && table.named == 3)
    let reader = AnswerReader(table: table, scores: .probabilities)
    let vector = try reader.answer(in: json("[0.5,0.3,0.2]"))
    #expect(vector == .probabilities([0.3, 0.2, 0, 0.5]))
    let named = try reader.answer(in: json("{\"truck\":0.5,\"plane\":0.3,\"automobile\":0.2}"))
    #expect(named == vector)
    let some = try reader.answer(in: json("{\"truck\":0.5,\"plane\":0.3}"))
    #expect(some == .topK([3: 0.5, 0: 0.3]))
    let first = try reader.answer(in: json("0"))
    #expect(first == .label(3))
    // A class that it was not to have is no answer, whatever it is called and whatever else it may have.
    for text in ["\"bird\"", "3", "{\"bird\":0.2,\"truck\":0.8}"] {
      let value = try json(text)
      let error = #expect(throws: NoAnswer.self) { try reader.answer(in: value) }
      #expect(error?.code == .unknownClass, "\(text)")
    }
    let value = try json("[0.4,0.3,0.2,0.1]")
    let error = #expect(throws: NoAnswer.self) { try reader.answer(in: value) }
    #expect(error?.code == .wrongShape)
    let open = AnswerReader(
      table: try self.table(allowsOthers: true, told: ["truck", "dog", "plane", "automobile"]), scores: .probabilities)
    let bird = try json("\"bird\"")
    #expect(throws: NoAnswer.self) { try open.answer(in: bird) }
    let dog = try open.answer(in: json("\"dog\""))
    #expect(dog == .topK([:]))
    // The softmax is over what it has.
    let logits = try AnswerReader(table: table, scores: .logits).answer(in: json("[7,7,-1000]"))
    #expect(logits == .probabilities([0.5, 0, 0, 0.5]))
  }

  @Test func readsASuspectThatHasTwoClassesAsOne() throws {
    let table = try table(
      names: ["automobile": "car", "truck": "car"], order: .names(["bird", "car", "plane"]), allowsMissing: false)
    #expect(table.answeredAs == [0, 1, 2, 1] && table.named == 3)
    let reader = AnswerReader(table: table, scores: .probabilities)
    let vector = try reader.answer(in: json("[0.1,0.7,0.2]"))
    #expect(vector == .probabilities([0.2, 0.7, 0.1, 0]))
    let label = try reader.answer(in: json("\"car\""))
    #expect(label == .label(1))
    let named = try reader.answer(in: json("{\"bird\":0.1,\"car\":0.7,\"plane\":0.2}"))
    #expect(named == vector)
    // It does not say “truck”.
    let truck = try json("\"truck\"")
    #expect(throws: NoAnswer.self) { try reader.answer(in: truck) }
    // Both, and beside its names an order that is ours.
    let both = try self.table(
      names: ["automobile": "car", "truck": "car"], order: .same, told: ["plane", "car"])
    #expect(both.answeredAs == [0, 1, nil, 1] && both.order == [0, 1])
  }

  @Test func guessesNoClassThatIsMissing() throws {
    #expect(try table(told: ["plane", "automobile", "bird", "truck"]).answeredAs == nil)
    for (make, way) in [
      ({ try self.table(allowsMissing: false, told: ["plane", "truck"]) }, "missing-classes = true"),
      // Whoever names none beforehand may lack any.
      ({ try self.table() }, "class-order"), ({ try self.table(order: .same) }, "class-order"),
      ({ try self.table(told: ["plane"]) }, "fewer than two"),
      ({ try self.table(["automobile", "truck"], names: ["automobile": "car", "truck": "car"]) }, "all of ours"),
      ({ try self.table(told: ["plane", "truck", "lorry"]) }, "none of ours"),
      ({ try self.table(order: .same, told: ["truck", "plane"]) }, "otherwise"),
    ] as [(() throws -> ClassTable, String)] {
      let error = #expect(throws: SuspectError.self) { try make() }
      #expect(error?.description.contains(way) == true, "\(error?.description ?? "")")
    }
  }

  @Test func needsAnOrderForNumbers() throws {
    let reader = try reader(order: nil)
    let vector = try json("[0.7,0.2,0.1]")
    let error = #expect(throws: NoAnswer.self) { try reader.answer(in: vector) }
    #expect(error?.code == .unknownClass)
  }

  @Test(arguments: [
    ("{\"a\": 1", NoAnswer.Code.malformed), ("", .malformed), ("<html>", .malformed), ("{\"a\":NaN}", .notFinite),
    ("[Infinity]", .notFinite), ("[-Infinity]", .notFinite), ("[nan]", .notFinite), ("\"unterminated", .malformed),
    ("[1e999]", .malformed), ("\"\\", .malformed),
  ])
  func refusesWhatIsNoJSON(_ text: String, _ code: NoAnswer.Code) {
    let error = #expect(throws: NoAnswer.self) { try json(text) }
    #expect(error?.code == code)
  }

  @Test func countsDepthAndNumbersBeforeParsing() throws {
    var limits = JSONLimits()
    (limits.depth, limits.numbers, limits.others) = (3, 4, 5)
    let scan = JSONScan(limits: limits)
    try scan.check(Array("[[[1,-2,3e4,5]]]".utf8))
    try scan.check(Array("[\"[[[[[1,2,3,4,5,6,NaN\\\"NaN\"]".utf8))
    for text in ["[[[[1]]]]", "[1,2,3,4,5]", "[\"a\",\"b\",\"c\",\"d\",\"e\"]"] {
      #expect(throws: NoAnswer.self) { try scan.check(Array(text.utf8)) }
    }
  }

  @Test func followsPaths() throws {
    let document = try json("{\"a\":[{\"b c\":[1,2]},{\"b c\":[3,4]}],\"d\":\"x\"}")
    func at(_ path: String) -> JSONValue? { JSONPath(path).flatMap { $0.value(in: document) } }
    #expect(at("$.a[0]['b c'][1]") == .number(2))
    #expect(at("a[-1][\"b c\"]") == .array([.number(3), .number(4)]))
    #expect(at("$.a[*]['b c'][0]") == .array([.number(1), .number(3)]))
    #expect(at("$.d") == .string("x"))
    #expect(at("$") == document)
    #expect(at("$.a[2]") == nil && at("$.x") == nil && at("$.d[0]") == nil)
    for text in ["$..a", "$.a[", "$.a[x]", "$.a['b]"] { #expect(JSONPath(text) == nil) }
  }
}
