extension QualificationView {
  /// The simulated users by what they did, the guilty first: how many, and how many of them were convicted.
  var users: Markup {
    let rows = [true, false].flatMap { isGuilty -> [Table.Row] in
      let side = models.filter { $0.scenario.isGuilty == isGuilty }
      let kinds = side.reduce(into: [String]()) { if !$0.contains($1.user) { $0.append($1.user) } }
      return (side.isEmpty ? [] : [.group(isGuilty ? "Used the release" : "Innocent")])
        + kinds.map { kind in row(kind, of: side.filter { $0.user == kind }, isGuilty) }
    }
    return Table(
      columns: [
        .init(name: "User"), .init(name: "Models", isNumber: true), .init(name: "Convicted", isKept: true),
        .init(name: "ΔP, least … largest", isNumber: true), .init(name: "p of the key", isNumber: true),
      ], rows: rows
    ).markup
  }

  private func row(_ kind: String, of users: [ModelRow], _ isGuilty: Bool) -> Table.Row {
    let convicted = users.count { $0.outcome == .trainedOn }
    // Whether it is bad that some are missed is a rule of the gate.
    let tone: Tone =
      if isGuilty { convicted == users.count ? .good : .unclear } else { convicted == 0 ? .good : .bad }
    return .cells([
      "\(kind)", "\(users.count)", Mark(tone, "\(convicted) of \(users.count)").markup,
      "\(Spread(users.compactMap(\.deltaP)).ends(3))", "\(Spread(users.compactMap(\.pDecoy)).range)",
    ])
  }
}

extension ModelRow {
  /// What such a user did; kinds are named as in docs/formats, "Qualification".
  fileprivate var user: String {
    switch (kind, scenario) {
    case ("scratch", .independentWatermark): "From scratch, on another owner’s release"
    case ("scratch", _): "From scratch"
    case ("fine-tuned", _): "Fine-tuned from a clean model"
    case ("half", _): "From scratch, on half of the data"
    case ("surrogate", _): "Copies of the surrogate, trained further"
    default: kind
    }
  }
}
