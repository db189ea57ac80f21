/// A job in a list.
package struct JobRow: Sendable {
  package struct Progress: Sendable {
    let stage: String
    /// In [0, 1]; nil if it is not known.
    let share: Double?
    let text: String

    package init(stage: String, share: Double?, text: String) {
      self.stage = stage
      self.share = share
      self.text = text
    }

    /// The bar, and what it stands for in words.
    var markup: Markup {
      let bar: Markup =
        if let share {
          """
          <progress max="100" value="\(Int((share * 100).rounded(.down)))" aria-label="\(stage)"></progress> \
          \(Figures.percent(share, 0)) 
          """
        } else {
          ""
        }
      return "\(bar)<span class=\"soft small\">\(stage), \(text)</span>"
    }
  }

  package var id: String
  package var kind: String
  package var dataset: String
  /// "queued", "running", "waiting", "done", "failed", "cancelled", "cancelling".
  package var state: String
  /// Seconds since 1970.
  package var filed: Int
  package var ended: Int?
  package var progress: Progress?
  /// What is worth knowing: why it waits or failed, or what it made.
  package var note: Link

  package init(
    id: String, kind: String, dataset: String, state: String, filed: Int, ended: Int?, progress: Progress?, note: Link
  ) {
    self.id = id
    self.kind = kind
    self.dataset = dataset
    self.state = state
    self.filed = filed
    self.ended = ended
    self.progress = progress
    self.note = note
  }

  var mark: Mark {
    switch state {
    case "done", "running": Mark(.good, state)
    case "failed": Mark(.bad, state)
    default: Mark(.unclear, state)
    }
  }

  /// - Parameter showsTime: whether there is a column for when a job ended, or was filed.
  static func table(_ jobs: [JobRow], showsTime: Bool = true) -> Markup {
    let time: [Table.Column] = showsTime ? [.init(name: "Time", isKept: true)] : []
    return Table(
      columns: [.init(name: "Job"), .init(name: "Kind"), .init(name: "Dataset"), .init(name: "State", isKept: true)]
        + time + [.init(name: "Notes")],
      rows: jobs.map { job in
        let time = showsTime ? [Times.markup(job.ended ?? job.filed)] : []
        let note = job.progress?.markup ?? job.note.markup
        return .cells(
          [Link(job.id, to: ["jobs", job.id]).markup, "\(job.kind)", "\(job.dataset)", job.mark.markup] + time
            + ["<span>\(note)</span>"])
      }
    ).markup
  }
}
